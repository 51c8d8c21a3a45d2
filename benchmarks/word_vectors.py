"""Word vectors. Three measurements:

loading    CPU seconds from GloVe's text of 400,000 words × 50 to the rows of a vocabulary of 20,000: the notebook's
           loop, seqlab reading the text, and seqlab opening what it kept in its cache when it read it before
skip_gram  words a second of training and WordSim-353, seqlab's recipe imdb/skipgram against gensim with two workers:
           all training reviews, 100 dimensions, window 5, 5 negatives, 3 epochs; vocabularies are built beforehand
lab        seconds of the recipe tweets/word2vec against the lab's way, one pair at a time: a plain Keras loop, timed
           on --pairs pairs and extrapolated to all pairs of three epochs

Programs take turns, round by round, in processes that live on. Loading gives CPU seconds, because other programs may be
running; the others give wall seconds, because they use all cores. Needs `pip install -e ".[benchmarks]"` and, in
$SEQLAB_DATA_DIR, glove/glove.6B.50d.txt (also with .gz; the text is unpacked for all programs), the IMDB archive, the
tweets and wordsim/wordsim353.tsv. --override KEY=VALUE changes the recipes, to try the programs on little data.

python benchmarks/word_vectors.py [--rounds 5] [--json benchmarks/results/word_vectors.json]
python benchmarks/word_vectors.py --only skip_gram --rounds 2
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path

from processes import Contender, Measured, carry_out, in_turns, markdown, options_of

HERE = Path(__file__).parent / "word_vectors"
PROGRAMS = {
    "the notebook's loop": ["loading_of_notebook.py"],
    "seqlab, the text": ["loading_with_seqlab.py", "text"],
    "seqlab, its cache": ["loading_with_seqlab.py", "cache"],
}
NOTEBOOK = next(iter(PROGRAMS))


def main() -> None:
    options = options_of(__doc__, PARTS, rounds=5)
    options.add_argument("--pairs", type=int, default=2_000)
    options.add_argument("--override", action="append", default=[], metavar="KEY=VALUE")
    carry_out(PARTS, options.parse_args())


def loading(chosen: argparse.Namespace) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        text = unpacked(Path(folder))
        contenders = {
            name: Contender([str(HERE / program), str(text), *rest]) for name, (program, *rest) in PROGRAMS.items()
        }
        found = {name: contender.ask("rows") for name, contender in contenders.items()}  # the cache is filled here
        turns = {name: (lambda contender=contender: contender.ask("seconds")) for name, contender in contenders.items()}
        seconds = in_turns(chosen.rounds, turns)
        megabytes = {name: contender.end() for name, contender in contenders.items()}
    if len({str(rows) for rows in found.values()}) > 1:
        raise SystemExit(f"the programs do not find the same rows: {found}")
    return {"rows": found[NOTEBOOK], "seconds": seconds, "megabytes": megabytes}


def unpacked(folder: Path) -> Path:
    """The text of 50 dimensions, as `$SEQLAB_DATA_DIR/glove` has it."""
    there = Path(os.environ.get("SEQLAB_DATA_DIR", ".")) / "glove" / "glove.6B.50d.txt"
    text = folder / "glove" / there.name
    text.parent.mkdir()
    if there.is_file():
        shutil.copyfile(there, text)
        return text
    packed = there.with_name(f"{there.name}.gz")
    if not packed.is_file():
        raise SystemExit(f"put {there.name} or {packed.name} into $SEQLAB_DATA_DIR/glove")
    with gzip.open(packed) as source, text.open("wb") as target:
        shutil.copyfileobj(source, target)
    return text


def table_of_loading(measured: Measured) -> str:
    slowest = measured["seconds"][NOTEBOOK]
    rows = [
        [name, f"{seconds:.2f}", f"{slowest / seconds:.1f}", f"{measured['megabytes'][name]:,.0f}"]
        for name, seconds in measured["seconds"].items()
    ]
    return markdown(["program", "CPU s", "times as fast", "MB"], rows)


def skip_gram(chosen: argparse.Namespace) -> Measured:
    programs = {"seqlab": "skip_gram_of_seqlab.py", "gensim": "skip_gram_of_gensim.py"}
    contenders = {name: Contender([str(HERE / program), *chosen.override]) for name, program in programs.items()}
    answers: dict[str, list[dict[str, float]]] = {name: [] for name in programs}

    def turn(name: str) -> float:
        answers[name].append(contenders[name].ask("train"))
        return answers[name][-1]["words_per_second"]

    speeds = in_turns(chosen.rounds, {name: partial(turn, name) for name in programs})
    megabytes = {name: contender.end() for name, contender in contenders.items()}
    vectors = {
        name: {of: statistics.median(each[of] for each in rounds) for of in ("spearman", "coverage")}
        for name, rounds in answers.items()
    }
    return {"words_per_second": speeds, "wordsim353": vectors, "megabytes": megabytes}


def table_of_skip_gram(measured: Measured) -> str:
    theirs = measured["words_per_second"]["gensim"]
    rows = [
        [
            name,
            f"{speed:,.0f}",
            f"{speed / theirs:.2f}",
            f"{measured['wordsim353'][name]['spearman']:.3f}",
            f"{measured['wordsim353'][name]['coverage']:.1%}",
            f"{measured['megabytes'][name]:,.0f}",
        ]
        for name, speed in measured["words_per_second"].items()
    ]
    return markdown(["program", "words/s", "/ gensim", "WordSim-353 ρ", "coverage", "MB"], rows)


def lab(chosen: argparse.Namespace) -> Measured:
    ours = Contender([str(HERE / "lab_with_seqlab.py"), *chosen.override])
    theirs = Contender([str(HERE / "lab_pair_by_pair.py"), *chosen.override])
    counted: dict[str, float] = {}

    def all_pairs() -> float:
        counted.update(theirs.ask(chosen.pairs))
        return counted["seconds"] / counted["timed"] * counted["pairs"]

    seconds = in_turns(chosen.rounds, {"seqlab": lambda: float(ours.ask("train")["seconds"]), "one by one": all_pairs})
    for contender in (ours, theirs):
        contender.end()
    return {"seconds": seconds, "timed_pairs": counted["timed"], "pairs": counted["pairs"]}


def table_of_lab(measured: Measured) -> str:
    slowest = measured["seconds"]["one by one"]
    rows = [[name, f"{seconds:,.0f}", f"{slowest / seconds:,.1f}"] for name, seconds in measured["seconds"].items()]
    timed = f"One by one: extrapolated from {measured['timed_pairs']:,} of {measured['pairs']:,} pairs."
    return f"{markdown(['program', 's', 'times as fast'], rows)}\n\n{timed}"


PARTS = {
    "loading": (loading, table_of_loading),
    "skip_gram": (skip_gram, table_of_skip_gram),
    "lab": (lab, table_of_lab),
}


if __name__ == "__main__":
    main()

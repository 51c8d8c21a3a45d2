"""Word vectors. One measurement:

loading    CPU seconds from GloVe's text of 400,000 words × 50 to the rows of a vocabulary of 20,000: the notebook's
           loop, seqlab reading the text, and seqlab opening what it kept in its cache when it read it before

Programs take turns, round by round, in processes that live on; each gives CPU seconds, because other programs may be
running. Needs glove.6B.50d.txt, also with .gz, in $SEQLAB_DATA_DIR/glove; the text is unpacked for all of them.

python benchmarks/word_vectors.py [--rounds 5] [--json benchmarks/results/word_vectors.json]
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import tempfile
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
    carry_out(PARTS, options_of(__doc__, PARTS, rounds=5).parse_args())


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


PARTS = {"loading": (loading, table_of_loading)}


if __name__ == "__main__":
    main()

"""What pretrained vectors bring, by the number of labelled reviews: a record, and the table in docs/transfer.md.

The network of imdb/glove_bilstm learns from 100 to 20,000 training reviews: with its vectors, which are not trained,
and with a table of the same width that is learned. Each training is a run; what is finished is not trained again, and
what was interrupted is resumed, so that the command can be stopped and repeated.

python docs/learning_curve.py train --runs-dir runs/curve [--seeds 1 2 3] [--sizes 100 300]   about an hour in all
python docs/learning_curve.py table                              rewrite the table of docs/transfer.md from the record
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqlab import config, experiment, files, runs
from seqlab.cli.progress import python_progress
from seqlab.errors import SeqlabError
from seqlab.runs import Run
from seqlab.runs.runs_directory import name_of

DOCS = Path(__file__).parent
RECORD = DOCS / "results" / "curves" / "pretrained.json"
PAGE = DOCS / "transfer.md"
BEGIN, END = "<!-- curve: python docs/learning_curve.py table -->\n", "<!-- end of curve -->\n"

RECIPE = "imdb/glove_bilstm"
SIZES = (100, 300, 1_000, 3_000, 20_000)
SEED = 1337
EMBEDDINGS: Mapping[str, Sequence[str]] = {"glove_6b_50d": (), "learned": ("model.embedding=50",)}
"""Name of a curve → what is changed in the recipe."""
VALIDATION = 1_000
"""Reviews that choose the epoch: a person with 100 labelled ones has no 5,000 more."""
FEWEST_STEPS = 300
"""Of a training, as far as patience allows: an epoch of 100 reviews is four steps."""


Point = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train", help="train what is missing, and write the record")
    training.add_argument("--runs-dir", type=Path, required=True)
    training.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    training.add_argument("--seeds", type=int, nargs="+", default=[SEED])
    verbs.add_parser("table", help="rewrite the table of the page")
    chosen = parser.parse_args()
    try:
        if chosen.verb == "train":
            for size, seed, name in itertools.product(chosen.sizes, chosen.seeds, EMBEDDINGS):
                add_to_record(point_of(trained(name, size, seed, chosen.runs_dir), name, size, seed))
        files.write_text(PAGE, with_table(PAGE.read_text(encoding="utf-8"), read_points()))
    except SeqlabError as error:
        sys.exit(f"error: {error}")


def read_points() -> list[Point]:
    """The points on record, by size, curve and seed."""
    return list(files.read_json(RECORD)["points"]) if RECORD.exists() else []


def add_to_record(point: Point) -> None:
    """Write a point to the record, instead of what it had there."""
    points = {_place(each): each for each in [*read_points(), point]}
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(RECORD, {"recipe": RECIPE, "points": [points[place] for place in sorted(points)]})


def _place(point: Point) -> tuple[int, str, int]:
    return point["reviews"], point["embedding"], point["seed"]


def changes_of(name: str, size: int, seed: int) -> list[str]:
    """The overrides of one training. The smaller the split, the more epochs have so many steps."""
    epochs = max(12, -(-FEWEST_STEPS * 32 // size))
    return [
        *EMBEDDINGS[name],
        f"data.take={{train: {size}, validation: {VALIDATION}}}",
        f"training.epochs={epochs}",
        f"training.patience={max(3, epochs // 4)}",
        f"runtime.seed={seed}",
        "expected={}",
    ]


def trained(name: str, size: int, seed: int, runs_dir: Path) -> Run:
    """The finished run of one point: trained now, continued, or found."""
    called = f"curve-{name}-{size}-{seed}"
    for summary in runs.list_runs(runs_dir):
        if summary.status == "finished" and name_of(summary.run.id) == called:
            return summary.run
    loaded = config.load(RECIPE, changes_of(name, size, seed))
    return experiment.resume_or_train(loaded, runs_dir, name=called, progress=python_progress())


def point_of(run: Run, name: str, size: int, seed: int) -> Point:
    """What is recorded of a run: nothing that belongs to the machine alone."""
    metadata, result = run.metadata(), run.result()
    coverage = metadata.get("pretrained", {}).get("text", {}).get("coverage", {})
    return {
        "embedding": name,
        "reviews": size,
        "seed": seed,
        "changes": changes_of(name, size, seed),
        "date": metadata["ended"][:10],
        "vocabulary_size": metadata["vocabulary_size"],
        "parameters": metadata["parameters"],
        "trained_parameters": metadata.get("trained_parameters", metadata["parameters"]),
        "coverage_of_test": coverage.get("test"),
        "best_epoch": result["best_epoch"],
        "epochs": result["epochs"],
        "test.accuracy": result["test.accuracy"],
        "validation.accuracy": result["validation.accuracy"],
        "train.seconds": result["train.seconds"],
    }


def with_table(page: str, points: Sequence[Point]) -> str:
    """The page with the table of the points between its two comments."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = "\n".join(table(points))
    return f"{before}{BEGIN}\n{lines}\n\n{END}{after}"


def table(points: Sequence[Point]) -> Iterator[str]:
    """Test accuracy of each curve by the number of reviews; the mean, and the standard deviation over several seeds."""
    yield "| training reviews | words in the vocabulary | GloVe, not trained | learned from these reviews |"
    yield "|---:|---:|---:|---:|"
    for size in sorted({point["reviews"] for point in points}):
        of_size = [point for point in points if point["reviews"] == size]
        words = max(point["vocabulary_size"] for point in of_size)
        cells = [_accuracy([point for point in of_size if point["embedding"] == name]) for name in EMBEDDINGS]
        yield f"| {size:,} | {words:,} | {' | '.join(cells)} |"


def _accuracy(points: Sequence[Point]) -> str:
    values = [point["test.accuracy"] for point in points]
    if not values:
        return ""
    spread = f" ± {statistics.stdev(values):.4f} ({len(values)})" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.4f}{spread}"


if __name__ == "__main__":
    main()

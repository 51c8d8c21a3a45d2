"""What knowledge from elsewhere brings, by the number of labelled reviews: records, and the tables in docs/transfer.md.

Study `pretrained`: the network of imdb/glove_bilstm learns from 100 to 20,000 training reviews, with its vectors, which
are not trained, and with a table of the same width that is learned. Study `fine-tuning`: that of imdb/fine_tuned, with
the layers of imdb/language_model, which is trained once, and from scratch. Each training is a run; what is finished is
not trained again, and what was interrupted is resumed, so that the command can be stopped and repeated.

python docs/learning_curve.py train --runs-dir runs/curve [--seeds 1 2 3] [--sizes 100 300]   about an hour in all
python docs/learning_curve.py train --study fine-tuning --runs-dir runs/curve --seeds 1 2 3   some hours
python docs/learning_curve.py table                            rewrite the tables of docs/transfer.md from the records
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab import config, experiment, files, runs
from seqlab.cli.progress import python_progress
from seqlab.config.recipes import slug
from seqlab.errors import SeqlabError
from seqlab.runs import Run
from seqlab.runs.references import name_of

DOCS = Path(__file__).parent
PAGE = DOCS / "transfer.md"
SEED = 1337
VALIDATION = 1_000
"""Reviews that choose the epoch: a person with 100 labelled ones has no 5,000 more."""
FEWEST_STEPS = 300
"""Of a training, as far as patience allows: an epoch of 100 reviews is four steps."""


@dataclass(frozen=True)
class Study:
    """Curves over the number of reviews: one network that begins with different things."""

    name: str
    recipe: str
    sizes: Sequence[int]
    curves: Mapping[str, Sequence[str]]
    """Name of a curve → what is changed in the recipe."""
    headings: Sequence[str]
    """What the table calls each curve."""
    source: str | None = None
    """A recipe whose run the recipe begins with."""

    @property
    def record(self) -> Path:
        return DOCS / "results" / "curves" / f"{self.name}.json"

    @property
    def marks(self) -> tuple[str, str]:
        """The comments around its table."""
        return f"<!-- {self.name}: python docs/learning_curve.py table -->\n", f"<!-- end of {self.name} -->\n"


PRETRAINED = Study(
    "pretrained",
    "imdb/glove_bilstm",
    (100, 300, 1_000, 3_000, 20_000),
    {"glove_6b_50d": (), "learned": ("model.embedding=50",)},
    ("GloVe, not trained", "learned from these reviews"),
)
FINE_TUNING = Study(
    "fine-tuning",
    "imdb/fine_tuned",
    (100, 1_000, 20_000),
    {"fine_tuned": (), "scratch": ("init_from=null", "training.layer_decay=1", "training.unfreeze_epochs=null")},
    ("begun with a language model", "from scratch"),
    source="imdb/language_model",
)
STUDIES = {study.name: study for study in (PRETRAINED, FINE_TUNING)}

Point = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train", help="train what is missing, and write the record")
    training.add_argument("--runs-dir", type=Path, required=True)
    training.add_argument("--study", choices=STUDIES, default=PRETRAINED.name)
    training.add_argument("--sizes", type=int, nargs="+", help="numbers of reviews; those of the study by default")
    training.add_argument("--seeds", type=int, nargs="+", default=[SEED])
    verbs.add_parser("table", help="rewrite the tables of the page")
    chosen = parser.parse_args()
    try:
        if chosen.verb == "train":
            study = STUDIES[chosen.study]
            for size, seed, name in itertools.product(chosen.sizes or study.sizes, chosen.seeds, study.curves):
                add_to_record(
                    study, point_of(study, trained(study, name, size, seed, chosen.runs_dir), name, size, seed)
                )
        page = PAGE.read_text(encoding="utf-8")
        for study in STUDIES.values():
            page = with_table(page, study, read_points(study))
        files.write_text(PAGE, page)
    except SeqlabError as error:
        sys.exit(f"error: {error}")


def read_points(study: Study) -> list[Point]:
    """The points on record, by size, curve and seed."""
    return list(files.read_json(study.record)["points"]) if study.record.exists() else []


def add_to_record(study: Study, point: Point) -> None:
    """Write a point to the record, instead of what it had there."""
    points = {_place(each): each for each in [*read_points(study), point]}
    study.record.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(study.record, {"recipe": study.recipe, "points": [points[place] for place in sorted(points)]})


def _place(point: Point) -> tuple[int, str, int]:
    return point["reviews"], point["embedding"], point["seed"]


def changes_of(study: Study, name: str, size: int, seed: int) -> list[str]:
    """The overrides of one training. The smaller the split, the more epochs have so many steps."""
    epochs = max(12, -(-FEWEST_STEPS * 32 // size))
    return [
        *study.curves[name],
        f"data.take={{train: {size}, validation: {VALIDATION}}}",
        f"training.epochs={epochs}",
        f"training.patience={max(3, epochs // 4)}",
        f"runtime.seed={seed}",
        "expected={}",
    ]


def trained(study: Study, name: str, size: int, seed: int, runs_dir: Path) -> Run:
    """The finished run of one point: trained now, continued, or found."""
    if study.source is not None:
        finished(study.source, slug(study.source), [], runs_dir)
    prefix = "curve" if study is PRETRAINED else f"curve-{study.name}"
    return finished(study.recipe, f"{prefix}-{name}-{size}-{seed}", changes_of(study, name, size, seed), runs_dir)


def finished(recipe: str, called: str, changes: Sequence[str], runs_dir: Path) -> Run:
    """The finished run of that name, which is trained if it is missing."""
    for summary in runs.list_runs(runs_dir):
        if summary.status == "finished" and name_of(summary.run.id) == called:
            return summary.run
    loaded = config.load(recipe, tuple(changes))
    return experiment.resume_or_train(loaded, runs_dir, name=called, progress=python_progress())


def point_of(study: Study, run: Run, name: str, size: int, seed: int) -> Point:
    """What is recorded of a run: nothing that belongs to the machine alone."""
    metadata, result = run.metadata(), run.result()
    coverage = metadata.get("pretrained", {}).get("text", {}).get("coverage", {})
    return {
        "embedding": name,
        "reviews": size,
        "seed": seed,
        "changes": changes_of(study, name, size, seed),
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


def with_table(page: str, study: Study, points: Sequence[Point]) -> str:
    """The page with the table of the points between the two comments of the study."""
    begin, end = study.marks
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    lines = "\n".join(table(study, points))
    return f"{before}{begin}\n{lines}\n\n{end}{after}"


def table(study: Study, points: Sequence[Point]) -> Iterator[str]:
    """Test accuracy of each curve by the number of reviews; the mean, and the standard deviation over several seeds."""
    yield f"| training reviews | words in the vocabulary | {' | '.join(study.headings)} |"
    yield f"|---:|---:|{'---:|' * len(study.headings)}"
    for size in sorted({point["reviews"] for point in points}):
        of_size = [point for point in points if point["reviews"] == size]
        words = max(point["vocabulary_size"] for point in of_size)
        cells = [_accuracy([point for point in of_size if point["embedding"] == name]) for name in study.curves]
        yield f"| {size:,} | {words:,} | {' | '.join(cells)} |"


def _accuracy(points: Sequence[Point]) -> str:
    values = [point["test.accuracy"] for point in points]
    if not values:
        return ""
    spread = f" ± {statistics.stdev(values):.4f} ({len(values)})" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.4f}{spread}"


if __name__ == "__main__":
    main()

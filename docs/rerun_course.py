"""The course, re-run: every system of the course with the course's own training, and the page with what came of it.

python docs/rerun_course.py train --runs-dir runs/course [course/imdb/unigram ...]   one after another: days in all
python docs/rerun_course.py table                                 rewrite the table of docs/course.md from the records

Each training is a run. What is finished is not trained again, and what was interrupted is resumed, so that the command
can be stopped and repeated. The record of a run goes to docs/results/course, and the table is rewritten after each.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import make_results

from seqlab import config, experiment, files, runs
from seqlab.cli.progress import python_progress
from seqlab.config import recipes
from seqlab.errors import SeqlabError, Stopped
from seqlab.runs import Run
from seqlab.runs.references import name_of

PAGE = Path(__file__).parent / "course.md"
BEGIN, END = "<!-- course: python docs/rerun_course.py table -->\n", "<!-- end of course -->\n"

NAMES = [name for name in config.recipe_names() if name.startswith(recipes.COURSE)]
FIGURES = (
    ("test.bleu", "BLEU"),
    ("test.bits_per_character", "bits per character"),
    ("test.accuracy", "accuracy"),
    ("test.mse", "mse"),
    ("train.loss", "train loss"),
)
"""The metric that a table shows of a run, the first that it has, and how it is called."""

Record = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train", help="train what is missing, and write its records")
    training.add_argument("--runs-dir", type=Path, required=True)
    training.add_argument("names", nargs="*", metavar="NAME", default=NAMES)
    verbs.add_parser("table", help="rewrite the table of the page")
    chosen = parser.parse_args()
    try:
        if chosen.verb == "train":
            for name in chosen.names:
                record(name, trained(name, chosen.runs_dir))
                write_page()
        write_page()
    except SeqlabError as error:
        sys.exit(f"error: {error}")
    except Stopped as stop:  # the run says how far it got
        sys.exit(stop.exit_code)


def trained(name: str, runs_dir: Path) -> Run:
    """The finished run of a recipe: trained now, continued, or found."""
    if name not in NAMES:
        raise SeqlabError(f"{name} is no recipe of the course; there are {', '.join(NAMES)}")
    called = name.replace("/", "-")
    for summary in runs.list_runs(runs_dir):
        if summary.status == "finished" and name_of(summary.run.id) == called:
            return summary.run
    return experiment.resume_or_train(config.load(name), runs_dir, name=called, progress=python_progress())


def record(name: str, run: Run) -> None:
    target = make_results.record_file(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(target, make_results.record_of(name, run, config.load(name).experiment))


def write_page() -> None:
    records = [*make_results.read_records(), *make_results.read_records(make_results.COURSE)]
    files.write_text(PAGE, with_table(PAGE.read_text(encoding="utf-8"), records))


def with_table(page: str, records: Sequence[Record]) -> str:
    """The page with the table of the course's systems between its two comments."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = "\n".join(table(records))
    return f"{before}{BEGIN}\n{lines}\n\n{END}{after}"


def table(records: Sequence[Record]) -> Iterator[str]:
    """A row for each recipe of the course; figures where there is a record of it, or of our recipe beside it."""
    by_recipe = {each["recipe"]: each for each in records}
    yield "| system | recipe | the course printed | re-run | minutes | ours | reached |"
    yield "|---|---|---|---|---:|---|---|"
    for recipe in recipes.recipes():
        if recipe.name in NAMES:
            ours = recipe.name.removeprefix(recipes.COURSE)
            again = by_recipe.get(recipe.name)
            minutes = f"{again['result']['seconds'] / 60:,.1f}" if again else ""
            cells = (_figure(again), minutes, f"`{ours}`", _figure(by_recipe.get(ours)))
            yield f"| {_system(recipe.description)} | `{recipe.name}` | {recipe.source} | {' | '.join(cells)} |"


def _system(description: str) -> str:
    """The description without what all of them say."""
    return re.split(r",? (?:and|with) (?:the course's|the lesson's|its) own training", description)[0]


def _figure(record: Record | None) -> str:
    """`accuracy 0.8924`; empty without a record."""
    if record is None:
        return ""
    key, called = next((key, called) for key, called in FIGURES if key in record["result"])
    return f"{called} {record['result'][key]:.4f}"


if __name__ == "__main__":
    main()

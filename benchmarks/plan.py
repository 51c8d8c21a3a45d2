"""Whether `seqlab plan` is right: five plans of each of some recipes on a part of their data, then the training itself.

The median of the plans is compared with what the training took, as `result.json` has it: the seconds of the run, and
those of its training steps, compiling included. A verdict does not hold if the seconds of the run are more than 35 %
apart; then the exit status is 1. Every plan and every training is a process of its own and a line of the record as soon
as it is done: what is there is not repeated. About ten minutes on two idle cores. Needs the data in $SEQLAB_DATA_DIR.

python benchmarks/plan.py [--record benchmarks/results/plan.jsonl] [--only imdb/bigram quickstart]
python benchmarks/plan.py --page docs/plan.md
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from processes import between, carried_out, machine, markdown

HERE = Path(__file__).parent
MARKS = ("<!-- table of benchmarks/plan.py -->", "<!-- end of the table -->")
PLANS = 5
APART = 0.35
"""How far the quotient of the seconds may be from one."""

CASES: Mapping[str, tuple[str, ...]] = {
    "quickstart": ("training.epochs=12",),
    "imdb/bigram": ("data.take=8000", "training.epochs=3"),
    "imdb/masked_bilstm": ("data.take=2000", "training.epochs=2"),
    "ag_news/lstm": ("data.take=20000", "training.epochs=2"),
    "shakespeare/char_gru": ("training.epochs=2",),
    "spa_eng/luong": ("data.take=6000", "training.epochs=2"),
    "spa_eng/transformer": ("data.take=6000", "training.epochs=2"),
    "tweets/word2vec": ("training.epochs=2",),
}
"""Recipe → how it is made short."""
ALWAYS = ("training.patience=null",)
"""All epochs are trained: a plan is of all of them."""

COMPARED = ("seconds", "train.seconds", "peak_memory_mb")
"""What the result of a run is compared by."""

Line = dict[str, Any]
"""One plan or training: `recipe`, `changes`, `what` (`plan` or `training`), `figures`, `wall`, date, machine."""
Run = Callable[[str, str, Sequence[str]], tuple[Mapping[str, Any], float]]
"""(`plan` or `training`, recipe, changes) → its JSON and the seconds of its process."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--record", type=Path, default=HERE / "results" / "plan.jsonl")
    options.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    options.add_argument("--plans", type=int, default=PLANS)
    options.add_argument("--table", action="store_true", help="print the table of the record, and run nothing")
    options.add_argument("--page", type=Path, help="write the table of the record into this page, and run nothing")
    sys.exit(judge(options.parse_args()))


def judge(chosen: argparse.Namespace) -> int:
    """Carry out what is missing and show what the record says: the exit status."""
    if not (chosen.page or chosen.table):
        carry_out(chosen.only, chosen.plans, chosen.record, run_of_process)
    rows = list(rows_of(read_record(chosen.record), chosen.only))
    if chosen.page:
        page = chosen.page.read_text(encoding="utf-8")
        chosen.page.write_text(between(page, MARKS, table(rows)), encoding="utf-8")
        return 0
    print(table(rows))
    return int(not all(row["holds"] for row in rows))


def carry_out(recipes: Iterable[str], plans: int, path: Path, run: Run) -> None:
    """Everything that the record does not have with the same changes."""
    for recipe in recipes:
        changes = [*CASES[recipe], *ALWAYS]
        for what in [*["plan"] * plans, "training"]:
            there = lines_of(read_record(path), recipe, what)
            if len(there) >= (plans if what == "plan" else 1):
                continue
            found, wall = run(what, recipe, changes)
            add_to_record(path, {"recipe": recipe, "changes": changes, "what": what, **figures(what, found, wall)})
            print(f"{recipe}: {what}, {wall:.1f} s", file=sys.stderr, flush=True)


def run_of_process(what: str, recipe: str, changes: Sequence[str]) -> tuple[Mapping[str, Any], float]:
    """A command of seqlab, as a user types it."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["train" if what == "training" else "plan", recipe, *changes, "--json", "--runs-dir", folder]
        ended = carried_out(["-m", "seqlab", *command])
    return json.loads(ended.output), ended.wall


def figures(what: str, found: Mapping[str, Any], wall: float) -> Line:
    """What the record keeps of the JSON of a command."""
    if what == "plan":
        kept = {
            "seconds": found["seconds"]["total"],
            "train.seconds": found["seconds"]["training"] + found["step_seconds"]["compiling"],
            "peak_memory_mb": found["memory"]["peak_mb"],
            "parts": {name: round(value, 3) for name, value in found["seconds"].items()},
        }
    else:
        kept = {name: found["result"][name] for name in COMPARED}
    packages = {name: version(name) for name in ("seqlab", "tensorflow", "keras")}
    stamp = {"date": datetime.now(UTC).date().isoformat(), "machine": machine(), "versions": packages}
    return {"figures": kept, "wall": round(wall, 2), **stamp}


def read_record(path: Path) -> list[Line]:
    """Its lines. One that was cut off by a kill is left out."""
    found = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found


def add_to_record(path: Path, line: Line) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cut_off = path.is_file() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * cut_off + json.dumps(line, ensure_ascii=False) + "\n")


def lines_of(record: Sequence[Line], recipe: str, what: str) -> list[Line]:
    """Those of a recipe with the present changes."""
    changes = [*CASES[recipe], *ALWAYS]
    return [line for line in record if (line["recipe"], line["what"], line["changes"]) == (recipe, what, changes)]


def rows_of(record: Sequence[Line], recipes: Iterable[str]) -> Iterable[dict[str, Any]]:
    """What the record says of each recipe that has plans and a training."""
    for recipe in recipes:
        plans, trainings = lines_of(record, recipe, "plan"), lines_of(record, recipe, "training")
        if plans and trainings:
            planned = {name: statistics.median(each["figures"][name] for each in plans) for name in COMPARED}
            trained = trainings[-1]["figures"]
            quotients = {name: value / trained[name] for name, value in planned.items()}
            spans = [each["figures"]["seconds"] for each in plans]
            yield {
                "recipe": recipe,
                "planned": planned,
                "range": (min(spans), max(spans)),
                "trained": trained,
                "quotients": quotients,
                "wall": statistics.median(each["wall"] for each in plans),
                "holds": abs(quotients["seconds"] - 1) <= APART,
            }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line per recipe: seconds of the run and of its steps, planned and measured, with their quotients."""
    columns = (
        "recipe", "planned s (range)", "run s", "planned / run", "steps planned s", "steps s", "planned / steps",
        "memory, planned / run", "a plan takes s",
    )  # fmt: skip
    cells = [
        [
            f"`{row['recipe']}`",
            f"{row['planned']['seconds']:.1f} ({row['range'][0]:.1f} to {row['range'][1]:.1f})",
            f"{row['trained']['seconds']:.1f}",
            f"{row['quotients']['seconds']:.2f}" + ("" if row["holds"] else " (not within 35 %)"),
            f"{row['planned']['train.seconds']:.1f}",
            f"{row['trained']['train.seconds']:.1f}",
            f"{row['quotients']['train.seconds']:.2f}",
            f"{row['quotients']['peak_memory_mb']:.2f}",
            f"{row['wall']:.0f}",
        ]
        for row in rows
    ]
    return markdown(columns, cells)


if __name__ == "__main__":
    main()

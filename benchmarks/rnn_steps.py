"""A training step of the recurrent layers, each recipe's shape: seqlab, the Keras layer, PyTorch.

Each is a process of its own, alive for the whole table; they take turns, round by round. The table gives medians in
milliseconds and what the others take in units of ours. PyTorch takes part twice, with all cores and with one: its
threads wait for each other at every step, which a busy machine punishes; the better one counts, and all cores are
left out of a case where they need five times as long as one. Needs
`pip install -e ".[benchmarks]"` for PyTorch, or goes without it.

python benchmarks/rnn_steps.py [--rounds 7] [--only NAME] [--json benchmarks/results/rnn_steps.json]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from processes import Contender, write_record

HERE = Path(__file__).parent / "rnn_steps"
sys.path.insert(0, str(HERE))
from cases import ONE_HOT, RECIPES, Case  # noqa: E402

TURN_SECONDS = 0.3
WITH_TENSORFLOW, WITH_PYTORCH = str(HERE / "with_tensorflow.py"), str(HERE / "with_pytorch.py")
PROGRAMS = {
    "seqlab": [WITH_TENSORFLOW, "ours"],
    "Keras": [WITH_TENSORFLOW, "keras"],
    "PyTorch": [WITH_PYTORCH],
    "PyTorch, one thread": [WITH_PYTORCH, "1"],
}
COLUMNS = ("seqlab", "Keras", "PyTorch")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--only", default="", help="cases whose name contains this")
    arguments.add_argument("--json", type=Path)
    chosen = arguments.parse_args()
    names = [name for name in PROGRAMS if "PyTorch" not in name or importlib.util.find_spec("torch")]
    rows = []
    contenders = {name: Contender(PROGRAMS[name]) for name in names}
    for case in [*RECIPES, ONE_HOT]:
        if chosen.only in case.name:
            taking_part = [name for name in names if "PyTorch" not in name or not case.one_hot]
            rows.append(measure(case, {name: contenders[name] for name in taking_part}, chosen.rounds))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    print(table(rows))
    if chosen.json:
        packages = ["tensorflow", "keras", *(["torch"] if "PyTorch" in names else [])]
        write_record(chosen.json, packages, {"steps": rows})


def measure(case: Case, contenders: dict[str, Contender], rounds: int) -> dict[str, Any]:
    """Medians of milliseconds a step; a turn lasts a third of a second or one step."""
    seconds = {}
    for name, contender in contenders.items():
        first = contender.ask(asdict(case))
        seconds[name] = first if first > 60 else contender.ask(1)
    if seconds.get("PyTorch", 0) > 5 * seconds.get("PyTorch, one thread", float("inf")):
        contenders = {name: contender for name, contender in contenders.items() if name != "PyTorch"}
    steps = {name: max(1, round(TURN_SECONDS / seconds[name])) for name in contenders}
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            measured[name].append(contender.ask(steps[name]) / steps[name] * 1000)
    medians = better({name: round(statistics.median(values), 2) for name, values in measured.items()})
    least = better({name: round(min(values), 2) for name, values in measured.items()})
    shape = (case.batch, case.time, case.features, case.units)
    return {"case": case.name, "masked": case.masked, "cell": case.cell, "shape": shape, "ms": medians, "least": least}


def better(milliseconds: dict[str, float]) -> dict[str, float]:
    """One PyTorch of the two."""
    of_pytorch = [value for name, value in milliseconds.items() if "PyTorch" in name]
    others = {name: value for name, value in milliseconds.items() if "PyTorch" not in name}
    return {**others, **({"PyTorch": min(of_pytorch)} if of_pytorch else {})}


def ratios(rows: list[dict[str, Any]], name: str) -> list[float]:
    ours = [row for row in rows if name in row["ms"] and row["case"] != ONE_HOT.name]
    return [row["ms"][name] / row["ms"]["seqlab"] for row in ours]


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| recipe | masked | batch, time, inputs, units | seqlab ms | Keras ms | PyTorch ms | Keras / ours | "
        "PyTorch / ours |",
        "|---|---|---|" + "---:|" * 5,
    ]
    for row in rows:
        ms = row["ms"]
        times = " | ".join(f"{ms[name]:,.1f}" if name in ms else "" for name in COLUMNS)
        quotients = " | ".join(f"{ms[name] / ms['seqlab']:.2f}" if name in ms else "" for name in COLUMNS[1:])
        shape = ", ".join(map(str, row["shape"]))
        lines.append(f"| {row['case']} | {'yes' if row['masked'] else ''} | {shape} | {times} | {quotients} |")
    for name in COLUMNS[1:]:
        if values := ratios(rows, name):
            lines.append(
                f"\n{name} / ours: geometric mean {statistics.geometric_mean(values):.2f}, least {min(values):.2f}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()

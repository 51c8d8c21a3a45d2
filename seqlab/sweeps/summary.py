"""What came of a sweep: its trials as rows, the best one, and how its config differs from the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from seqlab import files
from seqlab.config import dump, to_yaml
from seqlab.runs import Run, RunSummary
from seqlab.runs.selection import flattened
from seqlab.runs.summaries import summary_of
from seqlab.sweeps.read_sweep import Sweep
from seqlab.sweeps.study import Study
from seqlab.sweeps.sweep_directory import SweepDirectory
from seqlab.sweeps.trials import REASON, RUN

STATES = {"COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running"}
"""State in the study → word. A trial that waits has not begun."""


@dataclass(frozen=True)
class TrialRow:
    """A trial. `value`: of the goal, for a pruned or running trial at its last epoch."""

    number: int
    state: str
    value: float | None
    epochs: int
    values: Mapping[str, Any]
    run: str | None
    reason: str | None


@dataclass(frozen=True)
class Best:
    """The best trial. `base`: the trial with the values of the base config, if there is one that finished."""

    row: TrialRow
    base: TrialRow | None
    changes: Mapping[str, tuple[Any, Any]]
    """Key → its value in the base config and in the best one."""
    run: RunSummary | None
    """None: it was deleted."""


def rows_of(study: Study) -> list[TrialRow]:
    """The trials that have begun, in their order."""
    parameters = {each.key: each for each in study.sweep.space.parameters}
    rows = []
    for trial in study.trials():
        if trial.state.name not in STATES:
            continue
        reached = trial.intermediate_values
        last = reached[max(reached)] if reached else None
        rows.append(
            TrialRow(
                trial.number,
                STATES[trial.state.name],
                trial.value if trial.state.name == "COMPLETE" else last,
                max(reached, default=0),
                {key: parameters[key].value(drawn) for key, drawn in trial.params.items() if key in parameters},
                trial.user_attrs.get(RUN),
                trial.user_attrs.get(REASON),
            )
        )
    return rows


def in_order(rows: Sequence[TrialRow], *, maximize: bool) -> list[TrialRow]:
    """Finished trials from the best to the worst, the earlier of equals first; then the others."""
    finished = [each for each in rows if each.state == "finished" and each.value is not None]
    finished.sort(key=lambda each: -(each.value or 0.0) if maximize else (each.value or 0.0))
    return finished + [each for each in rows if each not in finished]


def best_of(sweep: Sweep, directory: SweepDirectory, rows: Sequence[TrialRow]) -> Best | None:
    """The best finished trial by the goal; None if there is none."""
    ordered = in_order(rows, maximize=sweep.maximize)
    if not ordered or ordered[0].state != "finished":
        return None
    best, of_base = ordered[0], sweep.base_values()
    before, after = (dict(flattened(dump(each.experiment))) for each in (sweep.loaded, sweep.trial_config(best.values)))
    changes = {
        key: (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)
    }
    base = next((each for each in ordered if each.values == of_base and each.state == "finished"), None)
    return Best(best, base, changes, _run(directory, best))


def write_best(sweep: Sweep, directory: SweepDirectory, best: Best) -> None:
    """Write `best.yaml`, a config that trains as it is."""
    head = f"# Trial {best.row.number} of sweep {directory.id}: {sweep.goal} {best.row.value}\n"
    files.write_text(directory.best_file, head + to_yaml(sweep.trial_config(best.row.values).experiment))


def _run(directory: SweepDirectory, row: TrialRow) -> RunSummary | None:
    if row.run is None:
        return None
    path = directory.runs_dir / row.run
    return summary_of(Run(path)) if path.is_dir() else None


def as_json(
    sweep: Sweep, directory: SweepDirectory, rows: Sequence[TrialRow], importances: Mapping[str, float]
) -> dict[str, Any]:
    """The sweep for programs. Results on the test split are those of the best trial alone."""
    best = best_of(sweep, directory, rows)
    chosen = None
    if best is not None:
        chosen = {
            "trial": best.row.number,
            "value": best.row.value,
            "run": best.row.run,
            "base_value": None if best.base is None else best.base.value,
            "changes": {key: list(pair) for key, pair in best.changes.items()},
            "config": str(directory.best_file),
            "result": {} if best.run is None else best.run.result,
        }
    return {
        "sweep": directory.id,
        "directory": str(directory.path),
        "goal": sweep.goal,
        "direction": "maximize" if sweep.maximize else "minimize",
        "trials": [asdict(each) for each in rows],
        "best": chosen,
        "importance": dict(importances),
    }

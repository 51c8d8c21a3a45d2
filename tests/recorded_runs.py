"""Finished runs that nobody trained: only what `run.json` says, and hand-made predictions."""

import json
from pathlib import Path
from typing import Any

from seqlab import runs
from seqlab.runs import Run

SPLITS = {"train": "1" * 64, "validation": "2" * 64, "test": "3" * 64}


def predictions(labels: list[str], targets: list[str], probabilities: list[list[float]]) -> list[dict[str, Any]]:
    """The lines of a file below `predictions/`; the ids are numbers."""
    lines = []
    for number, (target, row) in enumerate(zip(targets, probabilities, strict=True)):
        scores = dict(zip(labels, row, strict=True))
        best = max(scores, key=lambda label: scores[label])
        lines.append({"id": f"{number:06}", "target": target, "prediction": best, "scores": scores})
    return lines


def recorded_run(
    folder: Path,
    name: str,
    validation: list[dict[str, Any]] | None,
    test: list[dict[str, Any]] | None,
    *,
    task: str = "classification",
    splits: dict[str, str] = SPLITS,
    finished: bool = True,
    config: dict[str, Any] | None = None,
    result: dict[str, Any] | None = None,
    **record: Any,
) -> Run:
    """A run of these predictions; None: the file is missing. `record`: more keys of `run.json`."""
    metadata = {"config": {"task": task, **(config or {})}, "data": {"splits": splits}, **record}
    run = runs.create(folder, name, metadata)
    write_predictions(run, validation, test)
    if result is not None:
        run.write_result(result)
    if finished:
        with run.writing():
            pass
    return run


def write_predictions(run: Run, validation: list[dict[str, Any]] | None, test: list[dict[str, Any]] | None) -> None:
    for split, lines in (("validation", validation), ("test", test)):
        if lines is not None:
            file = run.predictions_file(split)
            file.parent.mkdir(exist_ok=True)
            file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")

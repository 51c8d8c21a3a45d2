"""`seqlab evaluate RUN RUN … --ensemble`: the mean of the class probabilities of several runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab import runs
from seqlab.cli.arguments import note_which
from seqlab.cli.console import print_json, print_line, print_note, print_table
from seqlab.cli.metrics import print_metrics
from seqlab.errors import RequestError

if TYPE_CHECKING:
    from seqlab.comparison import EnsembleResult

COLUMNS = ("validation.loss", "test.loss", "test.accuracy")

Ensemble = Annotated[
    bool,
    typer.Option(
        "--ensemble", help="Average the class probabilities of two or more runs, with weights that validation chooses."
    ),
]


def refuse_beside_ensemble(options: Mapping[str, object]) -> None:
    """Raises RequestError for options that mean nothing for an ensemble."""
    if given := [option for option, value in options.items() if value]:
        raise RequestError(
            f"--ensemble reads the recorded predictions for validation and test: leave {' and '.join(given)} out"
        )


def evaluate_ensemble(references: Sequence[str], runs_dir: Path, as_json: bool) -> None:
    """Print the metrics of the runs and of their ensemble. Raises RequestError for runs that cannot be combined."""
    from seqlab.comparison import combine

    result = combine([_find(reference, runs_dir) for reference in references])
    if as_json:
        print_json(asdict(result))
        return
    if result.chosen_by == "equal":
        print_note("validation is too small to choose weights: they are equal")
    print_ensemble(result)


def print_ensemble(result: EnsembleResult) -> None:
    """Print a table of the runs with their weights and of their means, then all metrics of the ensemble."""
    _print_runs(result)
    print_line()
    print_metrics(result.ensemble)


def _find(reference: str, runs_dir: Path) -> runs.Run:
    try:
        return note_which(runs.find(reference, runs_dir), reference, runs_dir)
    except runs.UnknownRun as error:
        if "=" not in reference:
            raise
        raise RequestError(f"{error}\n--ensemble reads recorded predictions: no override changes them") from error


def _print_runs(result: EnsembleResult) -> None:
    """A row for each run with its weight, one for the ensemble, and one for the unweighted mean if it is another."""
    rows = [(name, round(result.weights[name], 4), *_cells(metrics)) for name, metrics in result.runs.items()]
    means = {"ensemble": result.ensemble, "equal weights": result.equal_weights}
    if result.chosen_by == "equal":
        del means["equal weights"]
    rows_of_means = [(name, None, *_cells(metrics)) for name, metrics in means.items()]
    print_table(("", "weight", *(column.replace(".", " ") for column in COLUMNS)), [*rows, *rows_of_means])


def _cells(metrics: Mapping[str, float]) -> list[float]:
    return [metrics[column] for column in COLUMNS]

"""What the weights of a model begin with, besides random numbers: pretrained vectors, and the layers of another run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab.config import Experiment
from seqlab.experiment.init_from import Origin, resolve_origin
from seqlab.experiment.prepare_data import PreparedData
from seqlab.experiment.pretrained import Pretrained, place_pretrained, records_of, resolve_pretrained
from seqlab.progress import Progress
from seqlab.runs import Run

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Beginning:
    """What is placed in a model with random weights; nothing where a checkpoint has it."""

    vectors: Pretrained
    origin: Origin | None

    def place(self, model: keras.Model) -> None:
        place_pretrained(model, self.vectors)
        if self.origin is not None:
            self.origin.place(model)

    @property
    def lineage(self) -> dict[str, Any]:
        """What a run records of it, by its keys in `run.json`."""
        vectors = {"pretrained": records_of(self.vectors)} if self.vectors else {}
        return vectors if self.origin is None else {**vectors, "init_from": self.origin.record}


def resolve_beginning(
    run: Run | None,
    experiment: Experiment,
    data: PreparedData,
    runs_dir: Path,
    progress: Progress,
    *,
    force: bool = False,
) -> tuple[Experiment, PreparedData, Beginning]:
    """Find what the config names, before there is a run; with the experiment and the data as the vectors complete them.

    Raises RequestError or DataError for what is not there or does not fit.
    """
    experiment, data, vectors = resolve_pretrained(run, experiment, data, runs_dir, progress, force=force)
    origin = resolve_origin(run, experiment, data, runs_dir, progress, force=force)
    return experiment, data, Beginning(vectors, origin)

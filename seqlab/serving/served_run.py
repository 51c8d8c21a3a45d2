"""The runs that a server answers for: each has a worker, and a bounded number of places for requests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqlab.errors import RequestError, SeqlabError
from seqlab.experiment import LoadedRun
from seqlab.registry import did_you_mean
from seqlab.runs.references import name_of
from seqlab.serving.limits import MOST_LISTED_VALUES, Limits
from seqlab.serving.measurements import Measurements
from seqlab.serving.worker import Worker
from seqlab.tasks import TASKS, tasks_able_to
from seqlab.tasks.example_predictor import ExamplePredictor, InputColumn
from seqlab.tasks.task import lacks_capability
from seqlab.text_format import quoted
from seqlab.vectors import WordVectors

CLOSING_SECONDS = 5.0
"""That a call of a model may go on after the server ended."""


PATHS = {
    "/v1/predict": "predict",
    "/v1/translate": "translate",
    "/v1/generate": "generate",
    "/v1/completions": "generate",
    "/v1/explain": "explain",
    "/v1/neighbors": "word_vectors",
    "/v1/analogy": "word_vectors",
    "/v1/map": "word_vectors",
}
"""Path of the API → the capability that a run must have."""


class RunNotServed(RequestError):
    """A request names a run that this server does not have, in its field `field`."""

    def __init__(self, message: str, reference: str, field: str) -> None:
        super().__init__(message)
        self.reference, self.field = reference, field


class TooManyRequests(SeqlabError):
    """All places of a run are taken."""


@dataclass(eq=False)
class ServedRun:
    """A loaded run, the thread that owns it, and its places. Only the thread may touch `loaded.predictor`."""

    loaded: LoadedRun
    limits: Limits
    measurements: Measurements
    taken: int = 0
    """Places of requests that wait or are answered."""
    vectors: dict[tuple[str | None, str], WordVectors] = field(default_factory=dict)

    def __post_init__(self) -> None:
        metadata = self.loaded.run.metadata()
        self.status = self.loaded.run.status_from(metadata)
        """When the server began. Of a run that is not finished, the best weights so far answer."""
        self.ended = metadata.get("ended")
        self.worker = Worker(self.id, observe=lambda items: self.measurements.called(self.id, items))

    @property
    def id(self) -> str:
        return self.loaded.run.id

    @property
    def name(self) -> str:
        """The id without its time."""
        return name_of(self.id)

    @property
    def on_disk(self) -> bool:
        """Whether the run is still there. The server goes on without: the model is in memory."""
        return self.loaded.run.metadata_file.exists()

    @property
    def capabilities(self) -> Sequence[str]:
        return list(TASKS[self.loaded.experiment.task].capabilities)

    @property
    def columns(self) -> Sequence[InputColumn]:
        """The columns of the rows that this run reads; none of one that reads texts."""
        predictor = self.loaded.predictor
        return predictor.input_columns if isinstance(predictor, ExamplePredictor) else []

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """A place for a request, free again when the block ends, however it ends. Raises TooManyRequests."""
        if self.taken >= self.limits.waiting:
            self.measurements.refused(self.id)
            raise TooManyRequests(
                f"{self.taken} requests of run {self.id} wait or are being answered, which is the limit: try again "
                "later, or start the server with a larger --max-waiting"
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    def _answers(self, needed: str) -> bool:
        return needed in self.capabilities and not (needed == "predict" and "translate" in self.capabilities)

    def described(self) -> dict[str, Any]:
        """What a client has to know to use the run."""
        return {
            "id": self.id,
            "name": self.name,
            "task": self.loaded.experiment.task,
            "paths": [path for path, needed in PATHS.items() if self._answers(needed)],
            "status": self.status,
            "answers": list(self.loaded.answers),
            "columns": [_described(each) for each in self.columns],
            "beam_width": self.loaded.beam({}).width if "translate" in self.capabilities else None,
        }


def _described(column: InputColumn) -> dict[str, Any]:
    about: dict[str, Any] = {"name": column.name, "kind": column.kind}
    if column.kind == "category":
        about["values"] = column.values[:MOST_LISTED_VALUES]
    return about | ({} if column.mean is None else {"mean": column.mean})


class ServedRuns:
    """All runs of a server, by id and by name."""

    def __init__(self, runs: Sequence[ServedRun]) -> None:
        self.runs = list(runs)

    def __iter__(self) -> Iterator[ServedRun]:
        return iter(self.runs)

    def find(
        self,
        reference: str | None,
        able_to: str,
        *,
        but_not: str | None = None,
        rows: bool | None = None,
        field: str = "run",
    ) -> ServedRun:
        """The run of this id or name; None: the first with the capability `able_to`, and without `but_not`, that reads
        `rows` (None: whatever it reads). `field`: the one of the request that names it.

        Raises RunNotServed, and RequestError for a run without the capability.
        """
        able = [run for run in self.runs if able_to in run.capabilities and but_not not in run.capabilities]
        if reference is None:
            if not able:
                kinds = ", ".join(tasks_able_to(able_to))
                raise RequestError(f"no run of this server can do that ({able_to}); {kinds} runs can")
            return next((run for run in able if rows in {None, bool(run.columns)}), able[0])
        found = self.named(reference, field)
        if but_not in found.capabilities:
            raise RequestError(f"run {found.id} is asked at /v1/{but_not}")
        if found not in able:
            raise RequestError(lacks_capability(found.id, found.loaded.experiment.task, able_to))
        return found

    def named(self, reference: str, field: str = "run") -> ServedRun:
        """The run of this id or name. Raises RunNotServed."""
        found = [run for run in self.runs if run.id == reference]
        found = found or [run for run in self.runs if run.name == reference]
        if not found:
            hint = did_you_mean(reference, [*(run.name for run in self.runs), *(run.id for run in self.runs)])
            there = ", ".join(run.id for run in self.runs)
            raise RunNotServed(f"this server has no run {quoted(reference)}; {hint}it has {there}", reference, field)
        if len(found) > 1:
            there = ", ".join(run.id for run in found)
            raise RunNotServed(f"{len(found)} runs are called {quoted(reference)}: {there}", reference, field)
        return found[0]

    def close(self) -> None:
        """End all workers. What TensorFlow computes at the moment cannot be stopped; it is waited for, not for long."""
        for run in self.runs:
            run.worker.close()
        for run in self.runs:
            run.worker.join(CLOSING_SECONDS)

"""Going on after memory ran out in a training step: with each batch computed in more parts, one after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seqlab.config.choices import choices_of
from seqlab.errors import OutOfMemoryError, memory_limit
from seqlab.experiment.run_session import RunSession, reference
from seqlab.runs import Run
from seqlab.training.options import TrainingOptions

if TYPE_CHECKING:
    from seqlab.training.callbacks import Callbacks
    from seqlab.training.loop import Trainer, Validate
    from seqlab.training.state import TrainingState

LESS = "vectorizer.max_length (of a language model training.window) or the size of the model"


@dataclass(frozen=True)
class Backoff:
    """In how many parts each batch of a run is computed: twice as many each time that memory runs out.

    `largest_batch()`: the most examples that a device has in a step.
    """

    session: RunSession
    largest_batch: Callable[[], int]

    @property
    def parts(self) -> int:
        return parts_of(self.session.run, self.session.experiment.training)

    @property
    def allowed(self) -> bool:
        return self.session.experiment.training.batch_size == "auto"

    def fit(
        self,
        trainer: Trainer,
        state: TrainingState,
        callbacks: Callbacks,
        validate: Validate | None,
        go_back: Callable[[], TrainingState],
    ) -> TrainingState:
        """Train to the end. Each time that memory runs out, go on from the state of `go_back()`.

        A call that failed may have done some of its steps: weights and slots must be those of that state again.
        """
        while True:
            try:
                return replace(trainer, accumulate=self.parts).fit(state, callbacks, validate)
            except OutOfMemoryError as error:
                self.increase(error)
            state = go_back()

    def increase(self, error: OutOfMemoryError) -> None:
        """Record twice as many parts. Raises OutOfMemoryError that says what to do where that is impossible, or not
        allowed because the config gives a number of examples."""
        run, largest = self.session.run, self.largest_batch()
        more = min(2 * self.parts, largest)
        if not choices_of(self.session.experiment).model.divides_batches:
            raise _told(error, f": reduce training.batch_size or {LESS}") from error
        if self.parts >= largest:
            raise _told(error, f", although each part is one example: reduce {LESS}") from error
        if not self.allowed:
            automatic = self.session.experiment.training.model_copy(update={"batch_size": "auto"}).effective_batch_size
            remedy = (
                f": compute the gradient of a batch in {more} parts, which gives the same updates, or reduce {LESS}. "
                f"A new run with training.batch_size=auto finds the number of parts, for batches of {automatic}"
            )
            command = f". To continue this one: --resume {reference(run)} training.accumulate={more}"
            raise _told(error, remedy, command) from error
        run.update(accumulate=more)
        self.session.progress.say(
            f"{error}: from now on the gradient of each batch is computed in {self.parts} parts, one after another"
        )


def parts_of(run: Run, training: TrainingOptions) -> int:
    """The parts of each batch: those of the config, or more if memory ran out before."""
    return max(training.accumulate, run.metadata().get("accumulate", 1))


def _told(error: OutOfMemoryError, remedy: str, command: str = "") -> OutOfMemoryError:
    limit = memory_limit()
    return OutOfMemoryError(f"{error}{remedy}{f'. Or: {limit}' if limit else ''}{command}")

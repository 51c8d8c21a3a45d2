"""The best epoch so far, and when to stop waiting for a better one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field, FiniteFloat

from seqlab.metrics.metric_names import lower_is_better


@dataclass(frozen=True)
class BestEpoch:
    """The best value of the monitored metric so far. A value without hidden state: a checkpoint stores it as it is."""

    monitor: str
    """The metric's full name, such as `validation.loss`."""
    value: FiniteFloat | None = None
    epoch: Annotated[int, Field(ge=0)] = 0
    waited: Annotated[int, Field(ge=0)] = 0
    """Epochs since the best one."""
    constant_loss: FiniteFloat | None = None
    """The validation loss of the best epoch, as long as the monitored metric was the same at every epoch; None
    afterwards, and in checkpoints that are older than this."""

    def after(self, epoch: int, value: float, loss: float) -> BestEpoch:
        """The best epoch after one more epoch. Only a strictly better value replaces it: the first of equals stays.

        As long as the monitored metric cannot tell any epochs apart, the validation loss chooses.
        """
        if self.value is None:
            return replace(self, value=value, epoch=epoch, constant_loss=loss if math.isfinite(loss) else None)
        if self.constant_loss is not None and value == self.value:
            if loss < self.constant_loss:
                return replace(self, epoch=epoch, waited=0, constant_loss=loss)
            return replace(self, waited=self.waited + 1)
        if value < self.value if lower_is_better(self.monitor) else value > self.value:
            return replace(self, value=value, epoch=epoch, waited=0, constant_loss=None)
        return replace(self, waited=self.waited + 1, constant_loss=None)

    def exhausted(self, patience: int | None) -> bool:
        """Whether `patience` epochs in a row brought no improvement; never if `patience` is None."""
        return patience is not None and self.waited >= patience

"""Which epoch was the best, and when to stop waiting for a better one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seqlab.metrics.metric_names import lower_is_better


@dataclass(frozen=True)
class BestEpoch:
    """The best value of the monitored figure so far. A value, not an object with a memory: a resume reads it back.

    `monitor` is a figure's full name (`validation.loss`); `waited` counts the epochs since the best.
    """

    monitor: str
    value: float | None = None
    epoch: int = 0
    waited: int = 0

    def after(self, epoch: int, value: float) -> BestEpoch:
        """The state after an epoch with this value. Only a strictly better value counts: of equals, the first."""
        if self.value is None or (value < self.value if lower_is_better(self.monitor) else value > self.value):
            return replace(self, value=value, epoch=epoch, waited=0)
        return replace(self, waited=self.waited + 1)

    def exhausted(self, patience: int | None) -> bool:
        """Whether `patience` epochs in a row brought nothing better. None waits for ever."""
        return patience is not None and self.waited >= patience

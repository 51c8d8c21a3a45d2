"""The metrics of the epochs of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqlab.errors import RequestError

if TYPE_CHECKING:
    import pandas


class History(list[dict[str, Any]]):
    """The metrics of each epoch, as dicts with the keys of `metrics.jsonl`: `epoch`, `train.loss`, `seconds` …"""

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame with a row per epoch and a column per metric. Raises RequestError if pandas is not installed."""
        try:
            import pandas
        except ImportError as error:
            raise RequestError("to_pandas() needs pandas: pip install pandas") from error
        return pandas.DataFrame(list(self))

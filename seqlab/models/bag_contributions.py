"""What each row of a bag adds to the logits: exactly, because a bag is a sum of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class BagWeights:
    """The weights of a bag. `rows`: (vocabulary, units), what is summed; `bias`: (units,). `kernel`: (units, outputs)
    of the last layer, after ReLU; None: the sum is the logits."""

    rows: np.ndarray
    bias: np.ndarray
    kernel: np.ndarray | None

    def contributions(self, ids: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """What the ids (n,) with their weights (n,) add to the logits of an empty bag, (n, outputs) float64.

        With a hidden layer, the integrated gradients from the empty bag (Sundararajan et al. 2017): on the straight
        line to the bag, ReLU passes a unit on while the unit is above 0, so the integral is the share of the line where
        it is. Both add up to the difference of the logits, but for rounding.
        """
        added = self._added(ids, weights)  # (n, units)
        return added if self.kernel is None else added @ (self._passed_on(added.sum(axis=0))[:, None] * self.kernel)

    def gradient_input(self, ids: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The weights times the gradients there, (n, outputs) float64."""
        added = self._added(ids, weights)
        if self.kernel is None:
            return added
        return added @ ((self.bias + added.sum(axis=0) > 0)[:, None] * self.kernel)

    def _added(self, ids: np.ndarray, weights: np.ndarray) -> np.ndarray:
        added: np.ndarray = weights[:, None].astype(np.float64) * self.rows[ids]
        return added

    def _passed_on(self, total: np.ndarray) -> np.ndarray:
        """For each unit, the share of the α from 0 to 1 with bias + α · total > 0: (units,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = np.clip(-self.bias / total, 0.0, 1.0)
        share = np.where(total > 0, 1 - crossing, crossing)
        return np.where(total == 0, (self.bias > 0).astype(np.float64), share)


def bag_weights(model: keras.Model) -> BagWeights | None:
    """The weights of a model that is a bag of seqlab's; None for any other."""
    from seqlab.layers.bag import SumOfRows

    layers = {layer.name: layer for layer in model.layers}
    logits, hidden = layers.get("logits"), layers.get("sum_of_rows")
    if isinstance(logits, SumOfRows) and logits.bias is not None:
        return BagWeights(np.asarray(logits.effective_table(), np.float64), np.asarray(logits.bias, np.float64), None)
    if isinstance(hidden, SumOfRows) and hidden.bias is not None and logits is not None and "relu" in layers:
        kernel = np.asarray(logits.kernel, np.float64)[: hidden.units]  # the features are concatenated after the bag
        return BagWeights(np.asarray(hidden.table, np.float64), np.asarray(hidden.bias, np.float64), kernel)
    return None

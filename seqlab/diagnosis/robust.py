"""How far values are from the middle of others, unmoved by outliers among them."""

from __future__ import annotations

import numpy as np

NORMAL = 1.4826
"""The standard deviation of a normal variable over its median absolute deviation."""


def robust_z(values: np.ndarray, reference: np.ndarray, narrowest: float = 0.0) -> np.ndarray:
    """The distance of each value from the median of a reference, in its deviations, estimated by the median absolute
    deviation, or at least `narrowest`. If half of the reference is one value: by the mean absolute deviation."""
    middle = np.median(reference)
    distances = np.abs(reference - middle)
    deviation = max(NORMAL * float(np.median(distances)) or float(distances.mean()), narrowest)
    if deviation == 0:
        return np.where(values == middle, 0.0, np.inf)
    return np.abs(values - middle) / deviation

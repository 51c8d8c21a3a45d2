"""Targets as a model predicts them: standardized by the mean and the deviation of the training split."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from seqlab import files
from seqlab.data.features import mean_and_deviation
from seqlab.errors import DataError
from seqlab.registry import Number, Options

FILE = "target.json"


class TargetScale(Options):
    """Learning rates and initial weights then suit prices in millions and shares alike; metrics and predictions are in
    the units of the data."""

    mean: Number
    deviation: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    @classmethod
    def learn(cls, targets: np.ndarray) -> TargetScale:
        """Of the training targets, (examples,) float64."""
        mean, deviation = mean_and_deviation(targets)
        return cls(mean=mean, deviation=deviation)

    def standardized(self, targets: np.ndarray) -> np.ndarray:
        """(examples,) float64 → (examples,) float32."""
        standardized: np.ndarray = ((targets - self.mean) / self.deviation).astype(np.float32)
        return standardized

    def restored(self, outputs: np.ndarray) -> np.ndarray:
        """Outputs of the model (examples, 1) float32 → numbers in the units of the data (examples,) float64."""
        numbers: np.ndarray = outputs[:, 0].astype(np.float64) * self.deviation + self.mean
        return numbers

    def save(self, directory: Path) -> None:
        files.write_json(directory / FILE, self.model_dump())

    @classmethod
    def load(cls, directory: Path) -> TargetScale:
        """What `save` wrote. Raises DataError for anything else."""
        path = directory / FILE
        try:
            return cls.model_validate(files.read_json(path))
        except (OSError, ValueError) as error:  # also pydantic's
            raise DataError(
                f"{path} is not a mean and a deviation written by seqlab: restore it from a copy, or train again"
            ) from error

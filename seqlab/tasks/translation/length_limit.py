"""The greatest length of a translation, learned from the pairs of the training split."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from pydantic import ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from seqlab import files
from seqlab.errors import DataError

FACTOR, OFFSET, LONGEST = 2.0, 10, 500
"""A translation has at most factor × source ids + offset ids; this factor is the least, and that of older runs."""
MEASURED, COVERED = 5_000, 0.999
"""Pairs that the factor is learned from, evenly spaced, and the share of them that it must leave whole. It is not all
of them: a single misaligned pair would let every translation run on."""
FILE = "length_limit.json"


@dataclass(frozen=True)
class LengthLimit:
    """`factor`: ids of a translation per id of its sentence, beyond the offset. `longest`: ids of any translation."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    factor: Annotated[FiniteFloat, Field(ge=FACTOR, strict=True)] = FACTOR
    longest: Annotated[int, Field(ge=LONGEST, strict=True)] = LONGEST

    @classmethod
    def learn(cls, source: np.ndarray, target: np.ndarray) -> LengthLimit:
        """From the lengths of the two sides of pairs in ids, (pairs,) each.

        Words into characters take five ids for one, subwords into words less than one for one.
        """
        factor = np.quantile((target - OFFSET) / source, COVERED, method="higher")
        longest = np.quantile(target, COVERED, method="higher")
        return cls(max(FACTOR, float(factor)), max(LONGEST, int(longest)))

    def of(self, source: np.ndarray, most: int | None = None) -> np.ndarray:
        """The greatest lengths of translations of sentences of these lengths, (sentences,) int32.

        `most`: what the model can write; None: no limit of its own.
        """
        longest = self.longest if most is None else min(most, self.longest)
        ids = np.ceil(np.round(self.factor * source, 6))  # rounding must not cost the last id
        return np.minimum(ids + OFFSET, longest).astype(np.int32)

    def save(self, directory: Path) -> None:
        files.write_json(directory / FILE, asdict(self))

    @classmethod
    def restore(cls, directory: Path) -> LengthLimit:
        """That of a run; of a run that is older than the file, the least. Raises DataError if the file is damaged."""
        path = directory / FILE
        if not path.exists():
            return cls()
        try:
            return TypeAdapter(cls).validate_python(files.read_json(path))
        except ValidationError as error:
            wrong = error.errors()[0]
            message = ": ".join(map(str, [path, *wrong["loc"], wrong["msg"]]))
            raise DataError(f"{message}; restore the file from a copy, or train again") from error
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read ({error}): restore it from a copy, or train again") from error

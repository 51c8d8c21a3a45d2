"""A sentence encoder as a part of a fitted task: what is saved of it with prepared data and with a run."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqlab import files
from seqlab.encoders import FoundEncoder, TextEncoder, find_encoder
from seqlab.encoders.find_encoder import at_directory, sha256_of
from seqlab.encoders.text_encoder import encode
from seqlab.errors import DataError
from seqlab.progress import Progress

if TYPE_CHECKING:
    from seqlab.encoders.saved_model import SavedModelEncoder

RECORD = "encoder.json"
"""Source, version and width of the encoder, in a run and with prepared data."""
COPY = Path("model", "encoder")
"""The SavedModel in a run, which is complete in itself."""


@dataclass(frozen=True)
class FittedEncoder:
    """An encoder, which is loaded when a text is encoded."""

    found: FoundEncoder
    width: int

    @classmethod
    def fit(cls, source: str) -> FittedEncoder:
        """Raises RequestError if the encoder is not on this machine, or does not work."""
        found = find_encoder(source)
        return cls(found, found.load().width)

    @classmethod
    def restore(cls, source: str, directory: Path) -> FittedEncoder:
        """What `save` wrote. Raises DataError if it is damaged, RequestError if the encoder is not on this machine."""
        path = directory / RECORD
        try:
            record = files.read_json(path)
            version, width = str(record["version"]), int(record["width"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} does not describe an encoder: restore it from a copy, or train again") from error
        copy = directory / COPY
        found = at_directory(source, copy) if copy.is_dir() else find_encoder(source)
        if found.version != version:
            where = f"the encoder in {copy}" if copy.is_dir() else f"the encoder {source}"
            raise DataError(
                f"{where} is {found.version} and not {version}, with which the run was trained: restore it, or train "
                "again"
            )
        return cls(found, width)

    def save(self, directory: Path) -> None:
        """Into prepared data, or into a run: that has a folder for its model, into which a SavedModel is copied."""
        record = {"source": self.found.source, "version": self.found.version, "width": self.width}
        files.write_json(directory / RECORD, record)
        copy = directory / COPY
        if self.found.directory is None or not copy.parent.is_dir():
            return
        if copy.is_dir() and sha256_of(copy) != self.found.version:
            shutil.rmtree(copy)
        if not copy.is_dir():
            with files.new_directory(copy) as new:
                shutil.copytree(self.found.directory, new, dirs_exist_ok=True)

    @staticmethod
    def version_in(directory: Path) -> str | None:
        """The version of the encoder that a run, or prepared data, were made with; None if there is none."""
        try:
            return str(files.read_json(directory / RECORD)["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def vectors(self, texts: Sequence[str], progress: Progress) -> np.ndarray:
        """(texts, width) float32."""
        return encode(self._loaded, self.found.source, texts, progress)

    def saved_model(self) -> SavedModelEncoder:
        """The encoder with its variables, loaded anew, so that two models do not share them."""
        encoder: SavedModelEncoder = self.found.load()  # type: ignore[assignment]  # the config is checked
        return encoder

    @cached_property
    def _loaded(self) -> TextEncoder:
        return self.found.load()

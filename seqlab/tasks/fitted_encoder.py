"""A sentence encoder as a part of a fitted task: what is saved of it with prepared data and with a run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab import files
from seqlab.encoders import FoundEncoder, TextEncoder
from seqlab.encoders.find_encoder import at_directory
from seqlab.encoders.packages import PACKAGES
from seqlab.encoders.text_encoder import encode
from seqlab.errors import DataError, SeqlabError
from seqlab.models.classification import SentenceEncoder
from seqlab.progress import Progress
from seqlab.registry import WIDEST
from seqlab.runs import Run
from seqlab.runs.contents import ENCODER, ENCODER_RECORD, RESTORE
from seqlab.runs.references import IN_CONFIGS
from seqlab.tasks.run_encoder import LoadedRunEncoder, RunEncoder, of_run
from seqlab.text.untrained import is_hardly_known

if TYPE_CHECKING:
    from seqlab.encoders.saved_model import SavedModelEncoder

RECORD = ENCODER_RECORD
"""Source, version and width of the encoder, in a run and with prepared data."""
COPY = Path(ENCODER)
"""The files of the encoder in a run, which is complete in itself."""


@dataclass(frozen=True)
class FittedEncoder:
    """An encoder, which is loaded when a text is encoded."""

    found: FoundEncoder
    width: int

    @classmethod
    def fit(cls, found: FoundEncoder) -> FittedEncoder:
        """Raises RequestError if the encoder does not work."""
        encoder = found.load()
        fitted = cls(found, encoder.width)
        vars(fitted)["_loaded"] = encoder  # which encodes the splits next; some take seconds to load
        return fitted

    @classmethod
    def restore(cls, model: SentenceEncoder, directory: Path) -> FittedEncoder:
        """What `save` wrote. Raises DataError if it is damaged, RequestError if the encoder is not on this machine."""
        path = directory / RECORD
        try:
            record = files.read_json(path)
            version, width = str(record["version"]), record["width"]
            if type(width) is not int or not 0 < width <= WIDEST:
                raise ValueError(width)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} does not describe an encoder: restore it from a copy, or train again") from error
        copy, source = directory / COPY, model.source
        if not copy.is_dir() and source not in PACKAGES and Run(directory).weights_file.exists():
            raise DataError(f"{copy}, the encoder of this run, is missing: {RESTORE}")
        found = found_at(source, copy) if copy.is_dir() else model.found
        if found.version != version:
            where = f"the encoder in {copy}" if copy.is_dir() else f"the encoder {source}"
            raise DataError(
                f"{where} is {found.version} and not {version}, with which the run was trained: restore it, or train "
                "again"
            )
        return cls(found, width)

    def save(self, directory: Path) -> None:
        """Into prepared data, or into a run: that has a folder for its model, into which files are copied."""
        record = {"source": self.found.source, "version": self.found.version, "width": self.width}
        files.write_json(directory / RECORD, record)
        copy = directory / COPY
        if self.found.directory is None or not copy.parent.is_dir():
            return
        if copy.is_dir() and not self._is_in(copy):
            shutil.rmtree(copy)
        if not copy.is_dir():
            with files.new_directory(copy) as new:
                self.found.copy_to(new)

    def _is_in(self, copy: Path) -> bool:
        try:
            return found_at(self.found.source, copy).version == self.found.version
        except SeqlabError:
            return False

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

    def hardly_knows(self, text: str) -> bool:
        """Whether a run as encoder knows hardly a token of a text; other encoders do not tell."""
        vectorizer = self._loaded.predictor.vectorizer if isinstance(self._loaded, LoadedRunEncoder) else None
        return vectorizer is not None and is_hardly_known(text, vectorizer)

    def saved_model(self) -> SavedModelEncoder:
        """The encoder with its variables, loaded anew, so that two models do not share them."""
        encoder: SavedModelEncoder = self.found.load()  # type: ignore[assignment]  # the config is checked
        return encoder

    @cached_property
    def _loaded(self) -> TextEncoder:
        return self.found.load()


def with_run_encoder(model: Any, began_in: Path | None, find: Callable[[str], Run]) -> Any:
    """A model that knows the run which is its encoder: the copy in the folder of a run that continues, or the one that
    `find` returns for its source. Other models are returned as they are."""
    if not isinstance(model, SentenceEncoder) or not model.source.startswith(IN_CONFIGS):
        return model
    copy = None if began_in is None else began_in / COPY
    run = Run(copy) if copy is not None and copy.is_dir() else find(model.source)
    return model.with_found(of_run(model.source, run))


def run_encoder_of(model: Any) -> RunEncoder | None:
    """The run that is the encoder of a model that knows it; None for all other models."""
    found = model.found if isinstance(model, SentenceEncoder) and model.source.startswith(IN_CONFIGS) else None
    return found if isinstance(found, RunEncoder) else None


def found_at(source: str, directory: Path) -> FoundEncoder:
    """The encoder in a folder, which a run has a copy of. Raises RequestError if there is none."""
    return of_run(source, Run(directory)) if source.startswith(IN_CONFIGS) else at_directory(source, directory)

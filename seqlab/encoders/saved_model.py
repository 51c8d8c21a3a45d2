"""Sentence encoders that TensorFlow saved: SavedModels, among them those of TensorFlow Hub.

`hub.KerasLayer` works with Keras 2 only. What is needed of it is the signature: strings (batch,) to vectors (batch,
width). It is that of inference: dropout inside an encoder stays off when it is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab import runtime
from seqlab.errors import RequestError

if TYPE_CHECKING:
    import tensorflow as tf

SIGNATURES = ("serving_default", "default", "serve")
"""Names of the signature: of TensorFlow 2, of the modules of TensorFlow Hub, and of `keras.Model.export`."""
OUTPUTS = ("default", "outputs", "output_0")
"""Of several outputs, the names of the one with the vectors."""
MODULE = "tfhub_module.pb"
"""A file that only modules of TensorFlow 1 have. They hold several graphs; that of inference has no tag."""


@dataclass(frozen=True)
class SavedModelEncoder:
    """A loaded SavedModel."""

    width: int
    encode: Callable[[tf.Tensor], tf.Tensor]
    """Strings (batch,) to (batch, width) float32; differentiable."""
    variables: Sequence[tf.Variable]
    """The numbers of the model, those that it does not train included."""

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        tf = runtime.tensorflow()
        found: np.ndarray = self.encode(tf.constant([text.encode("utf-8", "replace") for text in texts])).numpy()
        return found


def load_saved_model(directory: Path) -> SavedModelEncoder:
    """Raises RequestError for a SavedModel that cannot be loaded, or that does not turn texts into vectors."""
    tf = runtime.tensorflow()
    try:
        tags: list[str] | None = [] if (directory / MODULE).is_file() else None
        loaded = tf.saved_model.load(str(directory), tags=tags)
    except Exception as error:  # of a damaged file TensorFlow raises almost anything
        raise RequestError(f"{directory} cannot be loaded as a SavedModel ({_first_line(error)})") from error
    name, function = _signature(directory, dict(loaded.signatures))
    argument = _text_argument(directory, name, function)
    output = _output(directory, name, sorted(function.structured_outputs))
    encode = partial(_encoded, loaded, function, argument, output)
    try:
        tried = encode(tf.constant(["a", "text"]))
    except Exception as error:
        raise RequestError(f"{directory}: '{name}' cannot encode two texts ({_first_line(error)})") from error
    if tried.shape.rank != 2 or tried.shape[0] != 2:
        raise RequestError(
            f"{directory}: '{name}' gives an array of the shape {tuple(tried.shape)} for 2 texts; a sentence encoder "
            "gives one vector per text: (2, width)"
        )
    variables = [each for each in function.variables if each.dtype.is_floating]
    return SavedModelEncoder(int(tried.shape[1]), encode, variables)


def _encoded(_loaded: Any, function: Any, argument: str, output: str, texts: tf.Tensor) -> tf.Tensor:
    """`_loaded` is kept alive with the function: its variables would be deleted with it."""
    import tensorflow as tf

    return tf.cast(function(**{argument: texts})[output], tf.float32)


def _signature(directory: Path, signatures: Mapping[str, Any]) -> tuple[str, Any]:
    for name in (*SIGNATURES, *(signatures if len(signatures) == 1 else ())):
        if name in signatures:
            return name, signatures[name]
    there = f"its signatures are {', '.join(sorted(signatures))}" if signatures else "it has no signature"
    raise RequestError(f"{directory} cannot encode texts: {there}; expected one of {', '.join(SIGNATURES)}")


def _text_argument(directory: Path, name: str, function: Any) -> str:
    arguments: Mapping[str, Any] = function.structured_input_signature[1]
    shown = ", ".join(f"{key}: {spec.dtype.name}{spec.shape}" for key, spec in arguments.items())
    specs = list(arguments.items())
    if len(specs) != 1 or specs[0][1].dtype.name != "string" or specs[0][1].shape.rank not in {None, 1}:
        raise RequestError(
            f"{directory}: '{name}' takes {shown or 'nothing'}; a sentence encoder takes texts alone: strings of the "
            "shape (batch,)"
        )
    return specs[0][0]


def _output(directory: Path, name: str, outputs: Sequence[str]) -> str:
    for output in (*OUTPUTS, *(outputs if len(outputs) == 1 else ())):
        if output in outputs:
            return output
    raise RequestError(
        f"{directory}: '{name}' has the outputs {', '.join(outputs)}, none of which is called {' or '.join(OUTPUTS)}"
    )


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:200]}"

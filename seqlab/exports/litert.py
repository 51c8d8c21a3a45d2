"""The format `litert`: a classifier or a regression of texts for LiteRT (TensorFlow Lite), a text at a time.

No operator of it needs TensorFlow. The length of a text is free: the interpreter makes room for each.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab import files
from seqlab.errors import RequestError
from seqlab.exports import ids_model
from seqlab.exports.agreement import Agreement
from seqlab.exports.example_graph import vectorizer_of
from seqlab.exports.ids_model import Predictor, rounded_lengths
from seqlab.exports.numpy_bag import arrays_of
from seqlab.exports.vectorizer_files import SCRIPT, loading, packages_of
from seqlab.exports.written import Written
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.model_inputs import Sequences
from seqlab.tasks.regression.predictor import RegressionPredictor
from seqlab.text.fitted_words import FittedWords

if TYPE_CHECKING:
    import tensorflow as tf

    from seqlab.experiment.loaded_run import LoadedRun

MODEL = "model.tflite"


def write(loaded: LoadedRun, directory: Path) -> Written:
    """Write the model and what makes ids of texts. Raises RequestError for a run that the format cannot hold."""
    predictor = ids_model.predictor_of(loaded, "litert")
    ids_model.write_beside(predictor, directory)
    with loaded.progress.step("writing the LiteRT model"):
        files.write_bytes(directory / MODEL, converted(predictor))

    def compare(texts: Sequence[str]) -> Agreement:
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(str(directory / MODEL))
        ask, output = interpreter.get_signature_runner(), ids_model.output_of(predictor)
        with _without_log_lines():
            return ids_model.compare(predictor, texts, directory, lambda ids: ask(ids=ids)[output], one_text=True)

    return Written(
        title="a LiteRT model",
        usage=_usage(),
        needs=" ".join(["ai-edge-litert", *packages_of(vectorizer_of(predictor))]),
        interface=ids_model.interface(predictor, one_text=True),
        compare=compare,
        notes=("Operators of LiteRT alone. A text without tokens is the row `[-1]`.",),
    )


@contextlib.contextmanager
def _without_log_lines() -> Iterator[None]:
    """Nothing of what LiteRT writes to descriptor 2, such as that it uses XNNPACK, reaches the user."""
    try:
        terminal = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(nowhere)


def converted(predictor: Predictor) -> bytes:
    """The file of the model: `ids` (1, tokens) int32 → `probabilities` (1, classes) or `predictions` (1,), float32.

    Raises RequestError for a model with operations that LiteRT does not have.
    """
    import tensorflow as tf

    module = tf.Module()
    module.variables_of_model = [variable.value for variable in predictor.model.variables]
    module.serve = serving_function(predictor)
    concrete = module.serve.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module)
    try:
        with _without_log_lines():
            return bytes(converter.convert())
    except Exception as error:
        if type(error).__name__ != "ConverterError":  # it is not public
            raise
        found = re.search(r"(?:TF Select|Custom) ops: (.*)", str(error))
        operations = f" {found[1]}" if found else ""
        raise RequestError(
            f"LiteRT has no operators for the model {predictor.model.name}: TensorFlow's converter refuses"
            f"{operations or ' it'}. Use `--format saved_model`, which takes every model of texts"
        ) from error


def serving_function(predictor: Predictor) -> Any:
    """A `tf.function` of operations that LiteRT has: no ragged, sparse or string tensors."""
    import tensorflow as tf

    fitted = vectorizer_of(predictor)
    logits = _of_bag(predictor) if predictor.examples.model.reads == "bag" else _of_sequence(predictor)

    @tf.function(input_signature=[tf.TensorSpec([1, None], tf.int32, name="ids")], autograph=False)
    def serve(ids: tf.Tensor) -> dict[str, tf.Tensor]:
        length = tf.reduce_sum(tf.cast(ids >= 0, tf.int32))
        ids = tf.where(ids < 0, tf.constant(fitted.vocabulary.unknown or 0), ids)[:, : tf.maximum(length, 1)]
        outputs, nothing = logits(ids), tf.constant(np.nan, tf.float32)
        if isinstance(predictor, RegressionPredictor):
            numbers = outputs[:, 0] * predictor.scale.deviation + predictor.scale.mean
            return {"predictions": tf.where(length == 0, nothing, numbers)}
        assert isinstance(predictor, ClassificationPredictor)
        if outputs.shape[1] == 1:
            outputs = tf.concat([tf.zeros_like(outputs), outputs], axis=1)
        return {"probabilities": tf.where(length == 0, nothing, tf.nn.softmax(outputs))}

    return serve


def _of_bag(predictor: Predictor) -> Callable[[tf.Tensor], tf.Tensor]:
    """Ids of all tokens of a text (1, tokens) → outputs (1, outputs)."""
    import tensorflow as tf

    fitted = vectorizer_of(predictor)
    assert isinstance(fitted, FittedWords)
    given = arrays_of(predictor, fitted).items()
    arrays = {name: tf.constant(array) for name, array in given if array.dtype.kind == "f"}  # not the labels

    def logits(ids: tf.Tensor) -> tf.Tensor:
        counts = tf.scatter_nd(ids[0][:, None], tf.ones_like(ids[0], tf.float32), [fitted.size])
        counts = tf.minimum(counts, 1) if fitted.output == "multi_hot" else counts
        outputs = tf.matmul((counts * arrays["token_weights"])[None], arrays["table"]) + arrays["bias"]
        if "kernel" not in arrays:
            return outputs
        return tf.matmul(tf.nn.relu(outputs), arrays["kernel"]) + arrays["kernel_bias"]

    return logits


def _of_sequence(predictor: Predictor) -> Callable[[tf.Tensor], tf.Tensor]:
    """The same of a model that reads tokens in their order."""
    import tensorflow as tf

    fitted, inputs = vectorizer_of(predictor), predictor.inputs.text
    assert isinstance(inputs, Sequences)
    reverses = isinstance(fitted, FittedWords) and fitted.options.reverse

    def logits(ids: tf.Tensor) -> tf.Tensor:
        ids = ids if inputs.max_length is None else ids[:, : inputs.max_length]
        ids = tf.reverse(ids, axis=[1]) if reverses else ids
        if not inputs.skips_padding:
            length = tf.shape(ids)[1]
            rounded = tf.constant(rounded_lengths(), tf.int32)
            shorter = tf.reduce_sum(tf.cast(rounded < length, tf.int32))
            width = inputs.max_length or tf.gather(rounded, shorter)
            ids = tf.pad(ids, [[0, 0], [0, width - length]])
        return predictor.model({"ids": ids}, training=False)

    return logits


def _usage() -> str:
    return "\n".join(
        (
            "import runpy, numpy, ai_edge_litert.interpreter as litert",
            f"ids = {loading(SCRIPT, 'Vectorizer')}.rows(['a text of your own'])",
            f"interpreter = litert.Interpreter('model/{MODEL}')",
            "print(interpreter.get_signature_runner()(ids=numpy.array(ids, 'int32')))",
        )
    )

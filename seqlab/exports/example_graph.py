"""Classifiers and regressions of texts as a TensorFlow graph, from raw text to labels and probabilities, or numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.exports import refusals
from seqlab.exports.agreement import Agreement, classes_agree, numbers_agree
from seqlab.exports.feature_inputs import FeatureInputs, feature_inputs
from seqlab.exports.graph_inputs import GraphInput, graph_input
from seqlab.exports.graphs import Graph
from seqlab.reports.run_table import in_markdown
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.tasks.given_rows import Example, read_examples
from seqlab.tasks.model_inputs import Bags, Sequences
from seqlab.tasks.regression.predictor import RegressionPredictor
from seqlab.tasks.regression.target_scale import TargetScale
from seqlab.text.tensorflow_encoders import as_read
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text_format import visible_name

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Logits = Callable[[tf.RaggedTensor | None, Mapping[str, tf.Tensor]], tf.Tensor]

LONGEST_OCTAVE = 31
"""Lengths below 2^31 are rounded."""


def vectorizer_of(predictor: ExamplePredictor) -> FittedVectorizer:
    """That of the model's text. Raises RequestError for a model that reads anything else."""
    examples = predictor.examples
    if examples.features is not None:
        raise refusals.reads_columns(examples.data.feature_columns.names)
    refuse_encoder(predictor)
    assert examples.vectorizer is not None
    return examples.vectorizer


def refuse_encoder(predictor: ExamplePredictor) -> None:
    """Raises RequestError for a model that reads texts through a sentence encoder."""
    if predictor.examples.encoder is not None:
        raise refusals.reads_vectors()


def example_graph(predictor: ExamplePredictor) -> Graph:
    """The graph of a classifier or a regression. Raises RequestError for one with a sentence encoder."""
    import tensorflow as tf

    refuse_encoder(predictor)
    vectorizer, features = predictor.examples.vectorizer, predictor.examples.features
    reads = None if vectorizer is None else graph_input(vectorizer)
    columns = None if features is None else feature_inputs(features)
    specifications = [
        *([] if reads is None else [reads.specification]),
        *([] if columns is None else columns.specifications),
    ]
    logits = logits_function(predictor)
    assert isinstance(predictor, ClassificationPredictor | RegressionPredictor)
    answer = _labels(predictor.labels) if isinstance(predictor, ClassificationPredictor) else _numbers(predictor.scale)

    @tf.function(input_signature=specifications, autograph=False)
    def serve(*given: tf.Tensor) -> dict[str, tf.Tensor]:
        named = {each.name: tensor for each, tensor in zip(specifications, given, strict=True)}
        ids = None if reads is None else reads.token_ids(named[reads.name])
        if columns is None:
            assert ids is not None
            return answer(logits(ids, {}), ids.row_lengths() == 0)
        return answer(logits(ids, columns.encode(named)), tf.fill(tf.shape(given[0]), False))

    tables = [table for each in (reads, columns) if each is not None for table in each.tables]
    tracked = [*tables, *(variable.value for variable in predictor.model.variables)]
    compare = _Comparison(predictor, reads, columns)
    names = predictor.examples.data.text_columns_named
    return Graph(
        tracked,
        {"serving_default": serve},
        reads,
        outputs_of(predictor),
        compare,
        text_columns=[f"the column {in_markdown(visible_name(name))}" for name in names] if len(names) > 1 else (),
        columns=columns,
        answers="labels" if isinstance(predictor, ClassificationPredictor) else "predictions",
    )


def outputs_of(predictor: ExamplePredictor) -> tuple[str, ...]:
    """What the graph gives, a line of Markdown each. Beside columns no text is too short for an answer."""
    alone = predictor.examples.features is None
    nothing = "; NaN for a text without tokens" if alone else ""
    if not isinstance(predictor, ClassificationPredictor):
        return (f"`predictions` (texts,) float64: in the units of the data{nothing}",)
    names = ", ".join(in_markdown(visible_name(label)) for label in predictor.labels)
    return (
        "`labels` (texts,): the most probable class" + (', `""` for a text without tokens' if alone else ""),
        f"`probabilities` (texts, {len(predictor.labels)}) float32: of {names}, in this order{nothing}",
    )


def logits_function(predictor: ExamplePredictor) -> Logits:
    """(ids of all tokens (texts, None), or None for rows without a text, the encoded columns) → outputs of the model
    (texts, outputs)."""
    import tensorflow as tf

    model, inputs, fitted = predictor.model, predictor.inputs.text, predictor.examples.vectorizer

    def of_bags(ids: tf.RaggedTensor, beside: Mapping[str, tf.Tensor]) -> tf.Tensor:
        assert fitted is not None
        bags, weights = as_read(fitted, ids)
        batch = {"tokens": bags.values, "offsets": tf.cast(bags.row_splits, tf.int32)}
        if weights is not None:
            batch["weights"] = weights.values
        return _run(model, {**batch, **beside})

    def of_sequences(ids: tf.RaggedTensor, beside: Mapping[str, tf.Tensor]) -> tf.Tensor:
        assert isinstance(inputs, Sequences)
        assert fitted is not None
        rows, _ = as_read(fitted, ids)
        if inputs.skips_padding or inputs.max_length is not None:
            width = inputs.max_length
            if inputs.skips_padding:
                longest = tf.reduce_max(tf.concat([rows.row_lengths(), [1]], axis=0))
                width = rounded(longest, inputs.max_length)
            return _run(model, {"ids": _padded(rows, width), **beside})
        return _by_length(rows, beside, lambda batch: _run(model, batch), model.output_shape[-1])

    if inputs is None:
        return lambda _, beside: _run(model, beside)
    return of_bags if isinstance(inputs, Bags) else of_sequences


def _run(model: keras.Model, batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
    return model({name: batch[name] for name in model.input}, training=False)


def _padded(rows: tf.RaggedTensor, width: tf.Tensor | int) -> tf.Tensor:
    """(texts, width), with zeros at the end of rows."""
    import tensorflow as tf

    dense = rows.to_tensor()
    return tf.pad(dense, [[0, 0], [0, tf.cast(width, tf.int32) - tf.shape(dense)[1]]])


def rounded(lengths: tf.Tensor, longest: int | None) -> tf.Tensor:
    """`round_lengths` for int64 of any shape."""
    import tensorflow as tf

    powers = tf.constant([1 << octave for octave in range(1, LONGEST_OCTAVE)], tf.int64)
    below = tf.maximum(lengths - 1, 1)[..., None] >= powers
    octave = tf.math.count_nonzero(below, axis=-1)  # of the length less one, exactly
    step = tf.maximum(tf.constant(16, tf.int64), tf.bitwise.left_shift(tf.ones_like(octave), tf.maximum(octave - 2, 0)))
    lengths = -(-lengths // step) * step
    return lengths if longest is None else tf.minimum(lengths, tf.constant(longest, tf.int64))


def _by_length(
    rows: tf.RaggedTensor,
    beside: Mapping[str, tf.Tensor],
    run: Callable[[Mapping[str, tf.Tensor]], tf.Tensor],
    outputs: int,
) -> tf.Tensor:
    """For models that read padding: rows of one rounded length at a time, because others would change the answer."""
    import tensorflow as tf

    widths = rounded(rows.row_lengths(), None)
    distinct = tf.unique(widths).y

    def body(step: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        chosen = tf.where(widths == distinct[step])  # (some, 1)
        batch = {name: tf.gather(column, chosen[:, 0]) for name, column in beside.items()}
        batch["ids"] = _padded(tf.gather(rows, chosen[:, 0]), distinct[step])
        found = tf.tensor_scatter_nd_update(found, chosen, run(batch))
        return step + 1, tf.ensure_shape(found, [None, outputs])

    start = (tf.constant(0), tf.zeros([rows.nrows(), outputs]))
    return tf.while_loop(lambda step, _: step < tf.size(distinct), body, start, parallel_iterations=1)[1]


def _labels(labels: Sequence[str]) -> Callable[[tf.Tensor, tf.Tensor], dict[str, tf.Tensor]]:
    """Logits (texts, outputs) and which texts have no tokens → labels and probabilities, as `ClassificationOutputs`."""
    import tensorflow as tf

    names = tf.constant(np.array([label.encode("utf-8", "surrogatepass") for label in labels], object), tf.string)

    def answer(logits: tf.Tensor, empty: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = tf.cast(logits, tf.float64)
        if logits.shape[1] == 1:
            logits = tf.concat([tf.zeros_like(logits), logits], axis=1)
        logs = tf.nn.log_softmax(logits)
        found = tf.gather(names, tf.argmax(logs, axis=1))
        return {
            "labels": tf.where(empty, "", found),
            "probabilities": tf.cast(
                tf.where(empty[:, None], tf.constant(math.nan, tf.float64), tf.exp(logs)), tf.float32
            ),
        }

    return answer


def _numbers(scale: TargetScale) -> Callable[[tf.Tensor, tf.Tensor], dict[str, tf.Tensor]]:
    """Outputs (texts, 1) and which texts have no tokens → numbers in the units of the data."""
    import tensorflow as tf

    def answer(outputs: tf.Tensor, empty: tf.Tensor) -> dict[str, tf.Tensor]:
        numbers = tf.cast(outputs[:, 0], tf.float64) * scale.deviation + scale.mean
        return {"predictions": tf.where(empty, tf.constant(math.nan, tf.float64), numbers)}

    return answer


@dataclass(frozen=True)
class _Comparison:
    """The answers of the run, and those of a saved graph."""

    predictor: ClassificationPredictor | RegressionPredictor
    reads: GraphInput | None
    columns: FeatureInputs | None

    def __call__(self, signatures: Mapping[str, Any], examples: Sequence[Example], directory: Path) -> Agreement:
        texts, rows = read_examples(examples, self.predictor.examples.data)
        given = {} if self.columns is None else self.columns.tensors(rows)
        if self.reads is not None:
            given[self.reads.name] = self.reads.tensor(texts, directory)
        found = {name: value.numpy() for name, value in signatures["serving_default"](**given).items()}
        if isinstance(self.predictor, ClassificationPredictor):
            labels = [label.decode("utf-8", "surrogatepass") for label in found["labels"]]
            return classes_agree(self.predictor, examples, labels, found["probabilities"])
        return numbers_agree(self.predictor, examples, found["predictions"])

"""Translators as a TensorFlow graph, from a sentence to its translation: beam search is in the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.exports.agreement import Agreement, of_texts
from seqlab.exports.graph_inputs import GraphInput, graph_input
from seqlab.exports.graphs import Graph
from seqlab.tasks.translation.length_limit import OFFSET
from seqlab.tasks.translation.predictor import SENTENCES_PER_BATCH, TranslationPredictor
from seqlab.tasks.translation.translate import NEVER_WRITTEN
from seqlab.text.character_classes import WHITESPACE
from seqlab.text.sentences import END_ID, UNKNOWN_ID
from seqlab.text.tensorflow_encoders import as_read

if TYPE_CHECKING:
    import tensorflow as tf

CHECKED = 128
"""Sentences whose translations are compared."""


def translation_graph(predictor: TranslationPredictor) -> Graph:
    """The graph of a translator. Raises RequestError for a vectorizer that an export cannot hold."""
    import tensorflow as tf

    from seqlab.decoding.beam_scores import beam_settings
    from seqlab.exports.detokenizer_graph import sentences_function

    reads, beam = graph_input(predictor.source.vectorizer), predictor.beam
    text_of = sentences_function(predictor.target)
    settings = beam_settings(beam, predictor.target.size, unknown=UNKNOWN_ID, excluded=NEVER_WRITTEN)
    search = predictor.compiled.search(beam.width, beam.n_best)
    read = sources_function(predictor)

    @tf.function(input_signature=[reads.specification], autograph=False)
    def serve(given: tf.Tensor) -> dict[str, tf.Tensor]:
        ids = reads.token_ids(given)
        if reads.name == "text":
            blank = tf.strings.regex_full_match(given, f"{WHITESPACE.re2}*")
        else:
            blank = ids.row_lengths() == 0
        source, limits = read(ids)
        found = search(source, limits, settings)
        sentences = text_of(found.ids[:, 0], found.lengths[:, 0])
        return {
            "text": tf.where(blank, "", sentences),
            "log_probabilities": tf.where(blank, np.nan, found.log_probabilities[:, 0]),
        }

    return Graph(
        [*reads.tables, *(variable.value for variable in predictor.compiled.model.variables)],
        {"serving_default": serve},
        reads,
        (
            f"`text` (texts,): the translations, by {beam}; a blank text stays blank",
            "`log_probabilities` (texts,) float32: of each translation, in nats; NaN for a blank text",
        ),
        _Comparison(predictor, reads),
        texts=CHECKED,
        answers="text",
    )


def sources_function(predictor: TranslationPredictor) -> Callable[[tf.RaggedTensor], tuple[tf.Tensor, tf.Tensor]]:
    """(ids of all tokens of sentences) → what the encoder reads, (sentences, longest) int32, and the greatest lengths
    of the translations, (sentences,) int32."""
    import tensorflow as tf

    most, limit, vectorizer = predictor.max_ids, predictor.limit, predictor.source.vectorizer
    longest = limit.longest if most is None else min(most, limit.longest)

    def read(ids: tf.RaggedTensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows, _ = as_read(vectorizer, ids)
        if most is not None:
            rows = rows[:, : most - 1]
        ends = tf.fill([rows.nrows(), 1], tf.constant(END_ID, rows.dtype))
        rows = tf.concat([rows, ends], axis=1)
        lengths = tf.cast(rows.row_lengths(), tf.float64)
        limits = tf.math.ceil(tf.round(limit.factor * lengths * 1e6) / 1e6) + OFFSET  # as `LengthLimit.of`
        return rows.to_tensor(), tf.cast(tf.minimum(limits, longest), tf.int32)

    return read


@dataclass(frozen=True)
class _Comparison:
    """The translations of the run, and those of a saved graph, in the same batches."""

    predictor: TranslationPredictor
    reads: GraphInput

    def __call__(self, signatures: Mapping[str, Any], texts: Sequence[str], directory: Path) -> Agreement:
        own = [each.label for each in self.predictor.predict(texts)]
        found: list[str] = []
        for first in range(0, len(texts), SENTENCES_PER_BATCH):
            some = texts[first : first + SENTENCES_PER_BATCH]
            answers = signatures["serving_default"](**{self.reads.name: self.reads.tensor(some, directory)})
            found += [text.decode("utf-8", "replace") for text in answers["text"].numpy()]
        return of_texts("translations", texts, own, found)

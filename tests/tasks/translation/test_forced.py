"""Forced decoding is the score of a pair, and the distribution of every step, of networks with random weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.data.ragged import Ragged
from seqlab.models.translation import RecurrentEncoderDecoder, TransformerTranslator, TranslatorContext
from seqlab.progress import SILENT
from seqlab.tasks.translation.forced import forced_decoding
from seqlab.tasks.translation.translate import CompiledTranslator, score_pairs
from seqlab.text.sentences import END_ID, START_ID

CONTEXT = TranslatorContext(11, 9, False)
MODELS = {
    "luong": RecurrentEncoderDecoder(units=8, embedding=6),
    "bahdanau": RecurrentEncoderDecoder(units=8, embedding=6, attention="bahdanau", cell="gru"),
    "no attention": RecurrentEncoderDecoder(units=8, embedding=6, attention="none", bidirectional=True),
    "transformer": TransformerTranslator(layers=1, heads=2, width=8, feed_forward=8),
}
SOURCE, TARGET = [5, 7, 4, END_ID], [6, 4, 8, 4, END_ID]


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_it_is_the_score_of_the_pair(model):
    keras.utils.set_random_seed(1)
    compiled = CompiledTranslator(model.build(CONTEXT), 9)
    found = forced_decoding(compiled.forced(9), SOURCE, TARGET)
    scored, _, _ = score_pairs(compiled, Ragged.from_rows([SOURCE]), Ragged.from_rows([[START_ID, *TARGET]]), SILENT)
    assert_close(found.log_probabilities, scored)
    logits = compiled.model({"source": tf.constant([SOURCE]), "target": tf.constant([[START_ID, *TARGET[:-1]]])})[0]
    probabilities = tf.nn.softmax(logits).numpy()
    assert_close(found.entropies, -(probabilities * np.log2(probabilities)).sum(axis=1))
    for ids, logs, row in zip(found.best_ids, found.best, probabilities, strict=True):
        assert set(ids[-2:].tolist()) == {0, START_ID}  # never written
        assert_close(np.exp(logs[:-2]), row[ids[:-2]])
    assert found.attention.shape == (5, 4)
    assert_close(found.attention.sum(axis=1), np.full(5, 1.0 if model.attends else 0.0))


def test_a_function_is_compiled_once_for_each_number_of_rivals():
    compiled = CompiledTranslator(MODELS["luong"].build(CONTEXT), 9)
    assert compiled.forced(3) is compiled.forced(3)
    assert compiled.forced(3) is not compiled.forced(4)

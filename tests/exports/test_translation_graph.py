"""Translators as graphs: the translations of `translate`, beam search inside."""

import numpy as np
import pytest
import tensorflow as tf

from seqlab import load
from seqlab.data.ragged import Ragged
from seqlab.exports.export import export
from seqlab.exports.translation_graph import sources_function
from seqlab.tasks.translation.length_limit import LengthLimit

SENTENCES = [
    "The girl eats the red apple.",
    "",
    "  \u3000",
    "zzz qqq",
    "The queen buys\u2003the green table.",
    "We eat.",
]


@pytest.fixture(scope="module")
def saved(translator, tmp_path_factory):
    """The export of a translator, and its signature."""
    done = export(translator, "saved_model", tmp_path_factory.mktemp("export") / "out")
    return done, tf.saved_model.load(done.directory / "model").signatures["serving_default"]


def test_translations_are_those_of_the_run(saved, translator):
    done, translate = saved
    assert str(done.agreement) == "128 of 128 translations are equal"
    found = translate(text=tf.constant([text.encode() for text in SENTENCES]))
    own = list(load(translator.directory, progress=False).stream_translations(SENTENCES))
    assert [text.decode() for text in found["text"].numpy()] == [each.label for each in own]
    logs = [each.hypotheses[0].log_probability if each.hypotheses else np.nan for each in own]
    np.testing.assert_allclose(found["log_probabilities"], logs, atol=1e-5)
    assert own[1].label == ""


def test_an_answer_does_not_depend_on_its_company(saved):
    _, translate = saved
    together = translate(text=tf.constant(SENTENCES[3:]))["text"].numpy().tolist()
    assert together == [translate(text=tf.constant([each]))["text"].numpy()[0] for each in SENTENCES[3:]]
    assert translate(text=tf.constant(["", " "]))["text"].numpy().tolist() == [b"", b""]


class Predictor:
    """What the function asks a predictor for."""

    def __init__(self, predictor, limit, max_ids):
        self.source, self.limit, self.max_ids = predictor.source, limit, max_ids


@pytest.mark.parametrize(("limit", "max_ids"), [(LengthLimit(), None), (LengthLimit(2.3, 600), 25)])
def test_what_is_read_and_the_limits_are_those_of_the_run(translator, limit, max_ids):
    predictor = load(translator.directory, progress=False).predictor
    texts = ["the girl " * count for count in (1, 2, 7, 10, 40)]
    encoded = predictor.source.encode(texts, start=False, longest=max_ids).ids
    tokens = predictor.source.vectorizer.encode(texts).ids
    given = tf.RaggedTensor.from_row_splits(tokens.values, tokens.offsets)
    source, limits = sources_function(Predictor(predictor, limit, max_ids))(given)
    assert limits.numpy().tolist() == limit.of(encoded.lengths, max_ids).tolist()
    rows = [encoded[row].tolist() for row in range(len(texts))]
    assert [row[: len(own)] for row, own in zip(source.numpy().tolist(), rows, strict=True)] == rows
    assert isinstance(encoded, Ragged)

"""The surprise of a text is the loss that an evaluation reports, token by token."""

import math

import numpy as np
import pytest
import tensorflow as tf

from seqlab.data.datasets.text_file import TextFile
from seqlab.data.records import Records
from seqlab.errors import RequestError
from seqlab.explanations.options import ExplainOptions
from seqlab.models.language_modeling import LANGUAGE_MODELS
from seqlab.progress import SILENT
from seqlab.tasks import LANGUAGE_MODELING, Choices
from seqlab.text import VECTORIZERS

TRAIN = "To be, or not to be: that is the question.\nWhether 'tis nobler in the mind to suffer\n" * 3
MODELS = {
    "recurrent": {"name": "recurrent", "cell": "gru", "units": 6, "embedding": 4},
    "transformer": {"name": "transformer", "layers": 1, "heads": 1, "width": 8, "feed_forward": 8, "context": 8},
}
VECTORIZERS_USED = {
    "characters": {"name": "characters"},
    "unknown characters": {"name": "characters", "unknown": True},
    "subwords": {"name": "subwords", "size": 270},
    "words": {"name": "words", "split": "punctuation", "standardize": "lower"},
}
TEXTS = ["to be", "to be ∂ or ∂∂", "\u2202to be, or not to be: that is the question that is the mind", "tο bε"]


def predictor_of(model, vectorizer, tmp_path):
    data = TextFile.model_validate({"name": "text_file", "path": str(tmp_path / "x.txt")})
    chosen = Choices(data, VECTORIZERS.read(vectorizer), LANGUAGE_MODELS.read(model))
    task = LANGUAGE_MODELING.fit(chosen, Records({"text": [TRAIN]}), SILENT)
    tf.random.set_seed(1)
    return task, task.predictor(task.build(None))


def explained(predictor, text, **options):
    return next(predictor.explain([text], ExplainOptions(**options), SILENT))


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("vectorizer", VECTORIZERS_USED.values(), ids=VECTORIZERS_USED.keys())
def test_it_sums_to_the_loss_and_bits_of_an_evaluation(model, vectorizer, tmp_path):
    task, predictor = predictor_of(model, vectorizer, tmp_path)
    for text in TEXTS if model["name"] == "recurrent" else TEXTS[1:3]:
        found = explained(predictor, text)
        evaluation = predictor.evaluate(task.encode(Records({"text": [text]}), SILENT), (), SILENT)
        assert found.bits_per_token * math.log(2) == pytest.approx(evaluation.metrics()["loss"], rel=1e-5)
        assert found.scored == len(evaluation.outputs.log_probabilities)
        characters = evaluation.outputs.characters
        if characters is not None:
            assert found.characters == characters.sum()
            joined = found.separator.join(each.token for each in found.tokens)
            assert joined.encode("utf-8", "surrogateescape").decode() == text


@pytest.mark.slow
def test_every_token_has_its_probability_among_the_others(tmp_path):
    _, predictor = predictor_of(MODELS["recurrent"], VECTORIZERS_USED["characters"], tmp_path)
    size = predictor.vectorizer.size
    found = explained(predictor, "to be", alternatives=size)
    assert [each.token for each in found.tokens] == list("to be")
    assert (found.tokens[0].bits, found.tokens[0].entropy) == (None, None)
    for each in found.tokens[1:]:
        named = dict(each.alternatives)
        assert each.token not in named
        probabilities = np.array([each.probability, *named.values()])
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert each.entropy == pytest.approx(-(probabilities * np.log2(probabilities)).sum(), rel=1e-4)
        assert list(named.values()) == sorted(named.values(), reverse=True)
    assert len(explained(predictor, "to be", alternatives=0).tokens[1].alternatives) == 0
    (answer,) = predictor.predict(["to b"])
    expected = {**dict(found.tokens[4].alternatives), "e": found.tokens[4].probability}
    for token, probability in answer.probabilities.items():
        assert probability == pytest.approx(expected[token], rel=1e-4)


@pytest.mark.slow
def test_texts_with_nothing_to_predict(tmp_path):
    _, predictor = predictor_of(MODELS["recurrent"], VECTORIZERS_USED["characters"], tmp_path)
    assert explained(predictor, "").empty
    alone = explained(predictor, "t")
    assert (alone.bits, alone.bits_per_character, alone.empty) == (None, None, False)
    unread = explained(predictor, "\u2202\u2202")
    assert [each.unknown for each in unread.tokens] == [True, True]
    assert unread.bits == pytest.approx(math.log2(1_114_112 * (predictor.vectorizer.vocabulary.counts.sum() + 1)))
    assert explained(predictor, "a\r\nb").text == "a\nb"


def test_what_means_nothing_here_is_refused(tmp_path):
    _, predictor = predictor_of(MODELS["recurrent"], VECTORIZERS_USED["characters"], tmp_path)
    for options in ({"method": "occlusion"}, {"label": "x"}, {"faithfulness": True}, {"target": "x"}):
        with pytest.raises(RequestError, match="has no effect"):
            explained(predictor, "to be", **options)

"""Contributions of whole classifiers: they add up, agree with one another, and with predictions of shorter texts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_classifier import WORDS, explained, predictor_of

from seqlab.errors import RequestError
from seqlab.explanations.options import ExplainOptions
from seqlab.models.classification import (
    BagClassifier,
    NaiveBayesClassifier,
    RecurrentClassifier,
    SeparableConvClassifier,
    TransformerClassifier,
)
from seqlab.progress import SILENT
from seqlab.text.words import Words

TEXT = "w1 w2 unheard w3 w1 w2"
LINEAR = {"linear": BagClassifier(hidden=0), "naive Bayes": NaiveBayesClassifier()}
BAGS = {**LINEAR, "hidden": BagClassifier(hidden=5)}
NETWORKS = {
    "gru": RecurrentClassifier(cell="gru", units=4, embedding=4),
    "convolution": SeparableConvClassifier(embedding=4, filters=4, kernel=3, blocks=1),
    "transformer": TransformerClassifier(heads=1, width=4, feed_forward=6),
}
LABELS = {2: ("no", "yes"), 3: ("a", "b", "c")}


@pytest.fixture(scope="module")
def predictor():
    """`predictor(name, **options)`: each is built once."""
    made = {}

    def of(name, classes=2, **options):
        key = (name, classes, *sorted(options.items()))
        if key not in made:
            model = {**BAGS, **NETWORKS}[name]
            made[key] = predictor_of(model, Words(**options), LABELS[classes])
        return made[key]

    return of


def logit(predictor, text, label):
    """What `predict` says, as the log-odds of a class."""
    (answer,) = predictor.predict([text])
    return math.log(answer.probabilities[label] / (1 - answer.probabilities[label]))


@pytest.mark.parametrize("output", ["multi_hot", "count", "tf_idf"])
@pytest.mark.parametrize("name", BAGS)
@settings(max_examples=8)
@given(words=st.lists(st.sampled_from([*WORDS, "unheard"]), min_size=1, max_size=30))
def test_contributions_of_a_bag_and_its_bias_are_the_logit(predictor, name, output, words):
    bag, text = predictor(name, ngrams=2, output=output), " ".join(words)
    found = explained(bag, text, label="yes")
    assert found.score == pytest.approx(logit(bag, text, "yes"), abs=1e-5)
    assert found.base == pytest.approx(_score_of_an_empty_bag(bag), abs=1e-5)
    assert found.base + sum(each.contribution for each in found.tokens) == pytest.approx(found.score, abs=1e-5)
    assert found.base + sum(each.contribution for each in found.ngrams) == pytest.approx(found.score, abs=1e-5)
    assert (found.method, found.gap) == ("contributions", 0)


def _score_of_an_empty_bag(bag):
    inputs = {"tokens": np.zeros(0, np.int32), "offsets": np.zeros(2, np.int32)}
    if "weights" in bag.model.input:
        inputs["weights"] = np.zeros(0, np.float32)
    return float(bag.model(inputs)[0, 0])


def test_of_more_classes_each_has_its_logit(predictor):
    bag = predictor("hidden", 3, output="count")
    assert explained(bag, TEXT).explained == next(bag.predict([TEXT])).label
    scores = [explained(bag, TEXT, label=label) for label in "abc"]
    (answer,) = bag.predict([TEXT])
    odds = np.exp([each.score for each in scores])
    np.testing.assert_allclose(odds / odds.sum(), list(answer.probabilities.values()), rtol=1e-5)
    for each in scores:
        assert each.base + sum(token.contribution for token in each.tokens) == pytest.approx(each.score, abs=1e-5)


def test_what_speaks_for_a_class_speaks_against_the_other(predictor):
    bag = predictor("linear", output="multi_hot")
    yes, no = (explained(bag, TEXT, label=label) for label in ("yes", "no"))
    assert [each.contribution for each in yes.tokens] == pytest.approx([-each.contribution for each in no.tokens])
    assert (yes.score, yes.explained, no.explained) == (pytest.approx(-no.score), "yes", "no")
    assert yes.label == no.label == explained(bag, TEXT).explained


def test_all_methods_agree_on_a_linear_model(predictor):
    """Of different single words, without n-grams, leaving one out takes its weight away."""
    bag, text = predictor("linear", output="multi_hot"), "w1 w2 w3 unheard w4"
    methods = ("contributions", "integrated_gradients", "gradient_input", "occlusion")
    found = [[each.contribution for each in explained(bag, text, method=method).tokens] for method in methods]
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=1e-5)


def test_an_ngram_is_one_part_and_is_named_with_its_count(predictor):
    found = explained(predictor("linear", ngrams=2, output="count"), "w1 w1 unheard")
    assert {each.ngram: each.count for each in found.ngrams if each.ngram == "w1"} == {"w1": 2}
    (unknown,) = (each for each in found.ngrams if each.unknown)
    assert unknown.ngram == "[UNK]"
    sizes = [abs(each.contribution) for each in found.ngrams]
    assert sizes == sorted(sizes, reverse=True)
    assert [each.unknown for each in found.tokens] == [False, False, True]


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_integrated_gradients_of_a_network_add_up(predictor, name):
    found = explained(predictor(name), TEXT)
    added = sum(each.contribution for each in found.tokens)
    assert found.method == "integrated_gradients"
    assert found.score == pytest.approx(logit(predictor(name), TEXT, found.explained), abs=1e-4)
    missing = abs(found.base + added - found.score)
    assert found.gap == pytest.approx(missing / abs(found.score - found.base), abs=1e-3)
    assert found.gap <= 0.01
    assert [each.token for each in found.tokens] == TEXT.split()


@pytest.mark.slow
def test_padding_that_is_read_is_no_token():
    padded = predictor_of(RecurrentClassifier(units=4, embedding=4, mask=False, pooling="mean"), Words(max_length=9))
    found = explained(padded, TEXT)
    assert len(found.tokens) == 6
    assert found.base + sum(each.contribution for each in found.tokens) == pytest.approx(found.score, rel=0.02)


@pytest.mark.slow
def test_reversed_texts_are_shown_in_reading_order():
    backwards = predictor_of(NETWORKS["gru"], Words(reverse=True))
    forwards = predictor_of(NETWORKS["gru"], Words())
    one, other = explained(backwards, "w1 w2 w3"), explained(forwards, "w3 w2 w1")
    assert [each.token for each in one.tokens] == ["w1", "w2", "w3"]
    mirrored = [each.contribution for each in other.tokens][::-1]
    assert [each.contribution for each in one.tokens] == pytest.approx(mirrored, abs=1e-5)
    occluded = explained(backwards, "w1 w2 w3", method="occlusion")
    assert occluded.tokens[0].contribution == pytest.approx(
        occluded.score - explained(backwards, "w2 w3", label=occluded.explained).score, abs=1e-5
    )


@pytest.mark.parametrize("name", ["linear", "hidden", "gru"])
def test_occlusion_is_what_predictions_of_the_shorter_texts_say(predictor, name):
    options = {"output": "multi_hot", "ngrams": 2} if name in BAGS else {}
    asked = predictor(name, **options)
    found = explained(asked, TEXT, method="occlusion", label="yes")
    words = TEXT.split()
    for place, each in enumerate(found.tokens):
        shorter = " ".join(words[:place] + words[place + 1 :])
        difference = logit(asked, TEXT, "yes") - logit(asked, shorter, "yes")
        assert each.contribution == pytest.approx(difference, abs=1e-4)
    assert found.base is None


def test_faithfulness_is_of_the_probabilities_that_predict_says(predictor):
    bag, text = predictor("linear", output="multi_hot"), "w1 w2 w3 w4"
    found = explained(bag, text, faithfulness=True)
    ranked = sorted(found.tokens, key=lambda each: -each.contribution)
    top, two = ranked[0].token, [each.token for each in ranked[:2]]

    def probability(words):
        return next(bag.predict([" ".join(words)])).probabilities[found.explained]

    words, judged = text.split(), found.faithfulness
    without = [probability(w for w in words if w != top), probability(w for w in words if w not in two)]
    assert judged.comprehensiveness_at[0] == pytest.approx(probability(words) - without[0], abs=1e-5)
    assert judged.comprehensiveness_at[4] == pytest.approx(probability(words) - without[1], abs=1e-5)
    assert judged.sufficiency_at[0] == pytest.approx(probability(words) - probability([top]), abs=1e-5)
    assert judged.kendall_tau == 1


@pytest.mark.parametrize("text", ["", "  ", "!!!"])
def test_a_text_of_which_nothing_is_left_has_no_explanation(predictor, text):
    for name in ("linear", "gru"):
        found = explained(predictor(name, **({"output": "multi_hot"} if name == "linear" else {})), text)
        assert found.empty
        assert (found.tokens, found.label, found.method) == ((), None, None)


@pytest.mark.parametrize("text", ["unheard", "unheard unseen", "w1"])
@pytest.mark.parametrize("name", ["hidden", "gru"])
def test_one_token_and_only_unknown_ones(predictor, name, text):
    asked = predictor(name, **({"output": "multi_hot", "ngrams": 2} if name == "hidden" else {}))
    for method in (None, "occlusion", "gradient_input"):
        found = explained(asked, text, method=method, faithfulness=True)
        assert [each.token for each in found.tokens] == text.split()
        assert all(np.isfinite(each.contribution) for each in found.tokens)
        assert found.unreadable == ("w1" not in text)


def test_what_is_cut_off_is_told():
    found = explained(predictor_of(NETWORKS["gru"], Words(max_length=2)), "w1 w2 w3 w4 w5", method="occlusion")
    assert (len(found.tokens), found.cut_off) == (2, 3)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (RecurrentClassifier(units=2, one_hot=True), {"method": "integrated_gradients"}, "one-hot.*use occlusion"),
        (NETWORKS["gru"], {"method": "contributions"}, "only a bag is a sum of what each token adds; use integrated"),
        (NETWORKS["gru"], {"label": "yess"}, "no class 'yess'; did you mean 'yes'"),
        (NETWORKS["gru"], {"target": "x"}, "--target has no effect: only a translator"),
    ],
)
def test_what_a_model_does_not_have_is_refused(model, options, message):
    with pytest.raises(RequestError, match=message):
        explained(predictor_of(model), TEXT, **options)


def test_one_hot_tokens_are_left_out_one_by_one():
    found = explained(predictor_of(RecurrentClassifier(units=2, one_hot=True)), TEXT)
    assert found.method == "occlusion"


def test_weights_that_are_no_numbers_have_no_contributions():
    bag = predictor_of(BagClassifier(hidden=0), Words(output="multi_hot"))
    bag.model.get_layer("logits").bias.assign([np.nan])
    found = explained(bag, TEXT)
    assert not found.is_finite
    assert not found.empty


def test_a_stream_is_read_as_it_comes(predictor):
    def endless():
        yield "w1"
        raise AssertionError("read ahead")

    stream = predictor("linear", output="multi_hot").explain(endless(), ExplainOptions(), SILENT)
    assert next(stream).text == "w1"

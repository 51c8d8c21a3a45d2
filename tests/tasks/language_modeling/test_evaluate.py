"""The evaluation of a language model, from given log-probabilities."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.data import spool
from seqlab.metrics.language_model import LANGUAGE_MODEL_METRICS, LanguageModelOutputs
from seqlab.tasks.language_modeling.evaluate import (
    ITEM,
    LanguageModelEvaluation,
    outputs_of,
    readable,
    spelled,
    unigram_log_probabilities,
    with_unseen,
)
from seqlab.text import Characters
from seqlab.text.vocabulary import NO_ID

TOKENS = 2 * ITEM + 5
LOG_PROBABILITIES = -np.arange(TOKENS) / TOKENS
OUTPUTS = LanguageModelOutputs(
    LOG_PROBABILITIES, np.arange(TOKENS) % 2 == 0, np.zeros(TOKENS, bool), None, LOG_PROBABILITIES
)


def evaluation(ids):
    return LanguageModelEvaluation(OUTPUTS, ids, (LANGUAGE_MODEL_METRICS.read("accuracy"),), lambda: "a sample")


def test_items_add_up_to_the_text_and_say_where_they_start():
    made = evaluation(np.arange(TOKENS + 1, dtype=np.int32))
    items = [item["scores"] for item in made.predictions()]
    assert [(item["start"], item["tokens"]) for item in items] == [(1, ITEM), (ITEM + 1, ITEM), (2 * ITEM + 1, 5)]
    assert sum(item["log_probability"] for item in items) == pytest.approx(LOG_PROBABILITIES.sum(), abs=1e-3)
    assert sum(item["correct"] for item in items) == ITEM + 3
    assert made.metrics() == {"loss": -LOG_PROBABILITIES.mean(), "accuracy": (ITEM + 3) / TOKENS}
    assert (made.samples(), made.plots()) == ("a sample", {})


def test_items_tell_how_many_characters_they_spell_if_that_is_known():
    ids = np.arange(TOKENS + 1, dtype=np.int32)
    spelled = replace(OUTPUTS, characters=np.arange(TOKENS) % 3)
    items = [item["scores"] for item in replace(evaluation(ids), outputs=spelled).predictions()]
    assert [item["characters"] for item in items] == [999, 1_000, 2 + 0 + 1 + 2 + 0]
    assert all("characters" not in item["scores"] for item in evaluation(ids).predictions())


def test_the_id_of_an_item_is_that_of_its_tokens_whatever_their_type():
    ids = np.arange(TOKENS + 1)
    first, second = ([item["id"] for item in evaluation(ids.astype(kind)).predictions()] for kind in ("<i4", ">i8"))
    assert first == second
    changed = np.where(ids == ITEM + 7, 0, ids)
    assert [item["id"] == old for item, old in zip(evaluation(changed).predictions(), first, strict=True)] == [
        True,
        False,
        True,
    ]


class TestUnseenTokens:
    """`NO_ID` stands for tokens that training never had."""

    def test_by_hand(self):
        ids = np.array([3, NO_ID, 4, NO_ID])
        scored, costs, correct = with_unseen(ids, np.log([0.25]), np.array([True]), training_tokens=9)
        assert scored.tolist() == [1, 2, 3]
        assert np.exp(costs) == pytest.approx([0.1, 0.9 * 0.25, 0.1])
        assert correct.tolist() == [False, True, False]

    def test_at_the_beginning_the_first_known_one_has_no_context(self):
        scored, costs, _ = with_unseen(np.array([NO_ID, 3, 4]), np.log([0.5]), np.array([False]), training_tokens=3)
        assert scored.tolist() == [0, 2]
        assert np.exp(costs) == pytest.approx([0.25, 0.75 * 0.5])

    @pytest.mark.parametrize("known", [[], [3]])
    def test_hardly_anything_but_them(self, known):
        ids = np.array([*known, NO_ID, NO_ID, NO_ID])
        scored, costs, correct = with_unseen(ids, np.empty(0), np.empty(0, bool), training_tokens=4)
        assert len(scored) == len(ids) - 1
        assert np.exp(costs) == pytest.approx([0.2] * len(scored))
        assert not correct.any()

    def test_without_them_the_scores_are_the_model_s(self):
        of_model = np.log([0.5, 0.25])
        scored, costs, correct = with_unseen(np.array([1, 2, 3]), of_model, np.array([True, False]), training_tokens=1)
        assert (scored.tolist(), costs.tolist(), correct.tolist()) == ([1, 2], of_model.tolist(), [True, False])

    @given(probabilities=st.lists(st.floats(0.001, 1), min_size=1, max_size=9), tokens=st.integers(1, 10**9))
    def test_the_probabilities_of_all_tokens_sum_to_one(self, probabilities, tokens):
        """Whatever comes next: a known token, or any of the 1,114,112 new ones, each with its share."""
        model = np.array(probabilities) / sum(probabilities)
        ids = np.array([0, NO_ID])
        known = [with_unseen(np.array([0, 1, NO_ID]), np.log([p]), np.array([True]), tokens)[1][0] for p in model]
        new = with_unseen(ids, np.empty(0), np.empty(0, bool), tokens)[1][0]
        assert np.exp(known).sum() + np.exp(new) == pytest.approx(1)


VOCABULARY = Characters().learn(["aab\n"]).vocabulary


def outputs_as_a_whole(ids, log_probabilities, correct, vectorizer):
    """What `outputs_of` computes, with whole arrays."""
    vocabulary, training_tokens = vectorizer.vocabulary, int(vectorizer.vocabulary.counts.sum())
    scored, scores, hits = with_unseen(ids, log_probabilities, correct, training_tokens)
    tokens = ids[scored]
    unknown = tokens == (NO_ID if vocabulary.unknown is None else vocabulary.unknown)
    unigram = np.full(len(scored), -np.log(training_tokens + 1))
    share = 0.0 if vocabulary.unknown is None else float(unknown.mean())
    rest = np.log1p(-1 / (training_tokens + 1)) if (tokens == NO_ID).any() else 0.0
    unigram[tokens != NO_ID] = unigram_log_probabilities(vocabulary, tokens[tokens != NO_ID], share) + rest
    characters = np.where(tokens == NO_ID, 1, vectorizer.character_counts[tokens])
    scores, unigram = (spelled(each, tokens, vocabulary) for each in (scores, unigram))
    return LanguageModelOutputs(scores, hits & ~unknown, unknown, characters, unigram)


@pytest.mark.parametrize("with_unknown", [False, True])
@pytest.mark.parametrize("in_memory", [0, spool.IN_MEMORY])
@given(text=st.text("ab?!", min_size=2, max_size=30), portion=st.integers(1, 7), seed=st.integers(0, 99))
@settings(max_examples=30)
def test_a_text_in_portions_is_scored_as_a_whole(tmp_path_factory, with_unknown, in_memory, text, portion, seed):
    vectorizer = Characters(unknown=with_unknown).unpadded(VOCABULARY)
    ids = vectorizer.encode([text]).ids.values
    generator = np.random.default_rng(seed)
    read = max(int((ids != NO_ID).sum()) - 1, 0)
    of_model = np.log(generator.uniform(0.01, 1, read)), generator.random(read) < 0.5
    expected = outputs_as_a_whole(ids, *of_model, vectorizer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQLAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(spool, "IN_MEMORY", in_memory)
        patch.setattr(spool.portions, "__defaults__", (portion,))
        found = outputs_of(ids.astype(np.int8), *of_model, vectorizer)
        assert readable(ids).tolist() == ids[ids != NO_ID].tolist()
    for one, other in zip(vars(found).values(), vars(expected).values(), strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()

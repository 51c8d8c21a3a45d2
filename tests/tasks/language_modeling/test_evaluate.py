"""The evaluation of a language model, from given log-probabilities."""

import numpy as np
import pytest

from seqlab.metrics.language_model import LANGUAGE_MODEL_METRICS, LanguageModelOutputs
from seqlab.tasks.language_modeling.evaluate import ITEM, LanguageModelEvaluation

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

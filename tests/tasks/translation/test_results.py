"""What a translator returns for a sentence."""

import math

import pytest

from seqlab.tasks.translation.results import Hypothesis, TranslationResult

BEST = Hypothesis("la mesa", ("la", "mesa"), -0.3, math.log(0.25), ())


def test_the_label_is_the_best_translation():
    result = TranslationResult(("the", "table"), (BEST, Hypothesis("el", ("el",), -1.0, -2.0, ())))
    assert (result.label, result.probability) == ("la mesa", pytest.approx(0.25))
    assert (TranslationResult().label, math.isnan(TranslationResult().probability)) == ("", True)


@pytest.mark.parametrize(
    ("unknown", "reversed_direction", "unreadable"),
    [(0, False, False), (1, False, False), (2, False, True), (1, True, True)],
)
def test_a_sentence_of_unknown_tokens_is_unreadable(unknown, reversed_direction, unreadable):
    result = TranslationResult(("a", "b"), (BEST,), unknown=unknown, reversed_direction=reversed_direction)
    assert result.unreadable is unreadable
    assert not TranslationResult().unreadable

"""The most probable tokens beside the one that is asked about."""

import math

import numpy as np
import pytest

from seqlab.tasks.ranked_tokens import other_tokens
from seqlab.text.vocabulary import UNKNOWN, Vocabulary

COUNTS = np.ones(3, np.int64)
VOCABULARY = Vocabulary((UNKNOWN,), ("a", "b", "c"), COUNTS, COUNTS, 3)
LOGS = np.log([0.5, 0.3, 0.2])


@pytest.mark.parametrize(
    ("chosen", "names"), [(2, ["a", "c"]), (1, ["b", "c"]), (0, ["a", "b"])], ids=["second", "first", "none of them"]
)
def test_one_less_than_were_found_and_never_the_chosen_one(chosen, names):
    found = other_tokens(VOCABULARY, chosen, np.array([1, 2, 3]), LOGS)
    assert [name for name, _ in found] == names


def test_probabilities_and_what_can_never_be():
    found = other_tokens(VOCABULARY, 3, np.array([1, 2, 0]), np.array([math.log(0.5), math.log(0.3), -math.inf]))
    assert found == (("a", pytest.approx(0.5)), ("b", pytest.approx(0.3)))

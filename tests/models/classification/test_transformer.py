"""The Transformer as a classifier: positions."""

import pytest

from seqlab.errors import RequestError
from seqlab.models.classification import (
    ClassifierContext,
    TransformerClassifier,
)
from seqlab.text.words import Words


def test_learned_positions_need_a_longest_row():
    part = TransformerClassifier(positions="learned")
    (option, message), *others = part.problems(Words())
    assert (option, others) == ("positions", [])
    assert "set vectorizer.max_length, or use sinusoidal or rotary" in message
    with pytest.raises(RequestError, match=r"set vectorizer\.max_length"):
        part.build(ClassifierContext(12, 3, False))
    assert not list(part.problems(Words(max_length=300)))
    assert not list(TransformerClassifier(positions="rotary").problems(Words()))

"""What goes into a prediction and what comes out."""

import math
from types import SimpleNamespace

import pytest

from seqlab.data.datasets.labelled_tables import CommaSeparated
from seqlab.errors import RequestError
from seqlab.experiment.predictions import answers_of, each_example, is_useless
from seqlab.tasks import CLASSIFICATION, REGRESSION

TEXTS = CommaSeparated(path="x.csv")
ROWS = CommaSeparated(path="x.csv", features={"numbers": ["size"]})


def test_one_example_or_several():
    row = {"size": 1}
    assert list(each_example("a text", TEXTS)) == ["a text"]
    assert list(each_example(["a", "b"], TEXTS)) == ["a", "b"]
    assert list(each_example(row, ROWS)) == [row]
    assert list(each_example(iter([row, row]), ROWS)) == [row, row]


@pytest.mark.parametrize(
    ("given", "data", "says"),
    [
        ({"text": "a"}, TEXTS, "got a dict; give one column of it"),
        (3, TEXTS, "got 3, which is of the type int"),
        ("a text", ROWS, "this run reads the columns 'size': give a table"),
        (3, ROWS, "got 3: this run reads the columns 'size'"),
    ],
)
def test_what_is_no_example_is_refused(given, data, says):
    with pytest.raises(RequestError, match=says):
        list(each_example(given, data))


def test_answers_are_those_of_the_task():
    label = SimpleNamespace(label="good", probability=0.75, probabilities={})
    assert answers_of(CLASSIFICATION, label) == ("good", 0.75)
    assert answers_of(CLASSIFICATION, SimpleNamespace(label="", probability=math.nan))[0] is None
    assert answers_of(REGRESSION, SimpleNamespace(prediction=3.5)) == (3.5,)


@pytest.mark.parametrize(
    ("answers", "useless"),
    [
        (("good", math.nan), True),
        (("good", 0.5), False),
        ((None, math.nan), False),
        ((math.nan,), True),
        ((0.0,), False),
    ],
)
def test_an_answer_without_a_number_is_useless_unless_there_was_nothing_to_answer(answers, useless):
    assert is_useless(answers) == useless

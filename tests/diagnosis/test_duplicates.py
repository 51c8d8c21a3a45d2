"""Rows that repeat others: planted ones are found, each once, with their places."""

import random

import pytest
from examined_rows import labelled, numbered, sentences
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.data.datasets import TEXTS
from seqlab.data.datasets.running_text import document
from seqlab.data.records import Corpus
from seqlab.data.splits.load_splits import Located
from seqlab.diagnosis import Examined
from seqlab.diagnosis.duplicates import conflicts, duplicates

TEXT = sentences(60)


def rows(texts: list[str]) -> list[tuple[str, str]]:
    return [(text, "ab"[len(text) % 2]) for text in texts]


@settings(max_examples=25)
@given(within=st.integers(0, 9), across=st.integers(0, 9), seed=st.integers(0, 99))
def test_as_many_are_found_as_were_planted(within: int, across: int, seed: int) -> None:
    chosen = random.Random(seed)
    train, test = TEXT[:40], TEXT[40:]
    planted = [*test, *chosen.sample(train, across)]
    repeated = [*train, *(chosen.choice(train) for _ in range(within))]
    chosen.shuffle(repeated)
    outcome = duplicates(labelled(rows(repeated), test=rows(planted)))
    assert outcome.figures["within"] == {"train": within, "validation": 0, "test": 0}
    assert outcome.figures["across"]["test in train or validation"] == across
    assert len(outcome.findings) == bool(within) + bool(across)


def test_an_example_names_both_places() -> None:
    (finding,) = duplicates(labelled(rows(TEXT[:50]), test=rows([*TEXT[50:], TEXT[7]]))).findings
    assert finding.message == "1 of 11 test texts (9.1%) is also in training or validation"
    assert finding.severity == "error", "more than one in twenty"
    assert [(each.split, each.location, each.detail, each.text) for each in finding.instances] == [
        ("test", "test:11", "= train:8", TEXT[7])
    ]


def test_a_few_that_are_also_in_training_are_a_warning() -> None:
    test = [*sentences(40, seed=2), TEXT[7]]
    (finding,) = duplicates(labelled(rows(TEXT), test=rows(test))).findings
    assert (finding.severity, finding.count) == ("warning", 1)


def test_as_many_examples_as_asked_for() -> None:
    repeated = rows([*TEXT, *TEXT[:10]])
    for number in (0, 2, 10, 50):
        (finding,) = duplicates(labelled(repeated, examples=number)).findings
        assert (finding.count, len(finding.instances)) == (10, min(number, 10))


def test_a_text_with_two_labels() -> None:
    train = [("same", "a"), ("other", "a"), ("same", "b"), ("same", "a"), ("twice", "b"), ("twice", "b")]
    (finding,) = conflicts(labelled(train, test=[("other", "b")])).findings
    assert finding.message == "2 texts stand in 5 rows with different labels: no model can get all of them right"
    assert [each.detail for each in finding.instances] == [
        "'a' in train:1, 'b' in train:3",
        "'a' in train:2, 'b' in test:1",
    ]
    assert finding.severity == "warning"


def test_a_text_with_two_numbers_is_worth_a_note() -> None:
    (finding,) = conflicts(numbered([("same", 1.0), ("same", 2.5), ("other", 1.0)])).findings
    assert (finding.severity, finding.instances[0].detail) == ("note", "1 in train:1, 2.5 in train:2")


@pytest.mark.parametrize("count", [1, 3])
def test_long_lines_of_running_text_are_compared_and_speakers_are_not(count: int) -> None:
    """The lines have the numbers of the file."""
    lines = ["ROMEO:", TEXT[0], "", "ROMEO:", *TEXT[1:5]]
    later = ["ROMEO:", *TEXT[5:9], *[TEXT[0]] * count]
    corpus = Corpus({"train": document("\n".join(lines), "a.txt"), "test": document("\n".join(later), "a.txt", 500, 9)})
    dataset = TEXTS["text_file"].model_validate({"path": "a.txt"})
    found = duplicates(Examined(Located(dataset, {}), corpus))
    assert found.figures["across"] == {"test in train": count}
    assert found.figures["within"] == {"train": 0, "test": count - 1}
    across = next(finding for finding in found.findings if "training" in finding.message)
    assert across.instances[0].location == "a.txt:14"
    assert across.instances[0].detail == "= a.txt:2"

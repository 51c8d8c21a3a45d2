"""Labels and numbers to predict."""

from collections import Counter

import numpy as np
import pytest
from examined_rows import labelled, numbered, sentences
from hypothesis import given
from hypothesis import strategies as st

from seqlab.diagnosis.answers import chi_square, chi_square_tail, cramers_v, labels, numbers

stats = pytest.importorskip("scipy.stats")
TEXT = sentences(200)


def rows(counts: dict[str, int]) -> list[tuple[str, str]]:
    names = [name for name, count in counts.items() for _ in range(count)]
    return list(zip(TEXT, names, strict=False))


@given(st.floats(0, 500), st.integers(1, 60))
def test_the_tail_is_that_of_scipy(statistic: float, freedom: int) -> None:
    assert chi_square_tail(statistic, freedom) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-9, abs=1e-300)


def test_the_test_and_its_size_are_those_of_scipy() -> None:
    table = np.array([[30, 10, 5], [20, 25, 9]])
    counts = [Counter(dict(zip("abc", row, strict=True))) for row in table.tolist()]
    expected = stats.chi2_contingency(table, correction=False)
    assert chi_square(counts) == pytest.approx((expected.statistic, expected.pvalue))
    assert cramers_v(expected.statistic, counts) == pytest.approx(stats.contingency.association(table, "cramer"))


def test_splits_with_other_shares_are_found() -> None:
    data = labelled(rows({"a": 60, "b": 60}), rows({"a": 20, "b": 20}), rows({"a": 35, "b": 5}))
    (finding,) = labels(data).findings
    assert finding.severity == "warning"
    assert "'a' is 50.0% of training, 50.0% of validation, 87.5% of test" in finding.message


def test_like_shares_are_no_finding() -> None:
    outcome = labels(labelled(rows({"a": 60, "b": 50}), rows({"a": 13, "b": 11}), rows({"a": 15, "b": 10})))
    assert outcome.findings == []
    assert outcome.figures["counts"]["train"] == {"a": 60, "b": 50}


def test_labels_that_look_alike_and_that_are_rare() -> None:
    data = labelled(rows({"good": 90, "Good": 2, "bad": 80}), rows({"good": 9, "bad": 8}), rows({"good": 9, "bad": 9}))
    found = {finding.severity: finding.message for finding in reversed(labels(data).findings)}
    assert "'Good' (2 examples) and 'good' (108 examples) are 2 classes, and differ only in case" in found["warning"]
    assert "the label 'Good' is 1.2% of training" in found["note"]


def test_numbers_far_from_the_others() -> None:
    values = np.random.default_rng(1).normal(10, 2, 100).round(2).tolist()
    data = numbered([*zip(TEXT, values, strict=False), ("odd one", 9999.0)], [("test", 10.0), ("other", -500.0)])
    train, test = numbers(data).findings
    assert (train.count, train.instances[0].location, train.instances[0].detail) == (1, "train:101", "9999")
    assert (test.count, test.instances[0].location) == (1, "test:2")


def test_a_number_that_most_rows_have() -> None:
    values = [0.0] * 80 + [float(n) for n in range(1, 41)]
    messages = [finding.message for finding in numbers(numbered(list(zip(TEXT, values, strict=False)))).findings]
    assert "80 of 120 training rows have the number 0" in messages

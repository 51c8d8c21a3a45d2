"""Runs that are not finished or have other data: what is said, and what else can be done."""

import pytest
from recorded_runs import SPLITS, recorded_run

from seqlab.comparison.refusals import (
    differing_splits,
    known_task_of,
    listed,
    refuse_other_items,
    refuse_other_splits,
    refuse_unfinished,
    task_of,
)
from seqlab.errors import RequestError


@pytest.fixture
def pair(tmp_path):
    other = {**SPLITS, "train": "9" * 64}
    return recorded_run(tmp_path, "one", [], []), recorded_run(tmp_path, "two", [], [], splits=other)


def test_splits_that_differ(pair):
    assert differing_splits(pair[0], pair[0]) == []
    assert differing_splits(*pair) == ["train"]
    refuse_other_splits(pair[0], pair[0], "an ensemble")
    with pytest.raises(
        RequestError, match=r"have different data in train, by the hashes .* a test needs .*split_seed!$"
    ):
        refuse_other_splits(*pair, "a test", "!")


def test_a_split_that_only_one_has(tmp_path, pair):
    other = recorded_run(tmp_path, "other", [], [], splits={"train": SPLITS["train"]})
    assert differing_splits(pair[0], other) == ["validation", "test"]


def test_an_unfinished_run(tmp_path):
    with pytest.raises(RequestError, match="is killed: finish it with `seqlab train --resume"):
        refuse_unfinished(recorded_run(tmp_path, "run", [], [], finished=False))


def test_other_items(pair):
    refuse_other_items(pair[0], [1], pair[1], [1], "test")
    with pytest.raises(RequestError, match=r"the test predictions of run .*-two are for other items"):
        refuse_other_items(pair[0], [1], pair[1], [2], "test")


def test_the_task_of_a_run(tmp_path, pair):
    assert known_task_of(pair[0]).name == task_of(pair[0]) == "classification"
    assert known_task_of(recorded_run(tmp_path, "plugin", [], [], task="mine")) is None
    assert not task_of(recorded_run(tmp_path, "damaged", [], [], task=["x"]))


def test_lists():
    assert [listed(each) for each in (["a"], "ab", "abc")] == ["a", "a and b", "a, b and c"]

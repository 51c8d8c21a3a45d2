"""Reading recorded predictions: classes and items in a fixed order, and what is wrong with a file."""

import json

import pytest
from recorded_runs import predictions, recorded_run

from seqlab.comparison.predictions import read_class_predictions
from seqlab.errors import RequestError

LINES = predictions(["b", "a"], ["a", "b"], [[0.25, 0.75], [1, 0]])


def test_classes_and_items_are_sorted(tmp_path):
    run = recorded_run(tmp_path, "run", LINES[::-1], LINES)
    for split in ("validation", "test"):
        found = read_class_predictions(run, split)
        assert found.labels == ("a", "b")
        assert found.items == [("000000", "a"), ("000001", "b")]
        assert found.probabilities.tolist() == [[0.75, 0.25], [0, 1]]
        assert found.targets.tolist() == [0, 1]


def changed(**fields):
    return json.dumps(LINES[1] | fields).encode()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id": "1"', "line 2 of .* is damaged"),
        (b"[]", "it is not a mapping"),
        (changed(id=1), "'id' and 'target' must be texts"),
        (changed(scores=[0.5, 0.5]), "'scores' a mapping of classes to probabilities"),
        (changed(scores={}), "'scores' lacks the target"),
        (changed(target="c"), "'scores' lacks the target"),
        (changed(scores={"a": None, "b": None}), "'scores' must be probabilities from 0 to 1"),
        (changed(scores={"a": True, "b": 0}), "'scores' must be probabilities from 0 to 1"),
        (changed(scores={"a": -0.5, "b": 1.5}), "'scores' must be probabilities from 0 to 1"),
        (b'{"id": "1", "target": "a", "scores": {"a": NaN, "b": 1}}', "'scores' must be probabilities from 0 to 1"),
        (changed(scores={"a": 0.5, "b": 0.4}), "the probabilities do not add up to 1"),
        (changed(scores={"a": 0, "b": 1, "c": 0}), "its classes are not those of the first line"),
        (b"\xff\xfe", "it is not UTF-8"),
    ],
)
def test_a_damaged_line(tmp_path, line, message):
    run = recorded_run(tmp_path, "run", LINES, LINES)
    run.predictions_file("test").write_bytes(json.dumps(LINES[0]).encode() + b"\n" + line + b"\n")
    with pytest.raises(RequestError, match=message):
        read_class_predictions(run, "test")


def test_a_line_break_of_unicode_in_a_label_ends_no_line(tmp_path):
    lines = predictions(["a\u2028b", "c"], ["c", "a\u2028b"], [[0.5, 0.5], [1, 0]])
    run = recorded_run(tmp_path, "run", lines, lines)
    content = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    run.predictions_file("test").write_text(content, encoding="utf-8")
    assert read_class_predictions(run, "test").labels == ("a\u2028b", "c")


def test_no_file_and_an_empty_one(tmp_path):
    run = recorded_run(tmp_path, "run", [], None)
    with pytest.raises(RequestError, match=r"validation\.jsonl is empty: restore it from a copy, or train again"):
        read_class_predictions(run, "validation")
    with pytest.raises(RequestError, match=r"test\.jsonl is missing: restore it from a copy, or train again"):
        read_class_predictions(run, "test")

"""Reading recorded predictions: classes and items in a fixed order, and what is wrong with a file."""

import json

import pytest
from recorded_runs import predictions, recorded_run

from seqlab.comparison.predictions import (
    read_class_predictions,
    read_number_predictions,
    read_token_predictions,
    read_translations,
)
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
        assert found.predicted.tolist() == [0, 1]
        assert found.of_targets.tolist() == [0.75, 1]


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
        (changed(prediction="c"), "'scores' lacks the prediction"),
        (changed(prediction=None), "'scores' lacks the prediction"),
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


class TestNumbers:
    def test_items_are_sorted(self, tmp_path):
        lines = [{"id": "b", "target": 2, "prediction": 2.5}, {"id": "a", "target": 1.0, "prediction": -1}]
        found = read_number_predictions(recorded_run(tmp_path, "run", None, lines), "test")
        assert found.items == [("a", 1.0), ("b", 2.0)]
        assert found.predicted.tolist() == [-1.0, 2.5]
        assert found.targets.tolist() == [1.0, 2.0]

    @pytest.mark.parametrize("value", [None, "1", True, float("nan"), float("inf"), 10**400, -1e200])
    def test_what_is_no_number(self, tmp_path, value):
        run = recorded_run(tmp_path, "run", None, [{"id": "a", "target": 1.0, "prediction": value}])
        with pytest.raises(RequestError, match=r"line 1 of .* is damaged"):
            read_number_predictions(run, "test")


SEGMENT = {"start": 1, "tokens": 1000, "log_probability": -1200.5, "correct": 400, "characters": 1000}


class TestTokens:
    def test_segments_in_their_order(self, tmp_path):
        last = {**SEGMENT, "start": 1001, "tokens": 20}
        lines = [{"id": name, "scores": scores} for name, scores in (("a", last), ("b", SEGMENT))]
        found = read_token_predictions(recorded_run(tmp_path, "run", None, lines), "test")
        assert found.items == [(1, "b", 1000), (1001, "a", 20)]
        assert found.tokens.tolist() == [1000, 20]
        assert found.log_probabilities.tolist() == [-1200.5] * 2
        assert found.correct.tolist() == [400] * 2

    def test_older_versions_recorded_less(self, tmp_path):
        scores = {name: SEGMENT[name] for name in ("start", "tokens", "log_probability")}
        run = recorded_run(tmp_path, "run", None, [{"id": "a", "scores": scores}])
        found = read_token_predictions(run, "test")
        assert (found.correct, found.characters) == (None, None)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"tokens": 0}, "'start' and 'tokens' must be whole numbers"),
            ({"start": "1"}, "'start' and 'tokens' must be whole numbers"),
            ({"log_probability": 1.0}, "must be a number, 0 or below"),
            ({"log_probability": None}, "must be a number, 0 or below"),
            ({"correct": -1}, "'correct' and 'characters' must be"),
            ({"characters": 1.5}, "'correct' and 'characters' must be"),
        ],
    )
    def test_damage(self, tmp_path, change, message):
        run = recorded_run(tmp_path, "run", None, [{"id": "a", "scores": {**SEGMENT, **change}}])
        with pytest.raises(RequestError, match=message):
            read_token_predictions(run, "test")

    @pytest.mark.parametrize("line", [{"id": "a", "scores": []}, {"id": 1, "scores": SEGMENT}, {"scores": SEGMENT}])
    def test_other_damage(self, tmp_path, line):
        with pytest.raises(RequestError, match=r"line 1 of .* is damaged"):
            read_token_predictions(recorded_run(tmp_path, "run", None, [line]), "test")


class TestTranslations:
    def test_a_single_reference_may_be_a_text(self, tmp_path):
        lines = [
            {"id": "b", "target": "uno", "prediction": "dos"},
            {"id": "a", "target": ["uno", "un"], "prediction": ""},
        ]
        found = read_translations(recorded_run(tmp_path, "run", None, lines), "test")
        assert [pair.content for pair in found.pairs] == ["b", "a"]
        assert found.items == [("a", ("uno", "un")), ("b", ("uno",))]

    @pytest.mark.parametrize("change", [{"target": []}, {"target": [1]}, {"target": None}, {"prediction": None}])
    def test_damage(self, tmp_path, change):
        run = recorded_run(tmp_path, "run", None, [{"id": "a", "target": ["x"], "prediction": "y", **change}])
        with pytest.raises(RequestError, match=r"line 1 of .* is damaged"):
            read_translations(run, "test")

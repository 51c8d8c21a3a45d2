"""The fields of the records of a run."""

import json

import pytest

from seqlab.errors import RequestError
from seqlab.runs.records import read_metrics, read_result, read_run

WHOLE = {
    "format": 1,
    "id": "20250101-000000-a",
    "status": "finished",
    "started": "2025-01-01T00:00:00.000+00:00",
    "ended": None,
    "seconds": 3,
    "host": {"name": "gauss", "cores": 2},
    "data": {"splits": {"train": "00"}, "notes": []},
    "of a later version": [1],
}


def written(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_record_is_read_as_it_is(tmp_path):
    assert read_run(written(tmp_path / "run.json", WHOLE), 1) == WHOLE


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format", True, "'format' must be a whole number"),
        ("status", "done", "'status' must be 'running', 'finished', 'stopped', 'failed' or 'diverged'"),
        ("started", "yesterday", "'started' must be a time in ISO format"),
        ("started", 9999, "'started' must be a text"),
        ("seconds", -1, "'seconds' must be greater than or equal to 0"),
        ("seconds", "3", "'seconds' must be a number"),
        ("host", ["gauss"], "'host' must be a mapping"),
        ("host", {"name": ["gauss"]}, "'host.name' must be a finite number, a text or null"),
        ("data", {"splits": {"train": 3}}, "'data.splits.train' must be a text"),
        ("command", "seqlab", "'command' must be a list"),
        ("parameters", 10**400, "an integer of 401 digits"),
    ],
)
def test_the_first_field_that_does_not_fit_is_named(tmp_path, field, value, message):
    with pytest.raises(RequestError, match=r"run\.json is damaged") as refused:
        read_run(written(tmp_path / "run.json", {**WHOLE, field: value}), 1)
    assert message in str(refused.value)


def test_results_are_flat_and_finite(tmp_path):
    path = tmp_path / "result.json"
    assert read_result(path, 1) == {}
    assert read_result(written(path, {"test.accuracy": 0.5, "epochs": 3, "signature": "13a"}), 1)["epochs"] == 3
    for wrong in ({"a": [1]}, {"a": {}}, '{"a": NaN}', [], '{"a": 1e999}'):
        with pytest.raises(RequestError, match=r"result\.json is damaged"):
            read_result(written(path, wrong), 1)
    with pytest.raises(RequestError, match=r"newer seqlab \(format 99; this one reads up to 1\)"):
        read_result(written(path, {"format": 99}), 1)


def test_lines_that_are_not_of_epochs_are_skipped(tmp_path):
    lines = [
        '{"epoch": 1, "loss": 0.5}',
        '{"epoch": 0}',
        "[]",
        '{"loss": 1}',
        '{"epoch": 2, "loss": [1]}',
        '{"epoch": 2, "train.loss": "x"}',
        '{"epoch": 2, "train.loss": true}',
        '{"epoch": 99999999999}',
        '{"epoch": 3',
    ]
    of_epochs = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "validation.loss": None, "validation.bleu_signature": "a"}]
    lines.append('{"epoch": 2, "validation.loss": null, "validation.bleu_signature": "a"}')
    assert read_metrics(written(tmp_path / "metrics.jsonl", "\n".join(lines))) == of_epochs
    assert read_metrics(tmp_path / "none") == []
    with pytest.raises(RequestError, match="it is a folder, not a regular file"):
        read_metrics(tmp_path)

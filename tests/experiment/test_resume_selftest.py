"""The comparison behind `seqlab selftest resume`: what counts as a difference."""

import json
import shutil

import pytest

from seqlab.experiment.resume_selftest import differences


@pytest.fixture
def copy(quick_run, tmp_path):
    return type(quick_run)(shutil.copytree(quick_run.directory, tmp_path / "copies" / quick_run.id))


def test_times_are_no_differences(quick_run, copy):
    path = copy.directory / "result.json"
    result = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**result, "seconds": 1e9, "train.seconds": 1e9, "peak_memory_mb": 1}), encoding="utf-8")
    assert differences(quick_run, copy) == []


@pytest.mark.parametrize("name", ["model/weights.safetensors", "vocabulary.json", "predictions/test.jsonl"])
def test_one_bit_of_a_file_is_a_difference(quick_run, copy, name):
    content = (copy.directory / name).read_bytes()
    (copy.directory / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    (found,) = differences(quick_run, copy)
    assert found in {"the weights", "the file vocabulary.json", "the predictions of the test split"}


def test_another_metric_is_a_difference(quick_run, copy):
    path = copy.directory / "result.json"
    result = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**result, "test.accuracy": result["test.accuracy"] + 1e-9}), encoding="utf-8")
    assert len(differences(quick_run, copy)) == 1

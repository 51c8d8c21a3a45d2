"""The format `onnx` as a folder, and what the formats of ids have in common there."""

import json
import re
import sys

import numpy as np
import pytest

from seqlab import load
from seqlab.exports import litert, onnx_model, openvino_model
from seqlab.exports.vectorizer_files import run_script

FORMATS = {"onnx": onnx_model, "litert": litert, "openvino": openvino_model}
FILES = {"onnx": {"model.onnx"}, "litert": {"model.tflite"}, "openvino": {"model.xml", "model.bin"}}


@pytest.fixture(scope="module")
def loaded(finished_run):
    return load(finished_run.directory, progress=False)


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_has_the_model_the_script_and_the_labels(loaded, tmp_path, name):
    written = FORMATS[name].write(loaded, tmp_path)
    beside = {"vectorizer.json", "vectorizer.py", "labels.json"}
    assert {path.name for path in tmp_path.iterdir()} == FILES[name] | beside
    assert json.loads((tmp_path / "labels.json").read_text(encoding="utf-8")) == ["negative", "positive"]
    assert len(written.usage.splitlines()) == 4
    assert any("negative, positive, in this order" in line for line in written.interface)
    found = written.compare(["bad", "", "The soup was not bad.", "good " * 300])
    assert found.holds, found
    assert found.difference > 0


@pytest.mark.parametrize("name", ["onnx", "litert"])
def test_what_is_on_the_disk_is_compared(loaded, tmp_path, name):
    """With another table for the ids its answers are others."""
    written = FORMATS[name].write(loaded, tmp_path)
    path = tmp_path / "vectorizer.json"
    options = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**options, "tokens": options["tokens"][::-1]}), encoding="utf-8")
    assert not written.compare(["The soup was not bad.", "It was dull and slow."]).holds


def test_the_five_lines_print_labels_and_probabilities(loaded, tmp_path, monkeypatch, capsys):
    (tmp_path / "model").mkdir()
    written = onnx_model.write(loaded, tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    exec(written.usage, {})
    assert not {"vectorizer", "bag"} & (set(sys.modules) - before)
    assert re.match(r"\['(posi|nega)tive' '\w+'\] \[\[0\.\d+ +0\.\d+\]\n", capsys.readouterr().out)


def test_rows_of_the_script_are_as_long_as_the_longest(loaded, tmp_path):
    onnx_model.write(loaded, tmp_path)
    vectorizer = run_script(tmp_path / "vectorizer.py").Vectorizer(tmp_path)
    rows = np.array(vectorizer.rows(["good", "", "not bad at all"]))
    assert rows.shape == (3, 7)  # four words and three pairs
    assert (rows[1] == -1).all()
    assert vectorizer.rows([""]) == [[-1]]
    with pytest.raises(ValueError, match="give at least one text: the list is empty"):
        vectorizer.rows([])  # of an LSTM, onnxruntime would end the process

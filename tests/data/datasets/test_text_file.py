"""The part `text_file`: its option `path`. What it does with a text stands in test_running_text."""

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import TEXTS
from seqlab.data.datasets.text_file import TextFile
from seqlab.data.splits import load_splits
from seqlab.errors import RequestError


def test_paths_are_relative_to_the_config(tmp_path):
    dataset = TEXTS.read({"name": "text_file", "path": "a.txt", "test": "t.txt"}, {"base": str(tmp_path)})
    assert isinstance(dataset, TextFile)
    assert (dataset.path, dataset.test) == (str(tmp_path / "a.txt"), str(tmp_path / "t.txt"))


def test_a_path_is_needed():
    with pytest.raises(ValidationError, match="path"):
        TEXTS.read("text_file")


def test_nothing_there_or_a_folder(tmp_path):
    with pytest.raises(RequestError, match=r"there is no file .*nowhere\.txt; correct the path"):
        load_splits.load(TextFile(path=str(tmp_path / "nowhere.txt")))
    with pytest.raises(RequestError, match="is a directory"):
        load_splits.load(TextFile(path=str(tmp_path)))

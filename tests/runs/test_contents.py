"""What a run directory may contain; `tests/test_hostile_runs.py` has what commands make of it."""

import os
import sys

import pytest

from seqlab.errors import RequestError
from seqlab.runs import contents
from seqlab.runs.contents import foreign_files, refuse_unsafe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs and links of POSIX")


def test_files_and_folders_are_allowed_anywhere(tmp_path):
    (tmp_path / "notes" / "deeper").mkdir(parents=True)
    (tmp_path / "notes" / "deeper" / "a").touch()
    (tmp_path / "model").mkdir()
    (tmp_path / "run.json").touch()
    refuse_unsafe(tmp_path)


@pytest.mark.parametrize("name", ["a", "model/a", "x/y/z"])
def test_links_and_pipes_are_named(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).symlink_to("nowhere")
    with pytest.raises(RequestError, match=f"{name} is a symbolic link"):
        refuse_unsafe(tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(RequestError, match=f"{name} is a FIFO"):
        refuse_unsafe(tmp_path)


def test_known_names_have_known_kinds(tmp_path):
    (tmp_path / "run.json").mkdir()
    with pytest.raises(RequestError, match=r"run\.json is a folder, not a file"):
        refuse_unsafe(tmp_path)
    (tmp_path / "run.json").rmdir()
    (tmp_path / "checkpoints").touch()
    with pytest.raises(RequestError, match="checkpoints is a file, not a folder"):
        refuse_unsafe(tmp_path)


def test_number_and_depth_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "MOST_ENTRIES", 3)
    for name in "abc":
        (tmp_path / name).touch()
    refuse_unsafe(tmp_path)
    (tmp_path / "d").touch()
    with pytest.raises(RequestError, match="too many files"):
        refuse_unsafe(tmp_path)


def test_what_is_no_folder(tmp_path):
    with pytest.raises(RequestError, match="none cannot be read: No such file"):
        refuse_unsafe(tmp_path / "none")


OWN = [
    *("run.json", "config.yaml", "metrics.jsonl", "run.lock", "labels.json", "model/weights.safetensors"),
    *("vocabulary.json", "log_count_ratios.npy", "annotations.json"),
    *("predictions/test.jsonl", "plots/curves.png", "encoder.json"),
    *("model/encoder/variables/variables.index", "model/encoder/saved_model.pb", "model/encoder/vocabulary.json"),
    *("checkpoints/000000016-00003/state.json", "result.json.seqlab-tmp-7"),
]
FOREIGN = [
    *("checkpoints/000000016-00003-keep/state.json", "checkpoints/notes", "labels.json.bak", "model/my/thesis.txt"),
    *("model/encoder/thesis.txt", "mystuff/labels.json", "mystuff/run.json", "plots/mine.png", "plots/thesis.tex"),
    *("predictions/mine.csv", "predictions/own.jsonl", "thesis.txt"),
]


def test_what_seqlab_did_not_write_is_known_by_its_name(tmp_path):
    foreign = sorted([*FOREIGN, "notes.json", "model/thesis.txt"])
    translation = ["vocabulary_source.json", "spacing_target.json", "length_limit.json"]
    for name in [*OWN, *foreign, *translation]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert foreign_files(tmp_path, None) == foreign
    (tmp_path / "plots" / "of_a_plug-in.png").touch()
    # A run of a stranger may say anything.
    recorded = ["labels.json", "encoder.json", "mystuff/labels.json", "plots/of_a_plug-in.png"]
    assert foreign_files(tmp_path, recorded) == sorted([*foreign, *translation])


def test_a_run_without_an_encoder_has_no_copy_of_one(tmp_path):
    (tmp_path / "model" / "encoder").mkdir(parents=True)
    (tmp_path / "model" / "encoder" / "vocabulary.json").touch()
    assert foreign_files(tmp_path, ["labels.json"]) == ["model/encoder/vocabulary.json"]
    assert foreign_files(tmp_path, ["encoder.json"]) == []

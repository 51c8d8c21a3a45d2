"""Sources of encoders: packages, folders, and addresses of TensorFlow Hub."""

import shutil

import pytest

from seqlab.encoders.find_encoder import find_encoder, sha256_of
from seqlab.errors import RequestError

USE = "https://tfhub.dev/google/universal-sentence-encoder/4"
FOLDER = "063d866c06683311b44b4992fd46003be952409c"
"""Where tensorflow_hub keeps it: the sha1 of the address."""


def graph(folder, content=b"graph"):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(content)
    (folder / "variables" / "variables.index").write_bytes(b"index")
    return folder


def test_an_address_is_found_where_tensorflow_hub_keeps_it_and_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(RequestError) as missing:
        find_encoder(USE)
    of_hub, ours = tmp_path / "hub" / FOLDER, tmp_path / "cache" / "encoders" / FOLDER
    assert f"looked in:\n  {of_hub}\n  {ours}\n" in str(missing.value)
    assert f"Download {USE}?tf-hub-format=compressed" in str(missing.value)
    graph(ours)
    assert find_encoder(USE).directory == ours
    graph(of_hub)
    assert find_encoder(USE).directory == of_hub


def test_the_version_is_that_of_all_files_wherever_they_are(tmp_path):
    folder = graph(tmp_path / "a")
    version = find_encoder(str(folder)).version
    assert find_encoder(str(shutil.copytree(folder, tmp_path / "b"))).version == version
    for change in (
        lambda: (folder / "assets").mkdir() or (folder / "assets" / "words").write_bytes(b""),
        lambda: (folder / "variables" / "variables.index").write_bytes(b"other"),
        lambda: (folder / "variables").rename(folder / "values"),
    ):
        change()
        assert sha256_of(folder) != version
        version = sha256_of(folder)


def test_what_is_no_saved_model_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for name, message in {
        "nowhere": "not there: correct the path",
        "file": "is a file: give the folder of a SavedModel",
        "folder": "is no SavedModel: it has no saved_model.pb",
    }.items():
        with pytest.raises(RequestError, match=message):
            find_encoder(str(tmp_path / name))

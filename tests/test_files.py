"""Directories are whole or not there, whenever a signal comes. What a crash leaves: `training/test_checkpoints.py`."""

import shutil
from pathlib import Path

import pytest

from seqlab import files
from seqlab.data.sources.locations import missing


def interrupting(monkeypatch, owner, name, *, first):
    """Ctrl-C during the first call for a temporary path: before it does anything, or when it has done all."""
    real, calls = getattr(owner, name), []

    def once(path, *arguments, **settings):
        if ".seqlab-tmp-" not in path.name or calls:
            return real(path, *arguments, **settings)
        calls.append(path)
        if not first:
            real(path, *arguments, **settings)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, once)


def fill(path):
    with files.new_directory(path) as directory:
        (directory / "file").write_text("content", encoding="utf-8")


def test_interrupted_right_after_it_was_made(tmp_path, monkeypatch):
    interrupting(monkeypatch, Path, "mkdir", first=False)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path / "entry")
    assert list(tmp_path.iterdir()) == []
    fill(tmp_path / "entry")
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


@pytest.mark.parametrize("first", [True, False])
def test_interrupted_while_it_is_removed(tmp_path, monkeypatch, first):
    with pytest.raises(KeyboardInterrupt), files.new_directory(tmp_path / "entry") as directory:
        (directory / "file").write_text("content", encoding="utf-8")
        interrupting(monkeypatch, shutil, "rmtree", first=first)
        raise ValueError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "path", ["https://example.com/v.txt", "/home/ada/http://example.com/v.txt", "s3://bucket/v.txt"]
)
def test_a_url_is_no_path(path):
    """Whose second slash a path loses."""
    url = path.removeprefix("/home/ada/")
    assert files.why_impossible(Path(path)).startswith(f"{url} is a URL, from which nothing is downloaded")
    assert missing(Path(path)) == files.why_impossible(Path(path))


def test_a_folder_named_like_a_scheme_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert missing(Path("http/v.txt")).startswith("there is no file http")

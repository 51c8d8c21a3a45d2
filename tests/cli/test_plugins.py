"""Plug-ins named on the command line."""

import sys
from pathlib import Path

import pytest

from seqlab.cli.plugins import import_plugin, named_plugins
from seqlab.errors import RequestError


def test_they_are_found_among_unparsed_arguments() -> None:
    arguments = ["train", "--plugin", "a", "x", "--plugin=b.c", "--", "--plugin", "d"]
    assert list(named_plugins(arguments)) == ["a", "b.c"]
    assert list(named_plugins(["--plugin"])) == []


def test_one_in_the_current_folder_is_imported_and_the_path_is_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plugin_of_this_test.py").write_text("VALUE = 3\n", encoding="utf-8")
    (tmp_path / "broken_plugin_of_this_test.py").write_text("1 / 0\n", encoding="utf-8")
    before = list(sys.path)
    import_plugin("plugin_of_this_test")
    assert sys.modules.pop("plugin_of_this_test").VALUE == 3
    with pytest.raises(
        RequestError, match=r"cannot import the plug-in 'broken_plugin_of_this_test': ZeroDivisionError"
    ):
        import_plugin("broken_plugin_of_this_test")
    assert sys.path == before

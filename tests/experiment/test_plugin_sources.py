"""The checksums of plug-ins, computed by hand; `tests/text/test_plugin_functions.py` has what a run makes of them."""

import hashlib
import sys

import pytest

from seqlab import runs
from seqlab.config.plugins import import_path
from seqlab.experiment.plugin_sources import checksums_of, notes_on_plugins


@pytest.fixture
def plugins(tmp_path):
    """A module and a package, which are forgotten after the test."""
    (tmp_path / "one_of_this_test.py").write_text("a = 1\n", encoding="utf-8")
    package = tmp_path / "several_of_this_test"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "part.py").write_text("b = 2\n", encoding="utf-8")
    names = ["one_of_this_test", "several_of_this_test"]
    with import_path([tmp_path]):
        for name in names:
            __import__(name)
    yield names
    for name in names:
        del sys.modules[name]


def test_a_checksum_is_of_all_source_files(plugins):
    expected = [hashlib.sha256(source).hexdigest() for source in (b"a = 1\n", b"b = 2\n")]
    assert list(checksums_of([*plugins, "not_imported"]).items()) == list(zip(plugins, expected, strict=True))


def test_what_changed_is_named(plugins, tmp_path):
    run = runs.create(tmp_path / "runs", "a", {"plugins": checksums_of(plugins)})
    assert list(notes_on_plugins(run, plugins)) == []
    (tmp_path / "several_of_this_test" / "part.py").write_text("b = 3\n", encoding="utf-8")
    (note,) = notes_on_plugins(run, plugins)
    assert note.startswith("the plug-in 'several_of_this_test' has changed since run")
    old = runs.create(tmp_path / "runs", "older", {})
    assert list(notes_on_plugins(old, plugins)) == []

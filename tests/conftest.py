"""What every test has: a cache and a runs folder of its own, no word from the user's environment."""

import os
import shutil
from pathlib import Path

import pytest

from seqlab import config, experiment

QUICK = {
    "task": "classification",
    "data": {"name": "synthetic", "size": 600},
    "vectorizer": {"name": "words", "ngrams": 2},
    "model": "bag",
    "training": {"epochs": 3, "learning_rate": 5e-3},
}
"""A config that trains in a second."""


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory):
    """One cache for the whole session: what is prepared twice is read from it, as a user's would be."""
    folder = tmp_path_factory.mktemp("seqlab")
    os.environ["SEQLAB_CACHE_DIR"] = str(folder / "cache")
    os.environ["SEQLAB_RUNS_DIR"] = str(folder / "runs")
    os.environ["SEQLAB_OFFLINE"] = "1"


def trained(folder, *overrides, given=QUICK):
    """A run of the quick config."""
    return experiment.train(config.load(given, overrides), Path(folder))


@pytest.fixture(scope="session")
def _quick_run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def quick_run(_quick_run, tmp_path):
    """A finished run of the quick config; each test has its own copy."""
    copy = shutil.copytree(_quick_run.directory, tmp_path / "runs" / _quick_run.id)
    return type(_quick_run)(copy)

"""What every test has: seeds, a cache and a runs folder of its own, no word from the user's environment."""

import os
import random
import shutil
import sys
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from quick import LANGUAGE_MODEL, TRANSLATED, trained
from shell import Shell

# How long examples take says nothing of the code.
PATIENT = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("repeatable", **PATIENT, derandomize=True, database=None)
hypothesis.settings.register_profile("exploring", **PATIENT)
hypothesis.settings.load_profile("repeatable")

SEED = 1

LONGEST = (
    "test_resume",
    "test_kills",
    "test_translation",
    "test_readme",
    "test_docs",
    "test_language_model",
    "test_experiment",
)
"""Files of tests that one process should not be left with when the other has nothing to do any more."""


def pytest_xdist_auto_num_workers(config):
    """All tests in two processes; what is named on the command line in one: each pays the import of TensorFlow."""
    return 0 if config.args_source is config.ArgsSource.ARGS else 2


def pytest_collection_modifyitems(items):
    """The longest first."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def seed_everything():
    """Python, NumPy and, in a process that has imported TensorFlow, Keras with it."""
    random.seed(SEED)
    np.random.seed(SEED)
    if "tensorflow" in sys.modules:
        import keras

        keras.utils.set_random_seed(SEED)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Whatever a test draws depends on no other test, nor does what its fixtures draw, of whatever scope.

    And its layers have the type of all others, whatever the last training of the process had.
    """
    seed_everything()
    if "keras" in sys.modules:
        sys.modules["keras"].config.set_dtype_policy("float32")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call():
    """Nor on whether it is the first that asks for a fixture of its module."""
    seed_everything()


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory):
    """One cache for the whole session: what is prepared twice is read from it, as a user's would be."""
    folder = tmp_path_factory.mktemp("seqlab")
    os.environ["SEQLAB_CACHE_DIR"] = str(folder / "cache")
    os.environ["SEQLAB_RUNS_DIR"] = str(folder / "runs")
    os.environ["SEQLAB_OFFLINE"] = "1"


@pytest.fixture
def real_data() -> Path:
    """The folder of the real data; the test is skipped where there is none."""
    folder = os.environ.get("SEQLAB_DATA_DIR")
    if not folder:
        pytest.skip("SEQLAB_DATA_DIR is not set: the real data are not at hand")
    return Path(folder)


@pytest.fixture(scope="session")
def _quick_run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def quick_run(_quick_run, tmp_path):
    """A finished run of the quick config; each test has its own copy."""
    copy = shutil.copytree(_quick_run.directory, tmp_path / "runs" / _quick_run.id)
    return type(_quick_run)(copy)


@pytest.fixture
def seqlab(quick_run, tmp_path, monkeypatch):
    """The command line in a folder whose `runs/` holds one finished run."""
    monkeypatch.chdir(tmp_path)
    for name in ("SEQLAB_RUNS_DIR", "SEQLAB_DATA_DIR", "SEQLAB_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return Shell()


@pytest.fixture(scope="session")
def translator(tmp_path_factory):
    """A finished run that translates; for reading only."""
    return trained(tmp_path_factory.mktemp("translated"), given=TRANSLATED)


@pytest.fixture(scope="session")
def language_model(tmp_path_factory):
    """A finished run of a language model; for reading only."""
    return trained(tmp_path_factory.mktemp("language_model"), given=LANGUAGE_MODEL)


@pytest.fixture
def own_logits_processors(monkeypatch):
    """The logits processors that a test registers are gone after it."""
    from seqlab.decoding.logits_processors import LOGITS_PROCESSORS

    for name, value in vars(LOGITS_PROCESSORS).items():
        if isinstance(value, dict):
            monkeypatch.setattr(LOGITS_PROCESSORS, name, dict(value))

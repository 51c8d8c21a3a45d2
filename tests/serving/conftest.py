"""Servers in this process, on runs that other tests trained too."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from seqlab import experiment
from seqlab.progress import SILENT

if find_spec("fastapi") is None:
    collect_ignore_glob = ["*"]  # needs the extra serve
else:
    from served_runs import serve

    from seqlab.serving.limits import Limits

TABLE = Path(__file__).parent / "flats.csv"
FLATS = {
    "task": "regression",
    "data": {
        "name": "csv", "path": str(TABLE), "label": "price",
        "features": {"text": "about", "categories": ["city"], "numbers": ["size"]},
    },
    "vectorizer": {"name": "words", "output": "multi_hot"},
    "model": {"name": "bag", "hidden": 4},
    "training": {"epochs": 2},
}  # fmt: skip


@pytest.fixture(scope="session")
def loaded_classifier(finished_run):
    return experiment.load(finished_run, progress=SILENT)


@pytest.fixture
def classifier(loaded_classifier):
    """A server of a classifier, without requests so far."""
    served = serve(loaded_classifier)
    yield served
    served.service.runs.close()
    assert served.bugs == []


@pytest.fixture
def impatient(loaded_classifier):
    """The same, with two places and a fifth of a second."""
    served = serve(loaded_classifier, limits=Limits(waiting=2, seconds=0.2))
    yield served
    served.service.runs.close()


@pytest.fixture(scope="session")
def pricing(trained_once):
    """A server of a regression whose rows have a text, a category and a number."""
    served = serve(trained_once("flats", FLATS))
    yield served
    served.service.runs.close()


@pytest.fixture(scope="session")
def writer(language_model):
    """A server of a language model."""
    served = serve(language_model)
    yield served
    served.service.runs.close()


@pytest.fixture(scope="session")
def translating(translator):
    served = serve(translator)
    yield served
    served.service.runs.close()

"""The translator of the session, loaded, and what it predicted for the test split."""

import json

import pytest

from seqlab import experiment


@pytest.fixture(scope="session")
def loaded(translator):
    return experiment.load(translator)


@pytest.fixture(scope="module")
def predictions(translator):
    lines = translator.predictions_file("test").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]

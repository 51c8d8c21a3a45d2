import pytest

from seqlab.decoding.logits_processors import LOGITS_PROCESSORS


@pytest.fixture
def own_logits_processors(monkeypatch):
    """What a test registers is gone after it."""
    for name, value in vars(LOGITS_PROCESSORS).items():
        if isinstance(value, dict):
            monkeypatch.setattr(LOGITS_PROCESSORS, name, dict(value))

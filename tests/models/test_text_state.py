"""The vector of a text by a language model: what its last layer reads after the last token."""

import numpy as np
import pytest
from quick import trained

from seqlab import experiment
from seqlab.errors import RequestError
from seqlab.experiment.text_similarity import vectors_of_run
from seqlab.models import text_state
from seqlab.models.text_state import compile_reader, text_states

pytestmark = pytest.mark.slow

MODELS = {
    "lstm": {"name": "recurrent", "cell": "lstm", "units": 65, "embedding": 4, "layers": 2},
    "tied": {"name": "recurrent", "cell": "gru", "units": 129, "embedding": 4, "tied": True},
    "transformer": {"name": "transformer", "layers": 1, "width": 8, "heads": 2},
}
"""Of so many units XLA compiles nothing, which would be most of the time."""


@pytest.fixture(scope="module", params=MODELS)
def loaded(request, tmp_path_factory):
    given = {
        "task": "language_model",
        "data": {"name": "synthetic", "size": 2_000},
        "vectorizer": "characters",
        "model": MODELS[request.param],
        "training": {"epochs": 1, "batch_size": 8, "window": 10},
    }
    return experiment.load(trained(tmp_path_factory.mktemp("runs"), given=given))


def test_it_gives_the_next_token_that_the_model_gives(loaded):
    """The logits after a text, read in one piece or another way, are the last layer's of its vector."""
    texts = ["a", "abab", "ba", "aabbaabb"]
    logits = loaded.model.head(vectors_of_run(loaded, texts)).numpy()
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for row, answer in zip(probabilities, loaded.predict(texts), strict=True):
        assert loaded.task.vectorizer.decode([int(row.argmax())]) == answer.label
        assert row.max() == pytest.approx(answer.probability, rel=1e-5)


def test_alone_and_among_longer_ones(loaded, monkeypatch):
    monkeypatch.setattr(text_state, "IDS_AT_ONCE", 40)  # few enough for several batches, and less than the longest
    reader = compile_reader(loaded.model)
    texts = [np.arange(length % 11 + 1, dtype=np.int32) % 3 for length in range(30)]
    together = text_states(reader, texts)
    assert len(together) == 30
    for row in (0, 5, 10, 29):
        assert np.allclose(text_states(reader, [texts[row]])[0], together[row], atol=1e-6)
    assert reader.experimental_get_tracing_count() == 1


def test_of_a_long_text_the_context_is_read(loaded):
    context = loaded.predictor.max_context
    first, second = vectors_of_run(loaded, ["b" + "ab" * 10, "ab" * 10])
    assert np.allclose(first, second, atol=1e-5) == (context is not None)


def test_a_text_without_tokens(loaded):
    with pytest.raises(RequestError, match="nothing is left of the text '' to read"):
        vectors_of_run(loaded, ["ab", ""])

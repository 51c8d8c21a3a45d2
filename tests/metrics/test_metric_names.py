"""What a metric says of its figures."""

import numpy as np
import pytest

from seqlab.metrics import metric_names
from seqlab.metrics.classification import CLASSIFICATION_METRICS, ClassificationOutputs
from seqlab.metrics.language_model import LANGUAGE_MODEL_METRICS, LanguageModelOutputs
from seqlab.metrics.metric_names import better_when_lower, is_one_of, lower_is_better, metric_outputs
from seqlab.metrics.translation import TRANSLATION_METRICS, TranslationOutputs
from seqlab.metrics.word_vectors import WORD_VECTOR_METRICS, WordVectorOutputs
from seqlab.reports.verdict import verdicts
from seqlab.tasks.evaluation import compute_metrics
from seqlab.training.early_stopping import BestEpoch


@pytest.fixture
def _errors(monkeypatch):
    """As a plug-in brings it, and gone after the test."""
    monkeypatch.setattr(metric_names, "_LOWER", set(metric_names._LOWER))

    @better_when_lower("error_rate", "error.hard")
    def error_rate(scored):
        return {"error_rate": 0.1, "error.hard": 0.2, "error.share": 0.3}

    assert error_rate(None)["error.hard"] == 0.2


@pytest.mark.usefixtures("_errors")
def test_a_metric_declares_which_of_its_values_are_better_when_lower():
    assert lower_is_better("validation.error_rate")
    assert lower_is_better("test.error.hard")
    assert not lower_is_better("test.error.share")
    assert not lower_is_better("test.accuracy")
    assert lower_is_better("train.loss")


@pytest.mark.usefixtures("_errors")
def test_it_chooses_the_best_epoch_and_judges_the_figure_by_it():
    best = BestEpoch("validation.error_rate")
    for epoch, value in enumerate((0.5, 0.3, 0.4), start=1):
        best = best.after(epoch, value, 1.0)
    assert (best.epoch, best.value, best.waited) == (2, 0.3, 1)
    bands = {"test.error_rate": (0.1, 0.2), "test.error.hard": (0.1, 0.2)}
    found = verdicts({"test.error_rate": 0.05, "test.error.hard": 0.25}, bands)
    assert [verdict.where for verdict in found] == ["suspiciously below", "above"]


def test_a_figure_behind_a_dot_is_one_of_its_kind():
    assert is_one_of("f1.positive", ["accuracy", "f1.<class>"])
    assert is_one_of("sure.share", ["sure"])
    assert is_one_of("loss", ["loss"])
    assert not is_one_of("f1", ["f1.<class>"])
    assert not is_one_of("f2.positive", ["f1.<class>"])
    assert not is_one_of("los", ["loss"])


RNG = np.random.default_rng(0)
READ = {"log_probabilities": -RNG.random(6), "correct": RNG.random(6) > 0.5}
SAID = {
    "classification": (
        CLASSIFICATION_METRICS,
        ClassificationOutputs(("a", "b"), np.array([0, 1, 1]), RNG.normal(size=(3, 2))),
    ),
    "language_model": (
        LANGUAGE_MODEL_METRICS,
        LanguageModelOutputs(
            **READ, unknown=np.zeros(6, bool), characters=np.ones(6), unigram_log_probabilities=-RNG.random(6)
        ),
    ),
    "translation": (
        TRANSLATION_METRICS,
        TranslationOutputs(
            **READ,
            free_running=-RNG.random(6),
            sources=["one two", "three"],
            references=[["uno dos"], ["tres"]],
            translations=lambda width, penalty: ["uno dos", "cuatro"],
            lowercases=True,
            standardized=str,
            tokenized=str,
        ),
    ),
    "word_vectors": (
        WORD_VECTOR_METRICS,
        WordVectorOutputs(
            np.ones(2),
            np.ones(2),
            similarity=lambda: {"wordsim353.spearman": 0.5, "wordsim353.coverage": 0.9},
            analogies=lambda: {"analogies.accuracy": 0.1, "analogies.coverage": 0.2, "analogies.family": 0.3},
            neighbors=lambda: {"neighbors.precision": 1.0},
        ),
    ),
}


@pytest.mark.parametrize("task", SAID)
def test_metrics_give_the_figures_that_they_say(task):
    """Whatever a metric of ours returns can be monitored and expected, and nothing that it never returns."""
    registry, said = SAID[task]
    for part in registry:
        given = compute_metrics(0.0, [part(name=part.component_name())], said)
        numbers = {name for name, value in given.items() if not isinstance(value, str)} - {"loss"}
        known = metric_outputs(part.component_name())
        assert all(is_one_of(name, known) for name in numbers), part.component_name()
        assert all(any(is_one_of(name, (each,)) for name in numbers) for each in known), part.component_name()

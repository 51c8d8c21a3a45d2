"""Metrics of word vectors: of no split, and never a monitor."""

import numpy as np
import pytest

from seqlab.metrics.metric_names import is_computed_after_training, is_of_the_model
from seqlab.metrics.word_vectors import WORD_VECTOR_METRICS, WordVectorOutputs


def outputs(losses=(6.0, 2.0), examples=(3.0, 1.0)):
    figures = {"wordsim353.spearman": 0.5}
    return WordVectorOutputs(np.array(losses), np.array(examples), lambda: figures, dict, dict)


def test_the_loss_is_the_mean_over_examples_and_not_over_documents():
    assert outputs().loss == 2.0
    assert outputs((0.0, 0.0), (0.0, 0.0)).loss == 0.0


@pytest.mark.parametrize("metric", WORD_VECTOR_METRICS.names)
def test_all_judge_the_trained_model(metric):
    assert is_of_the_model(metric)
    assert is_computed_after_training(metric)


def test_names_of_the_model_are_told_from_others():
    assert is_of_the_model("wordsim353.spearman")
    assert is_of_the_model("analogies.capital-common-countries")
    assert not is_of_the_model("validation.loss")
    assert not is_of_the_model("accuracy")


def test_what_cannot_be_computed_is_left_out():
    values = {name: WORD_VECTOR_METRICS[name](name=name)(outputs()) for name in WORD_VECTOR_METRICS.names}
    assert values == {"wordsim353": {"wordsim353.spearman": 0.5}, "analogies": {}, "neighbors": {}}

"""Optimizers and schedules by their Keras names and options."""

import pytest
from small_training import Named, optimizer

from seqlab.errors import RequestError


def test_a_value_that_keras_refuses():
    with pytest.raises(RequestError, match=r"training\.optimizer: Keras' SGD refuses its options"):
        optimizer("sgd", momentum=7.0)


def test_a_schedule_lasts_the_whole_training():
    rate = optimizer("adam", 0.1, schedule=Named("cosine_decay", {}))._learning_rate
    assert [float(rate(step)) for step in (0, 100, 200)] == pytest.approx([0.1, 0.05, 0.0], abs=1e-6)


def test_options_of_a_schedule_come_first():
    rate = optimizer("adam", 0.1, schedule=Named("exponential_decay", {"decay_steps": 10, "decay_rate": 0.5}))
    assert float(rate._learning_rate(20)) == pytest.approx(0.025)

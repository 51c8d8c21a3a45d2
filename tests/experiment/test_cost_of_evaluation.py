"""From parts of a split to all of it, by an evaluation that takes as long as it says."""

import numpy as np
import pytest

from seqlab.data.ragged import Ragged, offsets_of
from seqlab.data.store import Store
from seqlab.experiment.cost_of_evaluation import BLOCK, BLOCKS, ENOUGH_SECONDS, SMALLEST, line, measure_evaluation


class Evaluation:
    """Takes `fixed` seconds and `per_row` for each row; the first time, and each size, `compiling` more."""

    def __init__(self, fixed, per_row, compiling):
        self.fixed, self.per_row, self.compiling = fixed, per_row, compiling
        self.now, self.sizes = 0.0, []

    def __call__(self, store):
        self.now += self.fixed + self.per_row * len(store) + (0.0 if len(store) in self.sizes else self.compiling)
        self.sizes.append(len(store))


def measured(rows, *costs):
    evaluation = Evaluation(*costs)
    cost = measure_evaluation(evaluation, Store({"targets": np.arange(rows)}), lambda: evaluation.now)
    return evaluation, cost


@pytest.mark.parametrize("rows", [20, 300, 5_000, 1_000_000])
def test_the_seconds_of_a_whole_split(rows):
    evaluation, cost = measured(rows, 0.0, 0.001, 0.0)
    assert cost.of(rows) == pytest.approx(0.001 * rows)
    assert cost.of(2 * rows) == pytest.approx(0.002 * rows)
    assert (cost.measured, cost.compiling) == (evaluation.sizes[-1], pytest.approx(0.0))
    assert evaluation.now < 24 * ENOUGH_SECONDS


def test_what_does_not_grow_with_the_split_is_counted_once():
    _, cost = measured(100_000, 0.1, 0.0005, 0.0)
    assert cost.fixed == pytest.approx(0.1)
    assert cost.of(100_000) == pytest.approx(0.1 + 50.0)


def test_compiling_is_no_part_of_it():
    evaluation, cost = measured(1_000, 0.0, 0.001, 3.0)
    assert evaluation.sizes == [SMALLEST, SMALLEST, 1_000, 1_000]
    assert cost.compiling == pytest.approx(6.0)
    assert cost.of(1_000) == pytest.approx(1.0)
    _, cost = measured(SMALLEST, 0.0, 0.001, 3.0)
    assert cost.compiling == pytest.approx(3.0)


def test_a_slow_evaluation_is_measured_on_a_few_blocks():
    evaluation, cost = measured(10_000, 0.0, 0.01, 0.0)
    assert evaluation.sizes == [SMALLEST, SMALLEST, BLOCKS * BLOCK, BLOCKS * BLOCK]
    assert cost.of(10_000) == pytest.approx(100.0)


def test_batches_of_like_lengths_stand_for_the_split():
    """An evaluation that pads batches of 256 to their longest text: long texts are in few of them."""
    lengths = np.random.default_rng(1).integers(10, 600, 20_000)
    store, now = Store({"text_ids": Ragged(np.zeros(lengths.sum(), np.int32), offsets_of(lengths))}), [0.0]

    def evaluate(part):
        ordered = np.sort(part.ragged("text_ids").lengths)
        now[0] += sum(len(batch) * batch[-1] for batch in np.split(ordered, range(256, len(ordered), 256))) * 5e-6

    cost = measure_evaluation(evaluate, store, lambda: now[0])
    assert cost.measured < 10_000
    estimated, before = cost.of(20_000), now[0]
    evaluate(store)
    assert estimated == pytest.approx(now[0] - before, rel=0.05)


def test_noise_makes_nothing_negative():
    assert line([(100, 1.0)]) == (0.0, 0.01)
    assert line([(100, 1.0), (200, 0.8)]) == (0.0, 0.004)  # faster the second time
    assert line([(100, 0.1), (200, 1.0)]) == (0.0, 0.005)  # nothing fixed, but a slow moment
    assert line([(100, 0.5), (150, 9.0), (200, 0.75)]) == (0.25, 0.0025)

"""Plans of more rows than are shuffled as a whole: every row once, a function of seed and epoch, exact resume."""

import numpy as np
import pytest

from seqlab.data.batching import blockwise, plan
from seqlab.data.batching.blockwise import BlockwisePlan

ROWS = 1_003
LENGTHS = np.random.default_rng(5).choice([16, 32, 48], ROWS)


def shuffled(seed, epoch):
    return plan.shuffled(ROWS, 8, seed=seed, epoch=epoch)


def mixed(seed, epoch):
    return plan.bucketed(LENGTHS, 8, mixed=True, seed=seed, epoch=epoch)


def unmixed(seed, epoch):
    return plan.bucketed(LENGTHS, 8, mixed=False, seed=seed, epoch=epoch)


def by_tokens(seed, epoch):
    return plan.by_tokens(LENGTHS, 256, seed=seed, epoch=epoch)


PLANS = [shuffled, mixed, unmixed, by_tokens]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Blocks of 40 rows, windows of 3 blocks."""
    monkeypatch.setattr(plan, "SHUFFLED_AS_A_WHOLE", 100)
    monkeypatch.setattr(blockwise, "BLOCK", 40)
    monkeypatch.setattr(blockwise, "WINDOW", 3)


def as_lists(batches):
    return [batch.tolist() for batch in batches]


@pytest.mark.parametrize("plan_of", PLANS)
class TestEveryKind:
    def test_every_row_is_there_once(self, plan_of):
        batches = plan_of(1, 1)
        assert isinstance(batches, BlockwisePlan)
        assert sorted(np.concatenate(list(batches)).tolist()) == list(range(ROWS))

    def test_it_is_a_function_of_seed_and_epoch(self, plan_of):
        assert as_lists(plan_of(1, 1)) == as_lists(plan_of(1, 1))
        assert len({str(as_lists(plan_of(seed, epoch))) for seed in (1, 2) for epoch in (1, 2)}) == 4

    def test_any_batch_is_found_without_those_before_it(self, plan_of):
        whole = as_lists(plan_of(3, 2))
        for number in (len(whole) - 1, 0, len(whole) // 2, -1):
            assert plan_of(3, 2)[number].tolist() == whole[number]
        for step in (0, 1, 17, len(whole) - 1, len(whole)):
            assert as_lists(plan_of(3, 2)[step:]) == whole[step:]
        assert as_lists(plan_of(3, 2)[5:][7:30]) == whole[12:35]
        with pytest.raises(IndexError):
            plan_of(3, 2)[len(whole)]

    def test_every_device_gets_a_row(self, plan_of):
        shared = plan.shareable(plan_of(1, 1), 3)
        assert min(map(len, shared)) >= 3
        assert sorted(np.concatenate(list(shared)).tolist()) == list(range(ROWS))
        assert plan.shareable(whole := plan_of(1, 1), 1) is whole


def test_batches_are_full_but_the_last():
    assert [len(batch) for batch in shuffled(1, 1)] == [8] * 125 + [3]


def test_batches_of_a_length_are_of_that_length():
    assert all(len(set(LENGTHS[batch].tolist())) == 1 for batch in unmixed(1, 1))
    assert max(int(LENGTHS[batch].max()) * len(batch) for batch in by_tokens(1, 1)) <= 256


def test_the_rows_of_a_window_are_those_of_its_blocks():
    """A window reads 3 blocks of 40 rows, whose rows are mixed, and blocks far apart are neighbors."""
    first = np.concatenate(list(shuffled(1, 1)[:15]))
    assert {len(np.intersect1d(first, np.arange(start, start + 40))) for start in range(0, ROWS, 40)} == {0, 40}
    assert len(np.unique(first[:40] // 40)) == 3
    assert (np.diff(first) != 1).any()


def test_windows_of_a_text():
    whole = plan.windows(5_000, 4, window=10, shift=None, seed=1, epoch=1)
    assert isinstance(whole, BlockwisePlan)
    starts = np.sort(np.concatenate(list(whole)))
    assert set(np.diff(starts).tolist()) == {10}
    assert (starts[0] < 10, 4_970 < starts[-1] < 4_990) == (True, True)
    every = plan.windows(500, 4, window=10, shift=3, seed=1, epoch=1)
    assert sorted(np.concatenate(list(every)).tolist()) == list(range(0, 490, 3))


def test_few_rows_are_shuffled_as_a_whole():
    """The order of what was trained before stays as it was."""
    generator = np.random.default_rng([7, 3])
    assert np.concatenate(list(plan.shuffled(100, 8, seed=7, epoch=3))).tolist() == generator.permutation(100).tolist()

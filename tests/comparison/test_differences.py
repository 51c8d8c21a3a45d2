"""Differences of runs and of groups, with the test that counts for each measure, corrected for their number."""

import numpy as np
import pytest

from seqlab.comparison.differences import NONE_NEEDED, OF_SEEDS, Side, differences
from seqlab.comparison.mcnemar import mcnemar_p
from seqlab.comparison.measures import quotient
from seqlab.comparison.resampling import randomization_p
from seqlab.comparison.task_measures import Measured

ITEMS = 300


def measured(*runs, name="accuracy", test="exact McNemar", unit="points", scale=100):
    ones = [np.ones(len(runs[0]))] * len(runs)
    measure = quotient(name, [np.asarray(each, float) for each in runs], ones, test, unit=unit, scale=scale)
    return Measured([measure], len(runs[0]), len(runs[0]), "items", [])


def sides(*sizes):
    ends = np.cumsum([0, *sizes]).tolist()
    return [Side(name, range(start, end)) for name, start, end in zip("ABCD", ends, ends[1:], strict=False)]


def right(share, seed):
    return np.random.default_rng(seed).random(ITEMS) < share


def test_two_classifiers():
    one, two = right(0.7, 1), right(0.8, 2)
    (found,) = differences(measured(one, two), sides(1, 1))
    difference = found["accuracy"]
    assert (difference.a, difference.b) == (one.mean(), two.mean())
    assert difference.delta == pytest.approx(two.mean() - one.mean())
    assert difference.interval[0] < difference.delta < difference.interval[1]
    assert (difference.test, difference.seeds) == ("exact McNemar", None)
    assert difference.p == difference.p_holm == mcnemar_p(int((one & ~two).sum()), int((two & ~one).sum()))
    assert list(difference.tests) == ["exact McNemar", "paired bootstrap"]
    assert difference.tests["paired bootstrap"] == pytest.approx(difference.p, abs=0.01)
    assert difference.verdict.startswith(f"B is better by {difference.delta * 100:.1f}")
    assert difference.verdict.endswith(": unlikely to be chance")


def test_exchanged_runs_have_the_opposite_difference():
    one, two = right(0.7, 1), right(0.75, 2)
    (there,), (back,) = (differences(measured(*pair), sides(1, 1)) for pair in ((one, two), (two, one)))
    assert there["accuracy"].p == back["accuracy"].p
    assert there["accuracy"].delta == -back["accuracy"].delta
    assert there["accuracy"].interval == pytest.approx(tuple(-each for each in reversed(back["accuracy"].interval)))


@pytest.mark.parametrize("sizes", [(3, 1), (1, 3), (3, 2), (3, 3)])
def test_seeds_that_change_nothing_are_no_difference(sizes):
    """The mean of 84/90, three times, is 84/90: rounded, it differed by 1e-16, which no draw exceeded."""
    runs = [np.arange(90) < 84] * sum(sizes)
    (found,) = differences(measured(*runs), sides(*sizes))
    difference = found["accuracy"]
    assert (difference.delta, difference.p, difference.tests) == (0.0, 1.0, {NONE_NEEDED: 1.0})
    assert difference.seeds.share_of_seeds == 0.0


def test_other_items_but_the_same_scores_of_groups_of_other_sizes_are_no_difference():
    runs = [np.roll(np.arange(90) < 84, by) for by in range(4)]
    (found,) = differences(measured(*runs), sides(3, 1))
    assert (found["accuracy"].delta, found["accuracy"].p) == (0.0, 1.0)
    assert found["accuracy"].seeds.deviations == (0.0, None)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2)])
def test_a_run_against_itself_is_told_without_resampling(monkeypatch, sizes):
    def no_draws(*_):
        raise AssertionError("nothing has to be drawn")

    monkeypatch.setattr("seqlab.comparison.differences.bootstrap", no_draws)
    runs = [right(0.7, seed) for seed in range(sizes[0])]
    (found,) = differences(measured(*runs, *runs), sides(*sizes))
    difference = found["accuracy"]
    assert (difference.p, difference.delta, difference.interval) == (1.0, 0.0, (0.0, 0.0))
    assert difference.tests == {NONE_NEEDED: 1.0}
    assert difference.verdict == "no difference: B scores every item like A, p = 1 without resampling"


def test_equal_scores_of_different_items_are_no_equal_runs():
    one = np.arange(ITEMS) % 2 == 0
    (found,) = differences(measured(one, ~one), sides(1, 1))
    difference = found["accuracy"]
    assert (difference.delta, difference.p, difference.test) == (0.0, 1.0, "exact McNemar")
    assert difference.interval[0] < 0 < difference.interval[1]
    assert "B and A are equal" in difference.verdict


def test_lower_is_better_for_a_loss():
    one = np.random.default_rng(1).gamma(2, 1, ITEMS)
    (found,) = differences(measured(one, one - 0.1, name="loss", test="approximate randomization"), sides(1, 1))
    assert found["loss"].delta == pytest.approx(-0.1)
    assert found["loss"].verdict.startswith("B is better by")
    assert found["loss"].p == 1 / 10_001


def test_a_single_item_that_differs_is_chance():
    """sacreBLEU's randomization would say 0.0001."""
    one = np.zeros(ITEMS)
    two = np.where(np.arange(ITEMS) == 0, 1.0, 0.0)
    both = measured(one, two, name="chrf", test="approximate randomization")
    (found,) = differences(both, sides(1, 1))
    assert randomization_p(both.measures[0], 0, 1) == pytest.approx(0.0001, rel=1e-3)
    assert found["chrf"].p == 1.0
    assert found["chrf"].verdict.startswith("no difference shown")


def test_several_runs_are_compared_with_the_first_and_corrected():
    runs = [right(0.7, 1), right(0.78, 2), right(0.79, 3), right(0.7, 4)]
    found = [each["accuracy"] for each in differences(measured(*runs), sides(1, 1, 1, 1))]
    assert [each.b for each in found] == [each.mean() for each in runs[1:]]
    by_p = sorted(found, key=lambda each: each.p)
    assert by_p[0].p_holm == pytest.approx(3 * by_p[0].p)
    assert by_p[1].p_holm == pytest.approx(max(2 * by_p[1].p, by_p[0].p_holm))
    assert "(Holm, 3 comparisons)" in found[0].verdict


class TestGroups:
    def test_seeds_that_vary_take_the_certainty_from_a_difference(self):
        """The same means: seeds that agree show the difference, seeds that do not leave it to chance."""
        shares = {"steady": ([0.7, 0.7, 0.7], [0.8, 0.8, 0.8]), "wild": ([0.5, 0.7, 0.9], [0.6, 0.8, 1.0])}
        found = {}
        for name, (a, b) in shares.items():
            order = np.random.default_rng(0).permutation(ITEMS)
            runs = [order < round(share * ITEMS) for share in (*a, *b)]
            (found[name],) = ({**each} for each in differences(measured(*runs), sides(3, 3)))
        steady, wild = (found[name]["accuracy"] for name in ("steady", "wild"))
        assert (steady.test, wild.test) == (OF_SEEDS, OF_SEEDS)
        assert steady.delta == pytest.approx(wild.delta) == pytest.approx(0.1)
        assert (steady.p, wild.p > 0.3) == (1 / 1_001, True)
        assert steady.seeds.deviations == pytest.approx((0.0, 0.0))
        assert steady.seeds.share_of_seeds == pytest.approx(0.0)
        assert wild.seeds.deviations == pytest.approx((0.2, 0.2))
        assert wild.seeds.of_seeds == pytest.approx(2 * 0.2**2 / 3)
        assert wild.seeds.share_of_seeds > 0.9
        assert wild.interval[1] - wild.interval[0] > 4 * (steady.interval[1] - steady.interval[0])

    def test_a_single_run_beside_a_group(self):
        runs = [right(0.7, 1), right(0.72, 2), right(0.9, 3)]
        (found,) = differences(measured(*runs), sides(2, 1))
        difference = found["accuracy"]
        assert difference.a == pytest.approx(np.mean([runs[0].mean(), runs[1].mean()]))
        assert difference.seeds.deviations[1] is None
        assert difference.seeds.deviations[0] > 0

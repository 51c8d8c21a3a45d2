"""Paired tests: those of sacreBLEU to the last digit, SciPy's of all permutations, and where few items differ."""

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import PairedTest
from scipy.stats import bootstrap as scipy_bootstrap
from scipy.stats import permutation_test

from seqlab.comparison import resampling
from seqlab.comparison.measures import quotient
from seqlab.comparison.resampling import (
    bootstrap,
    bootstrap_p,
    bootstrap_p_of_sacrebleu,
    interval,
    least_p,
    randomization_p,
)
from seqlab.comparison.translations import Settings, Sources, translation_measures

WORDS = [
    "the",
    "a",
    "dog",
    "cat",
    "house",
    "tree",
    "sees",
    "likes",
    "runs",
    "sleeps",
    "big",
    "small",
    "red",
    "and",
    "or",
]


def sentences(number, mistakes, seed):
    """References, and two translations of each with so many words changed."""
    random = np.random.default_rng(seed)
    references = [random.choice(WORDS, random.integers(5, 12)).tolist() for _ in range(number)]

    def changed(words, share):
        return " ".join(str(random.choice(WORDS)) if random.random() < share else word for word in words)

    systems = [[changed(words, share) for words in references] for share in mistakes]
    return [" ".join(words) for words in references], systems


@pytest.mark.parametrize(("mistakes", "seed"), [((0.3, 0.34), 1), ((0.2, 0.3), 2)])
def test_p_values_are_those_of_sacrebleu(monkeypatch, mistakes, seed):
    monkeypatch.setattr(resampling, "NUMBERS_AT_ONCE", 9_990)  # in several pieces
    monkeypatch.delenv("SACREBLEU_SEED", raising=False)
    references, systems = sentences(70, mistakes, seed)
    measures = translation_measures(
        Sources(["id"] * 70, [(each,) for each in references], systems), Settings("13a", lowercase=False)
    )
    named = list(zip("AB", systems, strict=True))
    drawn = bootstrap(measures, 2, 70)
    for measure, samples in zip(measures, drawn, strict=True):
        metric = {"bleu": BLEU, "chrf": CHRF}[measure.name]
        expected = {}
        for kind in ("bs", "ar"):
            _, scores = PairedTest(named, {measure.name: metric()}, [references], test_type=kind)()
            expected[kind] = list(scores.values())[1][1]
        assert measure.value(1) == pytest.approx(expected["bs"].score)
        observed = measure.value(1) - measure.value(0)
        assert bootstrap_p_of_sacrebleu(samples.deltas(0, 1), observed) == expected["bs"].p_value
        assert randomization_p(measure, 0, 1) == expected["ar"].p_value
        assert samples.scores[:, 1].mean() == pytest.approx(expected["bs"].mean, abs=1e-4)


@pytest.fixture
def pair():
    random = np.random.default_rng(5)
    first = random.normal(0, 1, 400)
    return first, first + random.normal(0.03, 0.5, 400)


def test_the_interval_is_that_of_scipy(pair):
    measure = quotient("mae", pair, [np.ones(400)] * 2, "paired bootstrap")
    (drawn,) = bootstrap([measure], 2, 400)
    low, high = interval(drawn.deltas(0, 1))
    expected = scipy_bootstrap(
        (pair[1] - pair[0],), np.mean, n_resamples=5_000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.1 * (expected.high - expected.low))


def test_p_is_that_of_scipys_permutations(pair):
    measure = quotient("mae", pair, [np.ones(400)] * 2, "approximate randomization")
    (drawn,) = bootstrap([measure], 2, 400)

    def difference(one, two, axis):
        return one.mean(axis=axis) - two.mean(axis=axis)

    expected = permutation_test(
        pair, difference, permutation_type="samples", vectorized=True, n_resamples=9_999, rng=np.random.default_rng(0)
    ).pvalue
    assert 0.005 < expected < 0.2
    assert randomization_p(measure, 0, 1) == pytest.approx(expected, abs=0.01)
    observed = measure.value(1) - measure.value(0)
    assert bootstrap_p(drawn.deltas(0, 1), observed) == pytest.approx(expected, abs=0.02)


def test_of_equal_systems_p_is_uniform_at_the_level():
    """Without a difference, one pair in twenty has a p below 0.05."""
    random = np.random.default_rng(11)
    found = 0
    for _ in range(200):
        one = random.normal(0, 1, 60)
        measure = quotient("mae", [one, one + random.normal(0, 1, 60)], [np.ones(60)] * 2, "paired bootstrap")
        (drawn,) = bootstrap([measure], 2, 60)
        found += bootstrap_p(drawn.deltas(0, 1), measure.value(1) - measure.value(0)) < 0.05
    assert 3 <= found <= 20


@pytest.mark.parametrize("differing", [0, 1, 3, 20])
def test_few_differing_items_cannot_have_a_small_p(differing):
    """sacreBLEU's draws say 0.0001 of a single item that differs: all are equal to the difference, none is larger."""
    one = np.zeros(50)
    two = np.where(np.arange(50) < differing, 1.0, 0.0)
    measure = quotient("mae", [one, two], [np.ones(50)] * 2, "approximate randomization")
    assert least_p(measure, 0, 1) == min(2.0 ** (1 - differing), 1)
    if differing == 1:
        assert randomization_p(measure, 0, 1) == 1 / 10_001


def test_no_difference_is_no_evidence():
    """Two translators without a single right word: no draw differs, and none can be larger than nothing."""
    references = [(f"the dog {number} barks at the cat",) for number in range(20)]
    sources = Sources(["id"] * 20, references, [["x y z v w"] * 20, ["q"] * 20])
    measure = translation_measures(sources, Settings("13a", lowercase=False))[0]
    assert measure.value(0) == measure.value(1) == 0
    assert not measure.equal(0, 1)
    assert randomization_p(measure, 0, 1) == 1
    assert bootstrap_p_of_sacrebleu(np.zeros(100), 0.0) == 1

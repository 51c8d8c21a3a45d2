"""Generated prices: the rule and the noise are what the docstring says."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from seqlab.data.datasets.synthetic_housing import BASE, DISTRICTS, NOISE, NUMBERS, SyntheticHousing
from seqlab.data.splits.load_splits import load


@pytest.fixture(scope="module")
def corpus():
    return load(SyntheticHousing(size=7_000))


def arrays(records):
    rows = records["features"]
    shares = np.array([[float(cell) for cell in row[1:]] for row in rows])
    districts = np.array([[row[0] == name for name in DISTRICTS] for row in rows], float)
    return np.hstack([shares, districts]), np.array(records["number"])


def test_the_noise_of_every_split_is_what_no_model_knows(corpus):
    assert {split: len(records) for split, records in corpus.splits.items()} == {
        "train": 5_000, "validation": 1_000, "test": 1_000,
    }  # fmt: skip
    weights = np.array([*(share for _, _, share in NUMBERS.values()), *DISTRICTS.values()])
    for records in corpus.splits.values():
        inputs, prices = arrays(records)
        errors = prices - BASE - inputs @ weights
        assert np.mean(errors) == pytest.approx(0, abs=1e-3)
        assert np.mean(errors**2) == pytest.approx(SyntheticHousing.best_mse, rel=1e-4)
        assert np.abs(errors).max() < 6 * NOISE


def test_a_linear_model_comes_within_five_percent_of_the_best_mse(corpus):
    model = LinearRegression().fit(*arrays(corpus.splits["train"]))
    inputs, prices = arrays(corpus.splits["test"])
    assert np.mean((model.predict(inputs) - prices) ** 2) == pytest.approx(SyntheticHousing.best_mse, rel=0.05)


def test_every_number_stays_in_its_range_and_every_district_occurs(corpus):
    rows = corpus.splits["train"]["features"]
    assert {row[0] for row in rows} == set(DISTRICTS)
    for position, (low, high, _) in enumerate(NUMBERS.values(), start=1):
        values = [float(row[position]) for row in rows]
        assert low <= min(values) < low + (high - low) / 5
        assert high - (high - low) / 5 < max(values) <= high


def test_the_same_seed_draws_the_same_flats(corpus):
    assert load(SyntheticHousing(size=7_000)).fingerprints == corpus.fingerprints
    assert load(SyntheticHousing(size=7_000, split_seed=1)).fingerprints["test"] != corpus.fingerprints["test"]

"""Targets standardized and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.errors import DataError
from seqlab.tasks.regression.target_scale import TargetScale


def test_by_hand_and_through_a_file(tmp_path):
    scale = TargetScale.learn(np.array([1.0, 3.0, 5.0, 7.0]))
    assert (scale.mean, scale.deviation) == (4.0, pytest.approx(np.sqrt(5)))
    scale.save(tmp_path)
    assert TargetScale.load(tmp_path) == scale
    assert scale.restored(np.array([[0.0], [2.0]], np.float32)).tolist() == pytest.approx([4.0, 4 + 2 * np.sqrt(5)])


@given(st.lists(st.floats(-1e9, 1e9).map(lambda number: round(number, 2)), min_size=2, max_size=20, unique=True))
def test_targets_come_back_up_to_the_precision_of_the_model(numbers):
    targets = np.array(numbers)
    scale = TargetScale.learn(targets)
    again = scale.restored(scale.standardized(targets)[:, None])
    assert np.abs(again - targets).max() <= 1e-6 * np.abs(targets - targets.mean()).max() + 1e-6 * scale.deviation


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"mean": 1, "deviation": 0}', '{"mean": NaN, "deviation": 1}'])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "target.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"target\.json is not a mean and a deviation .*: restore it from a copy"):
        TargetScale.load(tmp_path)

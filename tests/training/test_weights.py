"""Weights on disk: strict, and independent of the names that Keras gives in passing."""

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from seqlab.errors import DataError
from seqlab.training.weights import load_weights, save_weights


def model(units=3):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units), keras.layers.Dense(1)])


def test_round_trip_into_a_later_model_of_the_process(tmp_path):
    first = model()
    save_weights(first, tmp_path / "w")
    model()  # Keras counts on: the next model's layers have other names
    second = model()
    assert not np.array_equal(first.get_weights()[0], second.get_weights()[0])
    load_weights(second, tmp_path / "w")
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_missing_extra_or_misshaped_array_is_named_and_nothing_is_set(tmp_path):
    good = model()
    save_weights(good, tmp_path / "w")
    arrays = load_file(tmp_path / "w")
    assert list(arrays) == ["000.kernel", "001.bias", "002.kernel", "003.bias"]
    before = good.get_weights()
    problems = {
        "'001.bias' is missing": {k: v for k, v in arrays.items() if k != "001.bias"},
        "'004.more' is not part of the model": arrays | {"004.more": np.zeros(1, np.float32)},
        r"'001.bias' is float32\(4,\), not float32\(3,\)": arrays | {"001.bias": np.zeros(4, np.float32)},
        "'001.bias' is float64": arrays | {"001.bias": np.zeros(3)},
    }
    for message, changed in problems.items():
        save_file(changed, tmp_path / "bad")
        with pytest.raises(DataError, match=message):
            load_weights(good, tmp_path / "bad")
    for a, b in zip(before, good.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"\xff" * 64, None])
def test_what_is_no_weights_file_is_refused(tmp_path, content):
    path = tmp_path / "w"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="cannot read weights from"):
        load_weights(model(), path)


def test_a_file_cut_short_is_refused(tmp_path):
    save_weights(model(), tmp_path / "w")
    whole = (tmp_path / "w").read_bytes()
    (tmp_path / "w").write_bytes(whole[:-10])
    with pytest.raises(DataError, match="cannot read weights"):
        load_weights(model(), tmp_path / "w")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused_and_named(tmp_path, value):
    broken = model()
    broken.layers[1].bias.assign([value])
    save_weights(broken, tmp_path / "w")
    with pytest.raises(DataError, match=r"w: '003\.bias' holds a value that is not a finite number: restore the file"):
        load_weights(model(), tmp_path / "w")

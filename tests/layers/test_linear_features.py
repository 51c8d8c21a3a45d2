"""A fixed linear model of categories and numbers, against sums by hand."""

import keras
import numpy as np
import pytest

from seqlab.layers.linear_features import LinearFeatures

OF_IDS, OF_NUMBERS = np.array([1.0, 2.0, 10.0, 20.0, 30.0]), np.array([0.5, -1.0])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("categories", "numbers"), [1 + 30 + 0.5 * 4 - 2, 2 + 10 - 1.5]),
        (("categories",), [31.0, 12.0]),
        (("numbers",), [0.0, -1.5]),
    ],
)
def test_weights_of_ids_and_numbers_are_added_and_not_trained(names, expected):
    given = {"categories": np.array([[0, 2], [1, 0]], np.int32), "numbers": np.array([[4, 2], [1, 2]], np.float32)}
    sizes, width = ((2, 3) if "categories" in names else ()), (2 if "numbers" in names else 0)
    weights = {"of_ids": OF_IDS if sizes else None, "of_numbers": OF_NUMBERS if width else None}
    layer = LinearFeatures(sizes, width, **weights, dtype="float32")
    inputs = {name: keras.Input((2,), dtype=given[name].dtype.name, name=name) for name in names}
    model = keras.Model(inputs, layer(**inputs))
    found = model({name: given[name] for name in names})
    np.testing.assert_allclose(np.asarray(found)[:, 0], expected)
    assert model.trainable_variables == []
    assert len(model.weights) == len(names)

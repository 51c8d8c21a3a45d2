"""The model of the course: numbers beside an embedded category, one linear output."""

import numpy as np
import pytest

from seqlab.models.classification import ClassifierContext, TabularModel

CONTEXT = ClassifierContext(0, 1, weighted=False, category_sizes=(7,), numbers_width=8)


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({"hidden": 0}, 7 * 2 + (8 + 2 + 1)),
        ({"hidden": 0, "category_width": 3}, 7 * 3 + (8 + 3 + 1)),
        ({"hidden": 16}, 7 * 2 + 16 * (8 + 2 + 1) + (16 + 1)),
    ],
)
def test_its_size(options, parameters):
    assert TabularModel(**options).build(CONTEXT).count_params() == parameters


def test_without_a_hidden_layer_it_is_linear():
    model = TabularModel(hidden=0).build(CONTEXT)
    table, kernel, bias = (np.asarray(weight) for weight in model.weights)
    numbers = np.arange(16, dtype=np.float32).reshape(2, 8)
    categories = np.array([[6], [1]], np.int32)
    found = model({"categories": categories, "numbers": numbers})
    expected = np.hstack([table[categories[:, 0]], numbers]) @ kernel + bias
    assert np.allclose(np.asarray(found), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("context", "inputs"),
    [
        (ClassifierContext(0, 3, weighted=False, category_sizes=(3, 4)), {"categories"}),
        (ClassifierContext(0, 3, weighted=False, numbers_width=2), {"numbers"}),
    ],
)
def test_one_kind_of_features_is_enough(context, inputs):
    model = TabularModel().build(context)
    assert set(model.input) == inputs
    assert model.output.shape == (None, 3)

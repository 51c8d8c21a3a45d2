"""Cells as numbers: known answers by hand, scikit-learn's scaler as a peer, and what must come back as it was."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from seqlab.data.features import (
    LARGEST_NORMALIZED,
    FeatureColumns,
    FittedFeatures,
    NotANumber,
    category_cell,
    number_cell,
    read_number,
)
from seqlab.data.records import Records
from seqlab.errors import DataError

COLUMNS = FeatureColumns(("city",), ("size", "age"))
TRAIN = Records({"features": [("Rome", "1.0", "5.0"), ("Oslo", "3.0", ""), ("", "2.0", "5.0"), ("Rome", "2.0", "")]})


def test_categories_are_looked_up_and_numbers_are_normalized_by_hand():
    fitted = FittedFeatures.learn(COLUMNS, TRAIN)
    assert [each.values for each in fitted.categories] == [("Oslo", "Rome")]
    size, age = fitted.numbers
    assert (size.mean, size.deviation, size.indicator) == (2.0, pytest.approx(math.sqrt(0.5)), False)
    assert (age.mean, age.deviation, age.indicator) == (5.0, 1.0, True)  # constant, and sometimes missing
    encoded = fitted.encode([("Oslo", "3.0", ""), ("Lima", "", "6.0"), ("", "2.0", "5.0")])
    assert encoded["categories"].tolist() == [[2], [1], [0]]
    # size; age and whether it is missing: a missing number is the mean.
    assert encoded["numbers"].tolist() == [[np.float32(math.sqrt(2)), 0, 1], [0, 1, 0], [0, 0, 0]]
    assert (fitted.category_sizes, fitted.numbers_width) == ((4,), 3)
    assert fitted.unknown([("Lima", "1.0", ""), ("", "", ""), ("Rome", "", "")]) == {"city": ["Lima"]}


def test_only_what_there_is_becomes_a_tensor():
    fitted = FittedFeatures.learn(FeatureColumns((), ("a",)), Records({"features": [("1.0",)]}))
    assert {name: array.tolist() for name, array in fitted.encode([("2.0",)]).items()} == {"numbers": [[1.0]]}
    fitted = FittedFeatures.learn(FeatureColumns(("a",)), Records({"features": [("x",)]}))
    assert {name: array.shape for name, array in fitted.encode([]).items()} == {"categories": (0, 1)}


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda number: round(number, 3)), min_size=1, max_size=30))
def test_numbers_are_normalized_as_scikit_learn_does(numbers):
    rows = [(number_cell(repr(number)),) for number in numbers]
    encoded = FittedFeatures.learn(FeatureColumns((), ("x",)), Records({"features": rows})).encode(rows)["numbers"]
    expected = StandardScaler().fit_transform(np.array(numbers)[:, None])
    assert np.allclose(encoded, expected, atol=1e-4)


@given(st.lists(finite, min_size=1, max_size=20), finite)
def test_no_number_of_a_table_breaks_the_arithmetic(numbers, new):
    columns = FeatureColumns((), ("x",))
    fitted = FittedFeatures.learn(columns, Records({"features": [(repr(number),) for number in numbers]}))
    (column,) = fitted.numbers
    assert math.isfinite(column.mean)
    assert 0 < column.deviation < math.inf
    encoded = fitted.encode([(repr(number),) for number in [*numbers, new]])["numbers"]
    assert np.isfinite(encoded).all()
    assert np.abs(encoded).max() <= LARGEST_NORMALIZED * 1.001


@given(st.lists(st.text(max_size=5).map(category_cell), min_size=1, max_size=20), st.lists(st.text(max_size=5)))
def test_a_category_keeps_its_id_through_a_file(tmp_path_factory, values, others):
    columns, rows = FeatureColumns(("x",)), [(value,) for value in values]
    fitted = FittedFeatures.learn(columns, Records({"features": rows}))
    folder = tmp_path_factory.mktemp("features")
    fitted.save(folder)
    again = FittedFeatures.load(folder, columns)
    assert again == fitted
    ids = again.encode(rows)["categories"][:, 0]
    assert [fitted.categories[0].values[number - 2] if number else "" for number in ids] == values
    assert all(again.encode([(new,)])["categories"][0, 0] == 1 for new in set(others) - {"", *values})


@given(finite)
def test_a_number_comes_back(number):
    assert read_number(number_cell(repr(number))) == number


@pytest.mark.parametrize(
    ("cell", "number"),
    [(" 3 ", 3), ("-1.5e3", -1500), (".5", 0.5), ("5.", 5), ("+2", 2), ("\u200b7", 7), ("1e-400", 0)],
)
def test_numbers_as_people_write_them(cell, number):
    assert read_number(cell) == number


@pytest.mark.parametrize("cell", ["", "  ", "NaN", "n/a", "NA", "null", "None", "\ufeff"])
def test_numbers_that_are_missing(cell):
    assert read_number(cell) is None


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "∞", "1e400"])
def test_a_number_that_is_not_finite_is_refused(cell):
    with pytest.raises(NotANumber, match=r"is infinite|is too large"):
        read_number(cell)


@pytest.mark.parametrize(
    "cell", ["1,5", "1_000", "5 %", "$3", "0x10", "three", "1 2", "true", "٣", "--1", "1e", "2024-01-01"]
)
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(NotANumber, match="is not a number") as refusal:
        read_number(cell)
    assert "1234.5" in refusal.value.remedy


def test_a_million_digits_are_read_at_once():
    for cell in ("1" * 1_000_000 + "x", "1" * 1_000_000 + "." + "1" * 1_000_000 + "x", "1" * 1_000_000):
        with pytest.raises(NotANumber):
            read_number(cell)


def test_categories_are_compared_as_they_look():
    assert category_cell(" cafe\u0301 ") == "caf\u00e9"
    assert category_cell("\u200b ") == ""
    assert category_cell("NA") == "NA"  # Namibia


def test_a_row_for_people():
    assert COLUMNS.shown(("Rome", "3.0", "")) == "city Rome, size 3, age (missing)"


SAVED = {
    "categories": [{"column": "city", "values": ["Rome"]}],
    "numbers": [
        {"column": "size", "mean": 1.0, "deviation": 2.0, "indicator": False},
        {"column": "age", "mean": 1, "deviation": 1, "indicator": True},
    ],
}


def edited(path, value):
    copy = json.loads(json.dumps(SAVED))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {**SAVED, "more": 1},
        edited(["categories", 0, "values"], [1]),
        edited(["categories", 0, "values"], ["Rome", "Rome"]),
        edited(["categories", 0, "column"], "town"),
        edited(["numbers", 0, "deviation"], 0),
        edited(["numbers", 0, "deviation"], "2"),
        edited(["numbers", 0, "mean"], None),
        edited(["numbers", 1, "indicator"], 1),
        edited(["numbers"], SAVED["numbers"][:1]),
        edited(["numbers"], SAVED["numbers"][::-1]),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "features.json"
    path.write_text(json.dumps(SAVED), encoding="utf-8")
    assert FittedFeatures.load(tmp_path, COLUMNS).category_sizes == (3,)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match=r"features\.json.*restore it from a copy, or train again"):
        FittedFeatures.load(tmp_path, COLUMNS)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"categories": [], "numbers": [NaN]}'])
def test_what_is_no_json_is_refused(tmp_path, content):
    (tmp_path / "features.json").write_bytes(content)
    with pytest.raises(DataError, match="restore it from a copy"):
        FittedFeatures.load(tmp_path, COLUMNS)

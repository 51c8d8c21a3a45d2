"""What formats share whose models take ids."""

from types import SimpleNamespace

import numpy as np
import pytest
from export_cases import TEXTS, case, regression

from seqlab.data.batching.padding import round_lengths
from seqlab.errors import RequestError
from seqlab.exports.ids_model import (
    LARGEST_BATCH,
    LONGEST_ROUNDED,
    batches,
    compare,
    interface,
    predictor_of,
    rounded_lengths,
    write_beside,
)
from seqlab.models.classification import BagClassifier
from seqlab.text import Words


def test_batches_hold_all_rows_in_their_order_and_few_long_ones():
    rows = [[1] * length for length in (3, 2, 5_000, 4, 0, 1, 1, 1)]
    found = list(batches(rows, 3))
    assert [row for batch in found for row in batch] == rows
    assert [len(batch) for batch in found] == [2, 1, 3, 2]
    assert LARGEST_BATCH < 2 * 5_000**2
    assert list(batches([], 3)) == []


@pytest.mark.parametrize("one_text", [False, True])
def test_answers_are_compared_label_by_label(tmp_path, one_text):
    predictor = case("cut", ("a", "b", "c"))
    write_beside(predictor, tmp_path)
    shares = iter(np.array([list(each.probabilities.values()) for each in predictor.predict(TEXTS)]))

    def ask(ids):
        return np.array([next(shares) for _ in ids])

    assert compare(predictor, TEXTS, tmp_path, ask, one_text=one_text).holds
    assert (tmp_path / "labels.json").read_text(encoding="utf-8").split() == ["[", '"a",', '"b",', '"c"', "]"]


def test_another_answer_and_nothing_at_all_do_not_hold(tmp_path):
    predictor = case("cut")
    write_beside(predictor, tmp_path)
    for value in (0.5, np.nan):
        found = compare(predictor, TEXTS, tmp_path, lambda ids: np.full((len(ids), 2), value), one_text=False)  # noqa: B023
        assert not found.holds
    numbers = regression()
    write_beside(numbers, tmp_path)
    assert not compare(numbers, TEXTS, tmp_path, lambda ids: np.zeros(len(ids)), one_text=True).holds
    assert compare(numbers, [], tmp_path, lambda ids: np.zeros(len(ids)), one_text=True).holds


def test_what_it_takes_and_gives():
    takes, gives = interface(case("cut"), one_text=True)
    assert takes.startswith("Takes `ids` (1, tokens) int32")
    assert "of no, yes, in this order" in gives
    takes, gives = interface(regression(), one_text=False)
    assert "(texts, tokens)" in takes
    assert "in the units of the data" in gives


def test_other_runs_are_refused():
    loaded = SimpleNamespace(
        predictor=object(), run=SimpleNamespace(id="a-run"), experiment=SimpleNamespace(task="translation")
    )
    with pytest.raises(RequestError, match=r"a-run is a translation run: `--format onnx` is for classifiers"):
        predictor_of(loaded, "onnx")


def test_half_precision_is_refused():
    import keras
    from small_classifier import predictor_of as classifier_of

    keras.config.set_dtype_policy("mixed_bfloat16")
    loaded = SimpleNamespace(predictor=classifier_of(BagClassifier(hidden=3), Words()))
    with pytest.raises(RequestError, match=r"the model computes in bfloat16 \(runtime.precision\)"):
        predictor_of(loaded, "litert")


def test_lengths_are_rounded_as_in_batches():
    rounded = rounded_lengths()
    lengths = np.unique(np.geomspace(1, LONGEST_ROUNDED, 10_000).astype(int))
    found = rounded[(rounded < lengths[:, None]).sum(axis=1)]
    assert found.tolist() == round_lengths(lengths).tolist()

"""What words tell about classes."""

import numpy as np
import pytest

from seqlab.data.ragged import Ragged
from seqlab.errors import DataError
from seqlab.tasks.word_vectors.class_ratios import RATIOS, class_ratios, kept_by_ratio, load_ratios

ROWS = Ragged.from_rows([[0, 0, 1], [0, 2], [1], [2, 2, 2]])


def test_ratios_of_two_classes_by_hand():
    """Documents with each word: good (2, 1, 1), bad (0, 1, 1), then 1 added; the last document has no class."""
    ratios = class_ratios(ROWS, ["good", "good", "bad", ""], 3, 1.0)
    good, bad = np.array([3, 2, 2]) / 7, np.array([1, 2, 1]) / 4
    np.testing.assert_allclose(ratios, np.abs(np.log(good / bad)), rtol=1e-6)
    np.testing.assert_allclose(kept_by_ratio(ratios, 0.5), np.minimum(np.abs(np.log(good / bad)) / 0.5, 1), rtol=1e-6)


def test_of_several_classes_the_greatest_counts():
    ratios = class_ratios(ROWS, ["a", "b", "c", "c"], 3, 1.0)
    counts = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]]) + 1.0
    others = np.array([[1, 1, 2], [1, 2, 1], [2, 1, 1]]) + 1.0
    expected = np.abs(np.log(counts / counts.sum(1, keepdims=True)) - np.log(others / others.sum(1, keepdims=True)))
    np.testing.assert_allclose(ratios, expected.max(axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("classes", "said"), [(["", "", "", ""], "have no class"), (["a", "", "a", ""], "have one class alone, 'a'")]
)
def test_two_classes_are_needed(classes, said):
    with pytest.raises(DataError, match=f"{said}, and words"):
        class_ratios(ROWS, classes, 3, 1.0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        np.ones(2, np.float32),
        np.ones(3),
        *(np.array(each, np.float32) for each in ([1, 2, -5], [0] * 3, [1, np.nan, 2])),
    ],
    ids=["empty", "short", "wide", "negative", "nothing is kept", "no number"],
)
def test_damaged_ratios_are_refused(tmp_path, content):
    if isinstance(content, bytes):
        (tmp_path / RATIOS).write_bytes(content)
    else:
        np.save(tmp_path / RATIOS, content)
    with pytest.raises(DataError, match="does not hold the ratios of words"):
        load_ratios(tmp_path, 3)

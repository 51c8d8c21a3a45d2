"""Windows of a text as training batches."""

import numpy as np
import pytest

from seqlab.data.ragged import Ragged
from seqlab.data.store import Store
from seqlab.errors import DataError
from seqlab.tasks.language_modeling.batching import training_batches

STORE = Store({"text_ids": Ragged.from_rows([range(100, 121)])})


def batches(**options):
    given = {"batch_size": 2, "window": 4, "shift": None, "stateful": False} | options
    return training_batches(STORE, decode=lambda ids: str(ids[0]), **given)


def test_a_window_has_one_id_more_than_is_read():
    made = batches()
    assert made.gather(np.array([0, 3]))["ids"].tolist() == [[100, 101, 102, 103, 104], [103, 104, 105, 106, 107]]
    assert (made.examples, made.tokens) == (21, 21)
    assert made.describe(None, 2) == {"input": "102 | 103 | 104 | 105", "targets": "103 | 104 | 105 | 106"}


def test_streams_go_on_where_they_ended():
    order = batches(stateful=True).plan(seed=0, epoch=1)
    assert [rows.tolist() for rows in order] == [[0, 10], [4, 14]]


def test_windows_stay_within_the_text():
    for epoch in range(1, 6):
        rows = np.concatenate(batches(shift=1).plan(seed=3, epoch=epoch))
        assert (rows.min() >= 0, rows.max() <= 21 - 5) == (True, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 21}, "has 21 tokens, but a window of 21 needs 22"),
        ({"window": 11, "stateful": True}, "a window of 11 in each of 2 streams needs 23"),
    ],
)
def test_a_text_that_is_too_short(options, message):
    with pytest.raises(DataError, match=message):
        batches(**options)

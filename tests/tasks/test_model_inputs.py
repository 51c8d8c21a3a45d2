"""Prepared texts as batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.ragged import Ragged
from seqlab.data.store import Store
from seqlab.tasks.model_inputs import Bags, ModelInputs, Sequences


def store(*lengths):
    rows = [list(range(1, length + 1)) for length in lengths]
    return Store({"text_ids": Ragged.from_rows(rows), "targets": np.arange(len(rows), dtype=np.int32)})


def test_sequences_are_as_wide_as_their_widest_row_needs():
    batch = Sequences(None, skips_padding=True).gather(store(3, 20, 1), np.array([2, 1]), tight=False)
    assert batch["ids"].shape == (2, 32)
    assert batch["ids"][0].tolist() == [1] + [0] * 31
    assert batch["ids"][1, :20].tolist() == list(range(1, 21))


@pytest.mark.parametrize(
    ("max_length", "tight", "width"), [(600, False, 600), (600, True, 32), (24, True, 24), (None, False, 32)]
)
def test_where_padding_is_read_it_is_up_to_the_longest_that_is_allowed(max_length, tight, width):
    inputs = Sequences(max_length, skips_padding=False)
    assert inputs.gather(store(20, 3), np.array([0]), tight=tight)["ids"].shape == (1, width)


@pytest.mark.parametrize(("skips_padding", "width"), [(False, 48), (True, 16)])
def test_where_padding_is_read_a_share_of_a_batch_is_as_wide_as_the_batch(skips_padding, width):
    inputs, texts = ModelInputs(Sequences(600, skips_padding=skips_padding), "int32"), store(3, 40, 1)
    batch = np.array([2, 1, 0])
    share = inputs.gather_share(texts, batch, batch[:1], tight=True)
    assert share["ids"].tolist() == [[1] + [0] * (width - 1)]
    assert share["targets"].tolist() == [2]
    whole = inputs.gather(texts, batch, tight=True)["ids"]
    assert inputs.gather_share(texts, batch, batch, tight=True)["ids"].tolist() == whole.tolist()


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12), st.sampled_from([None, 700]))
def test_where_padding_is_read_a_row_has_its_length_whatever_stands_beside_it(lengths, max_length):
    """Batches of `mixed` inputs hold rows of one padded length only."""
    inputs, texts = Sequences(max_length, skips_padding=False), store(*lengths)
    widths = inputs.padded_lengths(texts)
    for width in set(widths.tolist()):
        rows = np.flatnonzero(widths == width)
        assert inputs.gather(texts, rows, tight=False)["ids"].shape == (len(rows), width)
        assert inputs.gather(texts, rows[:1], tight=False)["ids"].shape == (1, width)
    assert not inputs.mixed


def test_bags_have_no_padding():
    texts = store(2, 3)
    assert Bags(weighted=False).padded_lengths(texts).tolist() == [0, 0]
    batch = Bags(weighted=False).gather(texts, np.array([1, 0]), tight=False)
    assert (batch["tokens"].tolist(), batch["offsets"].tolist()) == ([1, 2, 3, 1, 2], [0, 3, 5])


def test_features_and_targets_stand_beside_the_text():
    columns = store(2, 3).columns
    mixed = Store(
        {
            **columns,
            "categories": np.array([[4, 2], [3, 1]], np.int32),
            "numbers": np.array([[0.5], [-1.0]], np.float32),
        }
    )
    inputs = ModelInputs(Bags(weighted=False), "int32", categories=2, numbers=1)
    batch = inputs.gather(mixed, np.array([1]), tight=False)
    assert list(batch) == list(inputs.signature) == ["tokens", "offsets", "categories", "numbers", "targets"]
    assert {name: np.asarray(array).tolist() for name, array in batch.items()} == {
        "tokens": [1, 2, 3], "offsets": [0, 3], "categories": [[3, 1]], "numbers": [[-1.0]], "targets": [1],
    }  # fmt: skip
    assert [name for name, _ in inputs.signature.items() if name in ModelInputs(None, "float32").signature] == [
        "targets"
    ]


def test_rows_without_a_text_share_batches_as_they_come():
    inputs, rows = ModelInputs(None, "float32", numbers=1), Store({"targets": np.zeros(5, np.float32)})
    assert (inputs.mixed, inputs.padded_lengths(rows).tolist()) == (True, [0] * 5)
    plan = inputs.training_batches(rows, batch_size=2, buckets=True, describe=lambda records, row: {}).plan
    assert sorted(np.concatenate(plan(seed=1, epoch=1)).tolist()) == [0, 1, 2, 3, 4]
    assert [len(batch) for batch in plan(seed=1, epoch=1)] == [2, 2, 1]

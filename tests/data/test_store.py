"""Ragged rows, the store on disk, and the pipeline from a plan to tensors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.batching.pipeline import batches
from seqlab.data.ragged import Ragged
from seqlab.data.store import Store
from seqlab.errors import DataError

rows_of_ints = st.lists(st.lists(st.integers(-5, 5), max_size=6), min_size=1, max_size=8)


@given(rows=rows_of_ints, data=st.data())
def test_gather_equals_picking_rows_one_by_one(rows, data):
    ragged = Ragged.from_rows(rows)
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10))
    gathered = ragged.gather(np.array(chosen, int))
    assert [gathered[i].tolist() for i in range(len(gathered))] == [rows[i] for i in chosen]
    assert gathered.lengths.tolist() == [len(rows[i]) for i in chosen]


@given(texts=st.lists(st.text(st.characters(codec=None)), max_size=5))
def test_any_text_survives(texts):
    ragged = Ragged.from_texts(texts)
    assert [ragged.text(row) for row in range(len(ragged))] == texts


def test_a_saved_store_is_mapped_not_read(tmp_path):
    store = Store({"tokens": Ragged.from_rows([[1, 2], [], [3]]), "targets": np.array([0, 1, 0])})
    store.save(tmp_path)
    opened = Store.open(tmp_path)
    assert len(opened) == 3
    assert isinstance(opened.ragged("tokens").values, np.memmap)
    assert opened.ragged("tokens")[0].tolist() == [1, 2]
    assert opened.flat("targets").tolist() == [0, 1, 0]
    with pytest.raises(TypeError, match="'targets' of the store is flat"):
        opened.ragged("targets")


@pytest.mark.parametrize("damage", ["cut", "missing", "no columns", "pickle"])
def test_a_damaged_store_is_refused(tmp_path, damage):
    Store({"tokens": Ragged.from_rows([[1, 2]])}).save(tmp_path)
    values = tmp_path / "tokens.values.npy"
    if damage == "cut":
        values.write_bytes(values.read_bytes()[:-4])
    elif damage == "missing":
        values.unlink()
    elif damage == "no columns":
        (tmp_path / "columns.json").write_text("{", encoding="utf-8")
    else:
        np.save(values, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="are damaged"):
        Store.open(tmp_path)


def test_batches_follow_the_plan_with_the_signatures_types():
    tokens = Ragged.from_rows([[5], [6, 7], [8, 9, 10]])

    def gather(rows):
        chosen = tokens.gather(rows)
        return {"tokens": chosen.values, "offsets": chosen.offsets}

    signature = {"tokens": ("int32", (None,)), "offsets": ("int32", (None,))}
    dataset = batches([np.array([2, 0]), np.array([1])], gather, signature)
    (specification,) = dataset.element_spec
    assert specification["tokens"].shape.as_list() == [None]
    found = [{name: tensor.numpy().tolist() for name, tensor in batch.items()} for (batch,) in dataset]
    assert found == [{"tokens": [8, 9, 10, 5], "offsets": [0, 3, 4]}, {"tokens": [6, 7], "offsets": [0, 2]}]


def test_devices_share_the_rows_of_a_batch():
    numbers = np.arange(10)
    dataset = batches(
        [np.array([3, 1, 4]), np.array([5, 9])], lambda rows: {"x": numbers[rows]}, {"x": ("int32", (None,))}, shares=2
    )
    assert [[share["x"].numpy().tolist() for share in shares] for shares in dataset] == [[[3, 1], [4]], [[5], [9]]]


def test_a_part_of_examples_has_blocks_of_like_length_of_all_lengths():
    lengths = np.random.default_rng(1).permutation(40)
    ids = Ragged.from_rows([[1] * length for length in lengths])
    store = Store({"text_ids": ids, "targets": lengths, "raw": Ragged.from_texts("x" * 40)})
    assert store.size == 40
    part = store.part(11, 3)
    assert sorted(part.flat("targets").tolist()) == [5, 6, 7, 18, 19, 20, 31, 32, 33]
    assert part.ragged("text_ids").lengths.tolist() == part.flat("targets").tolist()
    assert part.flat("targets").tolist() == [each for each in lengths.tolist() if each in part.flat("targets")]
    assert sorted(store.part(2, 3).flat("targets").tolist()) == [19, 20]
    assert len(store.part(39, 1)) == 39
    assert store.part(40, 3) is store.part(41, 3) is store


def test_a_part_of_rows_without_a_text():
    store = Store({"numbers": np.arange(20).reshape(10, 2)})
    assert store.part(4, 2).flat("numbers")[:, 0].tolist() == [2, 4, 12, 14]


def test_a_part_of_a_text_is_its_beginning():
    row = np.array([0, 6])
    store = Store({"text_ids": Ragged(np.arange(6), row), "characters": Ragged(np.arange(10, 16), row)})
    assert store.size == 6
    part = store.part(4, 3)
    assert (len(part), part.size) == (1, 4)
    assert part.ragged("text_ids")[0].tolist() == [0, 1, 2, 3]
    assert part.ragged("characters")[0].tolist() == [10, 11, 12, 13]


def test_a_single_example_is_no_running_text():
    for others in ({"targets": np.array([1])}, {"raw": Ragged.from_texts(["abcdef"])}):
        store = Store({"text_ids": Ragged.from_rows([[1, 2, 3]]), **others})
        assert store.size == 1
        assert store.part(1, 256) is store

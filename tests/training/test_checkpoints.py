"""Checkpoints under fire: every crash point, flipped bits, cut files. The variables here are plain arrays."""

import errno
import os
import random
import shutil
import sys

import numpy as np
import pytest
from dying import dies_at

from seqlab import files
from seqlab.errors import DataError, SeqlabError
from seqlab.training import checkpoints
from seqlab.training.checkpoints import Checkpoints
from seqlab.training.early_stopping import BestEpoch
from seqlab.training.state import TrainingState


class Variable:
    """As much of a Keras variable as a saver needs."""

    def __init__(self, value):
        self.value = np.asarray(value)

    def numpy(self):
        return self.value

    def assign(self, value):
        self.value = value.copy()

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)


def variables(number=0):
    rng = np.random.default_rng(number)
    return {
        "model/000.kernel": Variable(rng.normal(size=(7, 5)).astype(np.float32)),
        "model/001.seed_generator_state": Variable(rng.integers(0, 99, 2).astype(np.uint32)),
        "optimizer/000.iterations": Variable(np.int64(number)),
    }


def at(step, epoch=1):
    best = BestEpoch("validation.loss", 0.1 + 0.2, 1, 0)
    return TrainingState(best, epoch, step, step, {"loss": (0.1 * step, 3.0)}, history=17, seconds=1 / 3)


def saver(folder, of, heard=None, **rules):
    rules = {"every_seconds": 60.0, "every_epochs": 1} | rules
    say = heard.append if heard is not None else (lambda text: None)
    return Checkpoints(folder / "checkpoints", of, folder / "best", dict, say, **rules)


def test_everything_comes_back_to_the_last_bit(tmp_path):
    before, after = variables(1), variables(2)
    (tmp_path / "best").write_bytes(b"the best")
    saver(tmp_path, before).save(at(5))
    assert saver(tmp_path, after).restore() == at(5)
    for name, variable in before.items():
        assert variable.value.tobytes() == after[name].value.tobytes()
        assert variable.value.shape == after[name].value.shape


def test_the_best_weights_go_back_with_the_rest(tmp_path):
    files.write_bytes(tmp_path / "best", b"the best")
    saver(tmp_path, variables()).save(at(5))
    files.write_bytes(tmp_path / "best", b"a later best")
    saver(tmp_path, variables()).restore()
    assert (tmp_path / "best").read_bytes() == b"the best"


def test_before_the_first_best_there_is_none_to_go_back_to(tmp_path):
    saver(tmp_path, variables()).save(at(1))
    files.write_bytes(tmp_path / "best", b"from a future that did not happen")
    saver(tmp_path, variables()).restore()
    assert not (tmp_path / "best").exists()


def test_two_are_kept_and_nothing_is_found_where_nothing_is(tmp_path):
    callbacks = saver(tmp_path, variables())
    assert callbacks.restore() is None
    for step in (9, 10, 100, 1000):
        callbacks.save(at(step))
    assert [path.name for path in checkpoints.saved(tmp_path / "checkpoints")] == ["000000100-00001", "000001000-00001"]
    assert callbacks.restore() == at(1000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model/000.kernel": None}, "'model/000.kernel' is not part of the model"),
        ({"model/002.more": Variable(np.zeros(1))}, r"'model/002.more' is missing"),
        ({"model/000.kernel": Variable(np.zeros((7, 6), np.float32))}, r"is float32\(7, 5\), not float32\(7, 6\)"),
        ({"model/000.kernel": Variable(np.zeros((7, 5)))}, "is float32.*not float64"),
    ],
)
def test_another_model_is_refused_and_nothing_is_set(tmp_path, change, message):
    saver(tmp_path, variables(1)).save(at(5))
    other = {name: variable for name, variable in (variables(2) | change).items() if variable is not None}
    before = {name: variable.value.copy() for name, variable in other.items()}
    with pytest.raises(DataError, match=message):
        saver(tmp_path, other).restore()
    assert all((variable.value == before[name]).all() for name, variable in other.items())


def test_an_epochs_save_that_would_cost_too_much_is_left_out(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])
    callbacks = saver(tmp_path, variables(), every_seconds=60, _last=0.0)
    real = callbacks._write

    def slow(directory, position):
        now[0] += 1.0  # a save takes a second
        real(directory, position)

    monkeypatch.setattr(callbacks, "_write", slow, raising=False)
    saved_at = []
    for epoch in range(2, 102):
        now[0] += 3.0  # an epoch takes three
        before = callbacks.saves
        callbacks.after_epoch(at(epoch, epoch))
        if callbacks.saves > before:
            saved_at.append(epoch)
    # Twenty seconds must lie between two saves of a second: seven epochs of three.
    assert saved_at[:3] == [2, 9, 16]
    now[0] += 59
    before = callbacks.saves
    callbacks.after_call(at(500))
    now[0] += 2
    callbacks.after_call(at(501))
    assert callbacks.saves == before + 1


@pytest.mark.parametrize("name", [checkpoints.ARRAYS, checkpoints.STATE, checkpoints.MANIFEST, checkpoints.BEST])
@pytest.mark.parametrize("how", ["flipped bit", "truncation"])
def test_damage_anywhere_in_any_file_is_found(tmp_path, name, how):
    rng = random.Random(f"{name} {how}")
    files.write_bytes(tmp_path / "best", bytes(range(256)))
    callbacks = saver(tmp_path, variables(1))
    callbacks.save(at(1))
    files.write_bytes(tmp_path / "best", bytes(range(256)))
    callbacks.save(at(2))
    (_, newest) = checkpoints.saved(tmp_path / "checkpoints")
    whole = (newest / name).read_bytes()
    for _ in range(20):
        place = rng.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        (newest / name).unlink()
        (newest / name).write_bytes(damaged if how == "flipped bit" else whole[:place])
        heard = []
        assert saver(tmp_path, variables(2), heard).restore() == at(1)
        assert "is damaged" in heard[0]


def test_arrays_that_are_none_are_damaged_whatever_the_manifest_says(tmp_path):
    callbacks = saver(tmp_path, variables(1))
    callbacks.save(at(1))
    assert checkpoints.restorable(tmp_path / "checkpoints")
    (newest,) = checkpoints.saved(tmp_path / "checkpoints")
    (newest / checkpoints.ARRAYS).write_bytes(b"none")
    (newest / checkpoints.MANIFEST).unlink()
    files.write_json(newest / checkpoints.MANIFEST, checkpoints._manifest(newest))
    heard = []
    assert saver(tmp_path, variables(2), heard).restore() is None
    assert "is damaged (arrays.safetensors: " in heard[0]
    assert not checkpoints.restorable(tmp_path / "checkpoints")


@pytest.mark.parametrize("call", ["open", "fsync", "rename", "replace", "rmtree", "link"])
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_crash_at_any_point_of_a_save_leaves_the_last_or_the_one_before(tmp_path, call):
    """A child process dies, without any cleaning up, at the first, second, third … call inside a save."""
    files.write_bytes(tmp_path / "best", b"best")
    callbacks = saver(tmp_path, variables(1))
    callbacks.save(at(1))
    callbacks.save(at(2))
    original = tmp_path / "original"
    shutil.copytree(tmp_path / "checkpoints", original)
    died, place = True, 0
    while died:
        place += 1
        shutil.rmtree(tmp_path / "checkpoints")
        shutil.copytree(original, tmp_path / "checkpoints")
        died = dies_at(call, place, lambda: saver(tmp_path, variables(3)).save(at(3)))
        found = variables(9)
        position = saver(tmp_path, found).restore()
        assert position in [at(2), at(3)] if died else position == at(3)
        expected = variables(3 if position == at(3) else 1)
        assert all((found[name].value == expected[name].value).all() for name in found)
        saver(tmp_path, variables(4)).save(at(4))  # and the next save works in what the crash left
        assert saver(tmp_path, found).restore() == at(4)
        assert not list((tmp_path / "checkpoints").glob("*.seqlab-tmp-*"))
    assert place > 1


def test_a_full_disk_tells_whether_there_is_an_earlier_checkpoint(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    callbacks = saver(tmp_path, variables(1))
    with monkeypatch.context() as patch, pytest.raises(SeqlabError, match=r"there is no earlier one\. Free some space"):
        patch.setattr(os, "fsync", full)
        callbacks.save(at(1))
    callbacks.save(at(1))
    with monkeypatch.context() as patch, pytest.raises(SeqlabError, match=r"the previous one is intact\. Free some"):
        patch.setattr(os, "fsync", full)
        callbacks.save(at(2))


@pytest.mark.parametrize("place", range(1, 12))
def test_a_disk_that_fills_at_any_write_keeps_the_one_before(tmp_path, monkeypatch, place):
    files.write_bytes(tmp_path / "best", b"best")
    callbacks = saver(tmp_path, variables(1))
    callbacks.save(at(1))
    real, calls = os.fsync, [0]

    def full(descriptor):
        calls[0] += 1
        if calls[0] == place:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    if place <= 8:
        with pytest.raises(SeqlabError, match=r"the disk is full: cannot write a checkpoint of 0\.0 MB"):
            callbacks.save(at(2))
    monkeypatch.undo()
    assert saver(tmp_path, variables(2)).restore() in [at(1), at(2)]
    assert not [path for path in (tmp_path / "checkpoints").iterdir() if ".seqlab-tmp-" in path.name]

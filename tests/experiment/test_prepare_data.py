"""What prepares data in which processes, and that their number changes no byte."""

import contextlib

import numpy as np
import pytest
from pretended_processes import Elsewhere, processes

from seqlab.config import load
from seqlab.data.splits.load_splits import locate
from seqlab.experiment import prepare_data as module
from seqlab.progress import SILENT

QUICK = {
    "version": 1,
    "task": "classification",
    "data": {"name": "synthetic", "size": 300},
    "vectorizer": {"name": "words", "ngrams": 2, "max_tokens": 60, "output": "count"},
    "model": {"name": "bag"},
}


def prepared(tmp_path, monkeypatch, name, **changes):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / name))
    experiment = load({**QUICK, **changes}).experiment
    return module.prepare_data(experiment, locate(experiment.data), SILENT, import_tensorflow=False)


def files_of(data):
    return {path.relative_to(data.directory): path.read_bytes() for path in data.directory.rglob("*") if path.is_file()}


def test_several_processes_prepare_the_same_files(tmp_path, monkeypatch):
    alone, pools = files_of(prepared(tmp_path, monkeypatch, "alone")), []

    @contextlib.contextmanager
    def pretended(most, plugins):
        pools.append(Elsewhere())
        with processes(pools[-1], 500):
            yield

    monkeypatch.setattr(module, "several_processes", pretended)
    data = prepared(tmp_path, monkeypatch, "several")
    assert pools[0].running
    assert files_of(data) == alone
    assert np.asarray(data.stores["train"].ragged("text_ids").values).size > 1000


@pytest.mark.parametrize(("threads", "most"), [(3, 3), (1, 1), (None, 5)])
def test_there_are_as_many_as_threads_or_cores(tmp_path, monkeypatch, threads, most):
    asked = []

    @contextlib.contextmanager
    def heard(*arguments):
        asked.append(arguments)
        yield

    monkeypatch.setattr(module, "several_processes", heard)
    monkeypatch.setattr(module, "usable_cores", lambda: 5)
    prepared(tmp_path, monkeypatch, "cache", runtime={"threads": threads})
    prepared(tmp_path, monkeypatch, "cache", runtime={"threads": 7})
    assert asked == [(most, ())], "the number of processes is no reason to prepare again"

"""A step that several devices share is the step of one."""

import functools
import json
import subprocess
import sys

import pytest
from divided import GIVEN, in_parts, losses
from quick import DOCUMENT_VECTORS, QUICK, WORD_VECTORS, trained

from seqlab import config
from seqlab.errors import RequestError
from seqlab.experiment import setup
from seqlab.progress import SILENT

IN_PARTS = {f"{name} in parts": in_parts(GIVEN[name], 3) for name in ("streams", "bag")}
"""33 rows in 3 parts on 2 devices: 6 rows each, but 5 of the last parts."""


@pytest.fixture(scope="module")
def of_two_devices(tmp_path_factory):
    """All trainings in one process of its own, whose CPU is split in two before TensorFlow's first operation."""
    folder = tmp_path_factory.mktemp("two")
    for name, given in (GIVEN | IN_PARTS).items():
        folder.joinpath(f"{name}.json").write_text(json.dumps(given), encoding="utf-8")
    script = (
        "import json, sys; from pathlib import Path; from seqlab import config, experiment\n"
        "from seqlab.layers.rnn import recurrent\n"
        "recurrent.COMPILED_UNITS = dict.fromkeys(recurrent.COMPILED_UNITS, 0)\n"  # as tests/conftest.py
        "for path in Path(sys.argv[1]).glob('*.json'):\n"
        "    given = json.loads(path.read_text('utf-8'))\n"
        "    experiment.train(config.load(given, ['runtime.devices=2']), path.with_suffix(''))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)
    from seqlab import runs

    return {name: runs.list_runs(folder / name)[0].run for name in GIVEN | IN_PARTS}


@pytest.fixture(scope="module")
def of_one_device(tmp_path_factory):
    """`of_one_device(name)` → the losses of that training."""
    return functools.cache(lambda name: losses(trained(tmp_path_factory.mktemp("one"), given=GIVEN[name])))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*GIVEN, *IN_PARTS])
def test_the_losses_are_those_of_one_device(of_two_devices, of_one_device, name):
    two = of_two_devices[name]
    assert len(two.metadata()["machine"]["devices"]) == 2
    assert losses(two) == pytest.approx(of_one_device(name.removesuffix(" in parts")), rel=2e-5)


@pytest.mark.parametrize("given", [WORD_VECTORS, DOCUMENT_VECTORS], ids=lambda given: given["model"]["name"])
def test_word_vectors_refuse_several_devices(given):
    """The words of a batch are context for each other."""
    with pytest.raises(config.ConfigError, match=r"cannot be split\s+over\s+several devices: leave devices out"):
        config.load(given, ["runtime.devices=2"])


def test_in_a_process_that_has_begun_it_is_too_late(tmp_path):
    trained(tmp_path, "training.epochs=1")
    with pytest.raises(RequestError, match=r"runtime.devices=3 cannot be set.*start a new process"):
        trained(tmp_path, "runtime.devices=3")


def test_threads_are_as_many_as_a_container_keeps_busy(monkeypatch):
    asked = []
    monkeypatch.setattr(setup.runtime, "prepare", lambda **options: asked.append(options))
    for quota, threads, expected in ((2, None, (2, {"threads"})), (2, 3, (3, set())), (8, None, (None, set()))):
        monkeypatch.setattr(setup, "usable_cores", lambda quota=quota: quota)
        monkeypatch.setattr(setup, "scheduled_cores", lambda: 8)
        setup.prepare_runtime(config.load(QUICK, [f"runtime.threads={threads or 'null'}"]).experiment, SILENT)
        assert (asked[-1]["threads"], set(asked[-1]["flexible"])) == expected


def test_a_batch_has_a_row_for_every_device():
    with pytest.raises(config.ConfigError, match="a batch of 4 cannot be split over 8 devices"):
        config.load(QUICK, ["training.batch_size=4", "runtime.devices=8"])

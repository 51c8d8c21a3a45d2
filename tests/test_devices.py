"""A step that several devices share is the step of one."""

import json
import subprocess
import sys

import pytest
from quick import DOCUMENT_VECTORS, QUICK, TRANSLATED, WORD_VECTORS, trained

from seqlab import config
from seqlab.errors import RequestError

TINY = {
    **QUICK,
    "data": {"name": "synthetic", "size": 300},
    "vectorizer": {"name": "words", "max_length": 30},
    "model": {"name": "recurrent", "cell": "gru", "units": 4, "embedding": 8, "dropout": 0.0},
    "training": {"epochs": 2, "batch_size": 33, "clip_norm": 0.5, "learning_rate": 1e-2},
}
"""300 · 0.8 rows in batches of 33: the last one is short, and no batch can be halved."""
CLASSES = {**TINY, "model": {"name": "bag", "dropout": 0.0}, "vectorizer": {"name": "words"}}
PHRASES = {
    **TRANSLATED,
    "data": TINY["data"],
    "model": {
        "name": "recurrent_encoder_decoder",
        "units": 66,
        "embedding": 8,
        "dropout": 0.0,
        # Counts its steps on every device; so near to one that no coin falls on the other side.
        "teacher_forcing": {"start": 1.0, "end": 0.9999999, "steps": 5},
    },
    "training": TINY["training"],
    "metrics": ["perplexity"],
}
TRANSFORMED = {**TINY, "model": {"name": "transformer", "heads": 2, "width": 8, "feed_forward": 8, "dropout": 0.0}}
PRICES = {
    "task": "regression",
    "data": {"name": "synthetic", "size": 154},
    "model": {"name": "tabular", "hidden": 4},
    "training": TINY["training"],
}
STREAMS = {
    "task": "language_model",
    "data": {"name": "synthetic", "size": 4_000},
    "vectorizer": "characters",
    "model": {"name": "recurrent", "cell": "gru", "units": 130, "embedding": 8, "layers": 2, "stateful": True},
    "training": {**TINY["training"], "window": 20},
}
"""33 streams, 17 on one device and 16 on the other: each device carries the states of its own."""
GIVEN = {
    "recurrent": TINY,
    "bag": CLASSES,
    "transformer": TRANSFORMED,
    "features": PRICES,
    "streams": STREAMS,
    "translation": PHRASES,
}


def losses(run):
    return [line["train.loss"] for line in run.metrics()] + [line["validation.loss"] for line in run.metrics()]


@pytest.fixture(scope="module")
def of_two_devices(tmp_path_factory):
    """All trainings in one process of its own, whose CPU is split in two before TensorFlow's first operation."""
    folder = tmp_path_factory.mktemp("two")
    for name, given in GIVEN.items():
        folder.joinpath(f"{name}.json").write_text(json.dumps(given), encoding="utf-8")
    script = (
        "import json, sys; from pathlib import Path; from seqlab import config, experiment\n"
        "for path in Path(sys.argv[1]).glob('*.json'):\n"
        "    given = json.loads(path.read_text('utf-8'))\n"
        "    experiment.train(config.load(given, ['runtime.devices=2']), path.with_suffix(''))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)
    from seqlab import runs

    return {name: runs.list_runs(folder / name)[0].run for name in GIVEN}


@pytest.mark.slow
@pytest.mark.parametrize("name", GIVEN)
def test_the_losses_are_those_of_one_device(of_two_devices, tmp_path, name):
    two = of_two_devices[name]
    assert len(two.metadata()["machine"]["devices"]) == 2
    assert losses(two) == pytest.approx(losses(trained(tmp_path, given=GIVEN[name])), rel=2e-5)


@pytest.mark.parametrize("given", [WORD_VECTORS, DOCUMENT_VECTORS], ids=lambda given: given["model"]["name"])
def test_word_vectors_refuse_several_devices(given):
    """The words of a batch are context for each other."""
    with pytest.raises(config.ConfigError, match=r"cannot be split\s+over\s+several devices: leave devices out"):
        config.load(given, ["runtime.devices=2"])


def test_in_a_process_that_has_begun_it_is_too_late(tmp_path):
    trained(tmp_path, "training.epochs=1")
    with pytest.raises(RequestError, match=r"runtime.devices=3 cannot be set.*start a new process"):
        trained(tmp_path, "runtime.devices=3")


def test_a_batch_has_a_row_for_every_device():
    with pytest.raises(config.ConfigError, match="a batch of 4 cannot be split over 8 devices"):
        config.load(QUICK, ["training.batch_size=4", "runtime.devices=8"])

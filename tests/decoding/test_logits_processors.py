"""Each logits processor by hand, and one of a plug-in in help, parts, schema and texts."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

from seqlab.cli.application import app
from seqlab.decoding import logits_processors
from seqlab.decoding.logits_processors import LOGITS_PROCESSORS
from seqlab.decoding.sampling import Sampler
from seqlab.decoding.sampling_options import SamplingOptions, processor_options, sampling_schema

LOGITS = tf.constant([[1.0, 3.0, -2.0, 3.0, 0.0], [0.0, 0.0, 0.0, 0.0, -np.inf]])
SEEN = tf.constant([[False, True, True, False, False], [True, False, False, False, False]])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("repetition_penalty", 2.0, [[1, 1.5, -4, 3, 0], [0, 0, 0, 0, None]]),
        ("top_k", 1, [[None, 3, None, None, None], [0, None, None, None, None]]),
        ("top_k", 3, [[1, 3, None, 3, None], [0, 0, 0, None, None]]),
        ("temperature", 0.5, [[-4, 0, -10, 0, -6], [0, 0, 0, 0, None]]),
        ("temperature", 0.0, [[-2, 0, -5, 0, -3], [0, 0, 0, 0, None]]),
        ("top_p", 0.5, [[None, 3, None, 3, None], [0, 0, None, None, None]]),
        ("top_p", 0.4, [[None, 3, None, None, None], [0, 0, None, None, None]]),
        ("min_p", 0.1, [[1, 3, None, 3, None], [0, 0, 0, 0, None]]),
    ],
)
def test_by_hand(name, value, expected):
    found = getattr(logits_processors, name)(LOGITS, SEEN, **{name: tensor(name, value)}).numpy()
    assert [[None if each == -np.inf else each for each in row] for row in found.tolist()] == expected


def tensor(name, value):
    return tf.constant(value, tf.int32 if processor_options()[name].type is int else tf.float64)


def test_defaults_change_nothing():
    """The temperature alone lowers all logits by the largest one."""
    for processor in LOGITS_PROCESSORS:
        name = processor.component_name()
        default = 2**31 - 1 if name == "top_k" else processor_options()[name].default
        found = getattr(logits_processors, name)(LOGITS, SEEN, **{name: tensor(name, default)})
        expected = LOGITS - [[3.0], [0.0]] if name == "temperature" else LOGITS
        np.testing.assert_array_equal(found, expected)


PLUG_IN = '''
"""A processor of my own."""

from typing import Annotated

import numpy as np
from pydantic import Field

from seqlab.decoding.logits_processors import LOGITS_PROCESSORS


@LOGITS_PROCESSORS.add
def forbid_below(
    logits, seen, *, forbid_below: Annotated[int, Field(ge=0, description="Never draw ids below this one.")] = 0
):
    """Forbids the first ids of the vocabulary."""
    import tensorflow as tf

    return tf.where(tf.range(tf.shape(logits)[1]) >= forbid_below, logits, -np.inf)
'''


@pytest.fixture
def plug_in(tmp_path, monkeypatch, own_logits_processors):
    """The name of a module in the current folder that registers a processor."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delitem(sys.modules, "processor_of_my_own", raising=False)
    Path("processor_of_my_own.py").write_text(PLUG_IN, encoding="utf-8")
    yield "processor_of_my_own"
    sys.modules.pop("processor_of_my_own", None)


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_plug_in_appears_in_help_parts_and_schema(plug_in):
    assert "--forbid-below" not in run("generate", "--help")
    help_text = " ".join(run("generate", "--help", "--plugin", plug_in).split())
    assert "--forbid-below" in help_text
    assert "Never draw ids below this one." in help_text
    assert sampling_schema()["properties"]["forbid_below"] == {
        "description": "Never draw ids below this one.", "type": "integer", "minimum": 0, "default": 0,
    }  # fmt: skip
    (part,) = json.loads(run("parts", "logits_processor", "forbid_below", "--json", "--plugin", plug_in))
    assert part["options"] == [
        {"name": "forbid_below", "allowed": "a whole number of at least 0", "default": "0",
         "help": "Never draw ids below this one."}
    ]  # fmt: skip
    assert part["source"].endswith("processor_of_my_own.py:12")


def test_a_plug_in_takes_effect(plug_in):
    run("generate", "--help", f"--plugin={plug_in}")
    sampler = Sampler(lambda ids, state: (state, state), 6)
    carry = sampler.start(tf.zeros((50, 6)), tf.zeros((50, 1), tf.int32))
    ids = sampler.advance(carry, SamplingOptions(forbid_below=4, temperature=2.0), 20)[0].numpy()
    assert set(ids.ravel().tolist()) == {4, 5}
    greedy = sampler.advance(carry, SamplingOptions(forbid_below=3, temperature=0), 5)[0].numpy()
    assert set(greedy.ravel().tolist()) == {3}
    plain = sampler.advance(carry, SamplingOptions(), 20)[0].numpy()
    assert set(plain.ravel().tolist()) == set(range(6))


def test_a_plug_in_registered_after_a_text_was_drawn_changes_no_other_text(plug_in):
    sampler = Sampler(lambda ids, state: (state, state), 6)
    carry = sampler.start(tf.zeros((5, 6)), tf.zeros((5, 1), tf.int32))
    options = SamplingOptions(top_k=5, seed=3)
    before = sampler.advance(carry, options, 20)[0].numpy()
    run("generate", "--help", "--plugin", plug_in)
    np.testing.assert_array_equal(sampler.advance(carry, options, 20)[0], before)


@pytest.mark.process
def test_the_options_are_described_without_tensorflow_and_numpy():
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = sys.modules['numpy'] = None\n"
        "from seqlab.cli.application import app; app(['generate', '--help'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "--repetition-penalty" in done.stdout, done.stderr

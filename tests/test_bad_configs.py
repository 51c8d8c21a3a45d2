"""Bad configs, overrides and plug-ins as a user meets them at the command line; see `test_bad_input.py`."""

import sys
from pathlib import Path

import pytest
import yaml
from quick import QUICK
from shell import forbidden, write

from seqlab.models.classification import CLASSIFIERS

QUICK_YAML = yaml.safe_dump(QUICK, sort_keys=False)

BOMB = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{f'*{a},' * 8}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", ["the file is empty; run `seqlab init classification` for a config to start from"]),
        ("- task: classification\n", ["expected a mapping of keys, got a list"]),
        (f"{QUICK_YAML}model: bag\n", ["duplicate key 'model' (first on line 8); keep one"]),
        (f"{QUICK_YAML}runtime:\n\tseed: 1\n", ["a tab; YAML requires spaces"]),
        (
            f"{QUICK_YAML}expected: !!python/object/apply:os.system [touch canary]\n",
            ["tags such as '!!python"],
        ),
        (BOMB, ["more than 10000 values, the limit for a config"]),
        ("a: &a [*a]\n", ["nested deeper than 32 levels"]),
        (QUICK_YAML.replace("model: bag", "model: 3"), ["model: 3 is a whole number; expected the name of a classif"]),
        (f"{QUICK_YAML}traning: {{}}\n", ["unknown key 'traning'; did you mean 'training'?"]),
        ("task: classification\n", ["'data' is missing", "'vectorizer' is missing", "'model' is missing"]),
        (QUICK_YAML.encode() + b"# caf\xe9\n", ["byte 0xe9 at offset", "is not UTF-8; save the file as UTF-8"]),
        (QUICK_YAML + "# \x1b[31m\n", ["YAML does not allow the control character U+001B"]),
        (QUICK_YAML + '"\\e[31m[/b]": 1\n', [r"unknown key '\x1b[31m[/b]'"]),
        (QUICK_YAML + "# long\n" * 50_000, ["is larger than 256 KiB, the limit for a config"]),
    ],
)
def test_configs_that_are_none(seqlab, content, says):
    write("bad.yaml", content)
    seqlab.refuses(2, "train", "bad.yaml", says=["bad.yaml", *says])
    seqlab.refuses(2, "check", "bad.yaml", says=["bad.yaml", *says])
    assert not Path("canary").exists()


def test_configs_that_are_not_there(seqlab):
    seqlab.refuses(2, "train", "runs", says=["runs is a directory; a config is a YAML file"])
    seqlab.refuses(
        2, "train", "quikstart", says=["no file or recipe 'quikstart'; did you mean the recipe 'quickstart'?"]
    )
    seqlab.refuses(2, "check", "\x1b[31m", says=[r"no file or recipe '\x1b[31m'"])
    write("quick.yaml", QUICK_YAML)
    forbidden("quick.yaml")
    seqlab.refuses(2, "train", "quick.yaml", says=["quick.yaml cannot be read: Permission denied"])


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("training.epochs=0", "0 is too small; expected a whole number above 0"),
        ("training.epochs=-1", "-1 is too small; expected a whole number above 0"),
        ("training.epochs=true", "true is a boolean; expected a whole number above 0"),
        ("training.learning_rate=0", "0 is too small; expected a number above 0"),
        ("training.learning_rate=.inf", "inf is not finite; expected a number above 0"),
        ("training.learning_rate=fast", "'fast' is text; expected a number above 0"),
        ("training.batch_size=0", "0 is too small; expected a whole number above 0"),
        ("training.monitor=validation.acuracy", "unknown metric 'acuracy'; did you mean 'accuracy'?"),
        ("training.monitor=test.accuracy", "the test split is scored once, after training"),
        ("metrics=[acuracy]", "unknown metric 'acuracy'; did you mean 'accuracy'?"),
        ("model={name: recurrent, units: 0}", "model.units: 0 is too small; expected a whole number above 0"),
        ("model={name: separable_conv, kernel: 0}", "model.kernel: 0 is too small"),
        ("vectorizer.max_tokens=1", "1 leaves no room for a word beside 2 special ids"),
        ("vectorizer.ngrams=1000000000", "1000000000 is too large; expected a whole number"),
        ("runtime.threads=100000", "100000 is too large; expected a whole number"),
        ("data.size=100000000000", "100000000000 is too large; expected a whole number"),
        ("data.path=\x1b[31m", "YAML does not allow the control character U+001B"),
        ("no equals sign", "expected KEY=VALUE"),
    ],
)
def test_values_that_make_no_sense(seqlab, override, says):
    write("quick.yaml", QUICK_YAML)
    seqlab.refuses(2, "train", "quick.yaml", override, says=["command line: ", says])


def test_one_hot_vectors_of_a_million_words(seqlab):
    write("quick.yaml", QUICK_YAML)
    asked = ["vectorizer={name: words, max_tokens: 1000000}", "model={name: recurrent, one_hot: true}"]
    says = ["one-hot vectors of 1,000,000 tokens make a kernel too large", "vectorizer.max_tokens to 200,000 or less"]
    seqlab.refuses(2, "train", "quick.yaml", *asked, says=says)
    assert "one_hot: true" in seqlab.works(
        "config", "show", "quick.yaml", asked[0].replace("1000000", "200000"), asked[1]
    )


BRANCHING = """
from typing import Literal

from seqlab.models.classification import CLASSIFIERS, Classifier


@CLASSIFIERS.add
class Branching(Classifier):
    reads = "bag"
    compiles = False
    name: Literal["branching"] = "branching"

    def build(self, context):
        import keras
        import tensorflow as tf

        from seqlab.layers.bag import SumOfRows

        class Branch(keras.layers.Layer):
            def compute_output_shape(self, shape):
                return shape

            def call(self, rows):
                if tf.reduce_sum(rows) > 0:
                    return -rows
                return rows

        inputs = {name: keras.Input(batch_shape=(None,), dtype="int32", name=name) for name in ("tokens", "offsets")}
        rows = SumOfRows(context.vocabulary_size, context.outputs)(**inputs)
        return keras.Model(inputs, Branch(name="logits")(rows))
"""


@pytest.fixture
def branching(monkeypatch):
    """A plug-in beside the config, which is forgotten afterwards."""
    monkeypatch.setattr(CLASSIFIERS, "_components", dict(CLASSIFIERS._components))
    write("branching_parts.py", BRANCHING)
    write("quick.yaml", f"{QUICK_YAML.replace('model: bag', 'model: branching')}plugins: [branching_parts]\n")
    yield
    sys.modules.pop("branching_parts", None)


def test_a_plug_in_that_fails_in_training_is_named_with_its_line(seqlab, branching, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = seqlab("train", "quick.yaml")
    assert result.exit_code == 1
    line = BRANCHING.splitlines().index(" " * 16 + "if tf.reduce_sum(rows) > 0:") + 1
    assert f"error: the plug-in 'branching_parts' failed (branching_parts.py, line {line}: Operator" in result.stderr
    assert "Using a symbolic `tf.Tensor` as a Python `bool` is not allowed" in result.stderr
    assert "report it" not in result.stderr

"""`seqlab generate` with a tiny model: what is streamed, what is counted, what is refused."""

import json
import sys
from pathlib import Path

import pytest
from quick import trained
from shell import Shell

GIVEN = {
    "task": "language_model",
    "data": {"name": "synthetic", "size": 5_000},
    "vectorizer": {"name": "characters", "unknown": True},
    "model": {"name": "recurrent", "units": 8},
    "training": {"epochs": 1, "batch_size": 8, "window": 20, "learning_rate": 1e-2},
}


@pytest.fixture(scope="module")
def trained_runs(tmp_path_factory):
    """A folder with a run of a language model and one of a classifier."""
    folder = tmp_path_factory.mktemp("generate")
    return folder, trained(folder / "runs", given=GIVEN).id, trained(folder / "runs", "training.epochs=1").id


@pytest.fixture
def shell(trained_runs, monkeypatch):
    folder, writer, classifier = trained_runs
    monkeypatch.delenv("SEQLAB_RUNS_DIR", raising=False)
    monkeypatch.chdir(folder)
    return Shell(), writer, classifier


@pytest.mark.slow
def test_a_seed_gives_the_same_text_streamed_in_a_list_and_as_json(shell):
    run, writer, _ = shell
    streamed = run.works("generate", "--prompt", "the ", "--length", "70", "--seed", "4")
    assert streamed == run.works("generate", "--prompt", "the ", "--length", "70", "--seed", "4", "--run", writer)
    assert streamed.startswith("the ")
    assert len(streamed) == len("the ") + 70 + 1
    several = run.works("generate", "--prompt", "the ", "--length", "70", "--seed", "4", "--samples", "2")
    assert f"--- 1 ---\n{streamed}--- 2 ---\nthe " in several
    answer = json.loads(run.works("generate", "--prompt", "the ", "--length", "70", "--seed", "4", "--json"))
    assert answer == {"run": writer, "prompt": "the ", "seed": 4, "texts": [streamed[4:-1]]}


def test_without_a_seed_the_one_used_is_printed(shell):
    run, _, _ = shell
    first = run("generate", "--length", "40")
    seed = first.stderr.split("--seed ")[1].split()[0]
    assert run.works("generate", "--length", "40", "--seed", seed) == first.stdout


def test_the_report_comes_after_the_text(shell):
    run, _, _ = shell
    out = run.works("generate", "--length", "200", "--seed", "1", "--report")
    assert "bits_per_character" in out
    report = json.loads(run.works("generate", "--length", "200", "--seed", "1", "--report", "--json"))["report"]
    assert 0 < report["test.bits_per_character"] < 20


def test_unknown_tokens_of_a_prompt_are_reported(shell):
    run, _, _ = shell
    result = run("generate", "--prompt", "the \u00df\u00dfX", "--length", "5", "--seed", "1")
    assert result.exit_code == 0
    assert "not in the training text, and read as unknown: 'ß', 'X'" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--temperature", "-1"], "temperature is -1.0; it must be a finite number of at least 0"),
        (["--temperature", "nan"], "temperature is nan"),
        (["--top-p", "0"], "top-p is 0.0; it must be a finite number above 0"),
        (["--top-k", "0"], "top-k is 0; it must be a whole number above 0"),
        (["--min-p", "2"], "min-p is 2.0"),
        (["--repetition-penalty", "0"], "repetition-penalty is 0.0"),
        (["--seed", "-1"], "seed is -1"),
        (["--prompt", ""], "the prompt is empty"),
        (["--run", "nothing"], "nothing"),
    ],
)
def test_what_is_refused(shell, arguments, says):
    run, _, _ = shell
    run.refuses(2, "generate", *arguments, says=[says])


@pytest.mark.parametrize("arguments", [["--length", "0"], ["--samples", "0"], ["--length", "many"]])
def test_numbers_that_are_none(shell, arguments):
    run, _, _ = shell
    result = run("generate", *arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.stderr


def test_overrides_say_where_the_data_are(shell):
    """The report compares the text with the training text; the prompt may look like an override."""
    run, _, _ = shell
    arguments = ("generate", "--prompt", "data.path=x", "--length", "5", "--seed", "1")
    assert run.works(*arguments, "--set", "metrics=[perplexity]") == run.works(*arguments)
    run.refuses(2, *arguments, "--set", "model.units=4", says=["model.units belongs to the trained model"])


PLUG_IN = '''
from typing import Annotated

import numpy as np
from pydantic import Field

from seqlab.decoding.logits_processors import LOGITS_PROCESSORS


@LOGITS_PROCESSORS.add
def no_repeats(logits, seen, *, no_repeats: Annotated[bool, Field(description="No token twice.")] = False):
    """Never draws a token twice."""
    import tensorflow as tf

    return tf.where(no_repeats & seen, tf.constant(-np.inf, logits.dtype), logits)
'''


@pytest.mark.slow
@pytest.mark.usefixtures("own_logits_processors")
def test_an_option_of_a_plug_in(shell):
    run, _, _ = shell
    Path("no_repeats.py").write_text(PLUG_IN, encoding="utf-8")
    arguments = ("generate", "--prompt", "t", "--length", "8", "--seed", "3", "--temperature", "2")
    before = run.works(*arguments)
    assert run.works(*arguments, "--plugin", "no_repeats") == before
    text = run.works(*arguments, "--plugin", "no_repeats", "--no-repeats").removesuffix("\n")
    assert len(set(text)) == len(text) == 9
    sys.modules.pop("no_repeats", None)
    message = run.refuses(2, "generate", "--plugin", "no_such_plug_in")
    assert "cannot import the plug-in 'no_such_plug_in'" in message


def test_a_classifier_does_not_generate(shell):
    run, _, classifier = shell
    message = run.refuses(2, "generate", "--run", classifier)
    assert "classification" in message


def test_the_short_option_of_help(invoke):
    result = invoke("generate", "-h")
    assert (result.exit_code, "--temperature" in result.stdout) == (0, True)

"""Batches that cannot be divided as a config asks for."""

import pytest
from divided import GIVEN
from quick import DOCUMENT_VECTORS, QUICK, WORD_VECTORS

from seqlab import config


def in_lines(message):
    """A pattern of the message, wherever its lines are wrapped."""
    return r"\s+".join(message.split())


@pytest.mark.parametrize("given", [WORD_VECTORS, DOCUMENT_VECTORS], ids=lambda given: given["model"]["name"])
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.accumulate=2", "cannot be computed in parts: leave accumulate out, or lower batch_size"),
        ("training.batch_size=auto", "cannot be computed in parts when memory runs out: give a number, such as 512"),
    ],
)
def test_word_vectors_refuse_parts(given, override, message):
    """The words of a batch are context for each other."""
    with pytest.raises(config.ConfigError, match=in_lines(message)):
        config.load(given, [override])


def test_there_is_an_example_for_every_part():
    with pytest.raises(
        config.ConfigError, match=in_lines("a batch of 32 cannot be computed in 33 parts: use at most 32")
    ):
        config.load(QUICK, ["training.accumulate=33"])
    with pytest.raises(config.ConfigError, match=in_lines("computed in 20 parts on 2 devices: use at most 16")):
        config.load(QUICK, ["training.accumulate=20", "runtime.devices=2"])
    given = {**GIVEN["translation"], "training": {"batch_tokens": 6_000}}
    config.load(given, ["training.accumulate=40"])  # how many examples there are is not known


def test_auto_is_the_default_of_the_task_and_stays_auto():
    automatic = config.load(QUICK, ["training.batch_size=auto"]).experiment
    assert automatic.training.effective_batch_size == config.load(QUICK).experiment.training.batch_size == 32
    assert config.dump(automatic)["training"]["batch_size"] == "auto"
    assert config.load(config.dump(automatic)).experiment == automatic


@pytest.mark.parametrize(("value", "message"), [("atuo", "'atuo' is text"), ("0", "0 is too small"), ("2.5", "2.5 is")])
def test_neither_a_number_of_examples_nor_auto(value, message):
    with pytest.raises(config.ConfigError, match=in_lines(message)) as refusal:
        config.load(QUICK, [f"training.batch_size={value}"])
    assert "expected a whole number above 0 or auto" in " ".join(str(refusal.value).split())


def test_the_schema_accepts_both():
    schema = config.json_schema()
    (classification,) = (
        each["then"] for each in schema["allOf"] if each["if"]["properties"]["task"]["const"] == "classification"
    )
    size = classification["properties"]["training"]["properties"]["batch_size"]
    assert [option.get("const", option.get("type")) for option in size["anyOf"]] == ["integer", "auto"]

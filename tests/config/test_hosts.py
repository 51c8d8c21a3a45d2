"""`runtime.hosts`, and what several hosts cannot do."""

import pytest
from jsonschema import Draft7Validator
from quick import QUICK, WORD_VECTORS

from seqlab import config
from seqlab.config import ConfigError


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a:1", "must be null, `env`, or a list of HOST:PORT"),
        (2, "must be null, `env`, or a list"),
        ([1, 2], "must be null, `env`, or a list"),
        ([], "lists 0; several hosts are 2 to 1,024"),
        (["a:1"], "lists 1; several hosts are 2 to 1,024"),
        (["a:1", "a:1"], "lists a:1 twice"),
        (["a:1", "b"], "'b' is not HOST:PORT"),
    ],
)
def test_a_config_says_what_is_wrong_with_its_hosts(value, message):
    with pytest.raises(ConfigError) as refusal:
        config.load({**QUICK, "runtime": {"hosts": value}})
    (problem,) = refusal.value.problems
    assert problem.path.startswith("runtime.hosts")
    assert message in problem.message


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.refit=true", "training again on train + validation is for one host"),
        ("training.batch_size=auto", "give a number, such as 32"),
        ("runtime.xla=true", "cannot be compiled as a whole"),
        ("runtime.precision=mixed_float16", "use mixed_bfloat16 or float32 with several hosts"),
        ("training.batch_size=5", "a batch of 5 cannot be split over 6 devices"),
    ],
)
def test_what_several_hosts_cannot_do_is_refused(override, message):
    given = {**QUICK, "model": {"name": "recurrent", "units": 4}, "vectorizer": "words"}
    hosts = ["runtime.hosts=[a:1, b:1]", "runtime.devices=3"]
    config.load(given, hosts)
    with pytest.raises(ConfigError) as refusal:
        config.load(given, [*hosts, override])
    assert message in " ".join(problem.message for problem in refusal.value.problems)


def test_a_batch_that_cannot_be_divided_is_on_no_several_hosts():
    with pytest.raises(ConfigError, match="cannot be split over"):
        config.load(WORD_VECTORS, ["runtime.hosts=env"])


def test_the_schema_describes_them():
    schema = config.json_schema()
    (classification,) = (
        each["then"] for each in schema["allOf"] if each["if"]["properties"]["task"]["const"] == "classification"
    )
    runtime = schema["properties"].get("runtime") or classification["properties"]["runtime"]
    of_hosts = runtime.get("properties", schema.get("$defs", {}).get("Runtime", {}).get("properties", {}))["hosts"]
    validator = Draft7Validator(of_hosts)
    assert [validator.is_valid(value) for value in (None, "env", ["a:1", "b:1"], ["a:1"], "a:1", ["a:1", 2])] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]

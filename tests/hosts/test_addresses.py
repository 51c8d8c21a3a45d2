"""Addresses of hosts."""

import pytest

from seqlab import config
from seqlab.config import ConfigError
from seqlab.hosts.addresses import Address, parse_hosts


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("node1:12345", "node1", 12345), ("10.0.0.1:1", "10.0.0.1", 1), ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535)],
)
def test_an_address_is_a_host_and_a_port(text, host, port):
    assert Address.parse(text) == Address(host, port)
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "node1", "node1:", ":1", "node1:0", "node1:65536", "::1:80", "a b:1", "é:1", "a:١"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="is not HOST:PORT with a port from 1 to 65535"):
        Address.parse(text)


def test_hosts_are_none_those_of_the_environment_or_a_list():
    assert parse_hosts(None) is None
    assert parse_hosts("env") == "env"
    assert parse_hosts(["a:1", "b:1"]) == ("a:1", "b:1")


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
    from quick import QUICK

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
    from quick import QUICK

    given = {**QUICK, "model": {"name": "recurrent", "units": 4}, "vectorizer": "words"}
    hosts = ["runtime.hosts=[a:1, b:1]", "runtime.devices=3"]
    config.load(given, hosts)
    with pytest.raises(ConfigError) as refusal:
        config.load(given, [*hosts, override])
    assert message in " ".join(problem.message for problem in refusal.value.problems)


def test_a_batch_that_cannot_be_divided_is_on_no_several_hosts():
    from quick import WORD_VECTORS

    with pytest.raises(ConfigError, match="cannot be split over"):
        config.load(WORD_VECTORS, ["runtime.hosts=env"])


def test_the_schema_describes_them():
    from jsonschema import Draft202012Validator

    schema = config.json_schema()
    (classification,) = (
        each["then"] for each in schema["allOf"] if each["if"]["properties"]["task"]["const"] == "classification"
    )
    runtime = schema["properties"].get("runtime") or classification["properties"]["runtime"]
    of_hosts = runtime.get("properties", schema.get("$defs", {}).get("Runtime", {}).get("properties", {}))["hosts"]
    validator = Draft202012Validator(of_hosts)
    assert [validator.is_valid(value) for value in (None, "env", ["a:1", "b:1"], ["a:1"], "a:1", ["a", "b"])] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]

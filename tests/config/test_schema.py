"""The JSON Schema: every shipped config is valid, and what `load` refuses it refuses too."""

import copy

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.config import ConfigError, dump, json_schema, load, starter
from seqlab.config.recipes import recipes_folder
from seqlab.config.source_map import Source
from seqlab.config.yaml_reader import read_yaml
from seqlab.tasks import TASKS

SMALL = {"task": "classification", "data": "synthetic", "vectorizer": "words", "model": "bag"}


def valid(config):
    return jsonschema.Draft7Validator(json_schema()).is_valid(config)


def test_it_is_a_schema_of_draft_7_and_refers_to_nothing():
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert not {"$ref", "$defs", "prefixItems", "discriminator"} & set(keys_of(schema))


def test_every_shipped_config_is_valid_and_stays_so_when_resolved():
    schema, invalid = jsonschema.Draft7Validator(json_schema()), {}
    paths = sorted(recipes_folder().rglob("*.yaml"))
    for path in paths:
        written = read_yaml(Source(path.name, path.read_text(encoding="utf-8"))).value
        for config in (written, dump(load(path).experiment)):
            invalid.setdefault(path.stem, []).extend(error.message for error in schema.iter_errors(config))
    assert {name: messages for name, messages in invalid.items() if messages} == {}
    assert len(paths) > 10


@pytest.mark.parametrize("task", TASKS)
def test_every_starter(task):
    jsonschema.validate(read_yaml(Source("a", starter(task))).value, json_schema(), jsonschema.Draft7Validator)


@pytest.mark.parametrize(
    "change",
    [
        {"trainig": {}},
        {"training": {"epochs": "banana"}},
        {"training": {"epochs": True}},
        {"training": {"learning_rate": True}},
        {"training": {"epochs": 0}},
        {"training": {"optimizer": "adamm"}},
        {"training": {"optimizer": {"name": "adam", "momentum": 1}}},
        {"training": {"schedule": "exponential_decay"}},
        {"training": {"class_weights": "balancd"}},
        {"training": {"class_weights": {"a": -1}}},
        {"training": {"checkpoint": {"every_steps": 3}}},
        {"runtime": {"device": "tpu"}},
        {"runtime": {"seed": -1}},
        {"version": 2},
        {"version": True},
        {"task": "clasification"},
        {"model": "bga"},
        {"model": 3},
        {"model": {"name": "bag", "hiden": 3}},
        {"model": {"hidden": 3}},
        {"model": "words"},
        {"vectorizer": {"name": "bag"}},
        {"data": {"name": "csv"}},
        {"data": "csv"},
        {"metrics": ["acuracy"]},
        {"metrics": "accuracy"},
        {"expected": {"test.accuracy": 0.9}},
        {"expected": {"accuracy": [0, 1]}},
        {"expected": {"test.accuracy": [0.9]}},
        {"plugins": [1]},
    ],
)
def test_invalid_configs(change):
    assert valid(SMALL)
    assert not valid(SMALL | change)
    with pytest.raises(ConfigError):
        load(SMALL | change)


@pytest.mark.parametrize("key", SMALL)
def test_required_sections(key):
    assert not valid({other: value for other, value in SMALL.items() if other != key})


def test_options_come_with_their_help_and_default():
    [classification] = [each for each in json_schema()["allOf"] if "classification" in str(each["if"])]
    bag = classification["then"]["properties"]["model"]["anyOf"][1]
    assert bag["properties"]["name"] == {"const": "bag"}
    assert bag["properties"]["hidden"] == {
        "default": 16,
        "description": "Units of the hidden layer; 0: none, a linear model.",
        "maximum": 100000,
        "minimum": 0,
        "type": "integer",
    }
    epochs = json_schema()["properties"]["training"]["properties"]["epochs"]
    assert epochs["default"] == 30
    assert epochs["description"]
    assert json_schema()["properties"]["model"]["description"]


def test_each_option_of_seqlab_has_help():
    undescribed = list(undescribed_options(json_schema(), ()))
    assert undescribed == []


def test_components_of_plugins_are_included(odd):
    assert valid(SMALL | {"model": {"name": "odd", "needed": 3, "either": "auto", "nested": {"a": [1, 2]}}})
    assert not valid(SMALL | {"model": "odd"})


values = st.none() | st.booleans() | st.integers(-2, 3) | st.floats(-1, 2) | st.sampled_from(["bag", "auto", "x", "1"])


@settings(deadline=None)
@given(st.data())
def test_it_agrees_with_load(data):
    """One value of a whole config is changed to something: both accept it or both refuse it.

    `load` sees more (a whole number written as 3.0, names of figures, combinations): what it accepts is compared.
    """
    config = copy.deepcopy(RESOLVED)
    section = data.draw(st.sampled_from(["training", "runtime", "model", "vectorizer"]))
    key = data.draw(st.sampled_from(sorted(config[section])))
    config[section][key] = data.draw(values)
    try:
        load(config)
    except ConfigError:
        return
    assert valid(config)


RESOLVED = dump(load(SMALL).experiment)


def keys_of(schema):
    if isinstance(schema, dict):
        yield from schema
        for value in schema.values():
            yield from keys_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from keys_of(value)


def undescribed_options(schema, path):
    """Paths of options without a description. What Keras names is described by Keras."""
    for name, option in schema.get("properties", {}).items():
        if name not in ("name", "optimizer", "schedule", "initializer"):
            if "description" not in option:
                yield (*path, name)
            yield from undescribed_options(option, (*path, name))
    for number, option in enumerate(schema.get("anyOf", [])):
        yield from undescribed_options(option, (*path, number))
    for option in schema.get("allOf", []):
        yield from undescribed_options(option["then"], path)


def test_yaml_of_the_shipped_configs_means_the_same_to_other_readers():
    """Editors and scripts read them too: nothing in them depends on our reader."""
    for path in recipes_folder().rglob("*.yaml"):
        theirs = yaml.safe_load(path.read_text(encoding="utf-8"))
        ours = read_yaml(Source(path.name, path.read_text(encoding="utf-8"))).value
        assert theirs == ours


@pytest.mark.parametrize(
    ("override", "largest"),
    [("model.hidden", "100,000"), ("training.epochs", "1,000,000,000"), ("vectorizer.max_tokens", "1,000,000,000"),
     ("training.batch_size", "1,000,000,000")],
)  # fmt: skip
@pytest.mark.parametrize("value", [10**21, 10**300 // 7])
def test_sizes_have_an_upper_bound_that_the_message_states(override, largest, value):
    with pytest.raises(ConfigError, match=rf"(?s)is\s+too\s+large;\s+it\s+must\s+be\s+at\s+most\s+{largest}"):
        load("quickstart", [f"{override}={value}"])


def test_every_size_of_a_model_is_bounded():
    """Whole numbers without a largest value would be allocated."""
    unbounded = [
        f"{name}.{option}"
        for task in TASKS.values()
        for name, schema in ((each.component_name(), each.model_json_schema()) for each in task.registries.models)
        for option, of_option in schema["properties"].items()
        for kind in of_option.get("anyOf", [of_option])
        if kind.get("type") == "integer" and not {"maximum", "exclusiveMaximum"} & kind.keys()
    ]
    assert unbounded == []

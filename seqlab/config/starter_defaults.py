"""The default options in a starter config: what the embedded data need is not what the user's own files need."""

from __future__ import annotations

import re

from seqlab.config.experiment import dump
from seqlab.config.loading import load
from seqlab.config.source_map import Source
from seqlab.config.starter_sections import aligned
from seqlab.config.yaml_reader import read_yaml
from seqlab.config.yaml_writer import flow

PATIENCE = "stop after so many epochs without improvement"


def with_defaults(config: str, section: str) -> str:
    """The config with the default of each option that stands in its section `model` or `training`.

    Options whose default is null or a mapping are left out. What the sizes of networks and trainings should be was
    measured on real texts (docs/defaults.md); a starter for the embedded data is to end in seconds instead.
    """
    given = read_yaml(Source("starter", config)).value
    name = {"model": {"name": given["model"]["name"]}} if section == "model" else {}
    defaults = dump(load({key: value for key, value in given.items() if key != "training"} | name).experiment)[section]
    for key in given[section].keys() - {"name"}:
        value = defaults[key]
        config = _without(config, key) if value is None or isinstance(value, dict) else with_value(config, key, value)
    if section == "training" and "patience" not in given[section] and (patience := defaults["patience"]) is not None:
        line = aligned(f"  patience: {patience}") + f"# {PATIENCE}"
        config = re.sub(r"(?m)^training:\n(  .*\n)+", rf"\g<0>{line}\n", config)
    return config


def with_value(config: str, key: str, value: object) -> str:
    """The config with another value of a key, wherever it is."""

    def line(found: re.Match[str]) -> str:
        return aligned(f"{found[1]}{key}: {flow(value)}")

    return re.sub(rf"(?m)^( +){key}: \S+ *(?=#)", line, config)


def _without(config: str, key: str) -> str:
    return re.sub(rf"(?m)^ +{key}: .*\n", "", config)

"""Config: from YAML and the command line to one frozen, checked experiment, or to all faults with their lines."""

from seqlab.config.experiment import Experiment, dump
from seqlab.config.faults import ConfigError, Fault
from seqlab.config.loading import Loaded, load
from seqlab.config.recipes import recipe_names
from seqlab.config.schema import json_schema
from seqlab.config.showing import show, to_yaml
from seqlab.config.starters import starter

__all__ = [
    "ConfigError",
    "Experiment",
    "Fault",
    "Loaded",
    "dump",
    "json_schema",
    "load",
    "recipe_names",
    "show",
    "starter",
    "to_yaml",
]

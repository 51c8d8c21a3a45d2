"""Config: from YAML and the command line to one frozen, checked experiment, or to all problems with their lines."""

from seqlab.config.experiment import Experiment, dump
from seqlab.config.loading import Loaded, load
from seqlab.config.problems import ConfigError, Problem
from seqlab.config.recipes import recipe_names
from seqlab.config.resolved import show, to_yaml
from seqlab.config.schema import json_schema
from seqlab.config.starters import starter

__all__ = [
    "ConfigError",
    "Experiment",
    "Loaded",
    "Problem",
    "dump",
    "json_schema",
    "load",
    "recipe_names",
    "show",
    "starter",
    "to_yaml",
]

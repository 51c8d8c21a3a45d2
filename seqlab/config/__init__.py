"""Config: reads YAML and command-line overrides into one validated, immutable experiment.

Names are imported on first use, so that light commands can list the recipes without importing pydantic and NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqlab.config.experiment import Experiment, dump
    from seqlab.config.loading import Loaded, load
    from seqlab.config.problems import ConfigError, Problem
    from seqlab.config.recipes import recipe_names
    from seqlab.config.resolved import show, to_yaml
    from seqlab.config.schema import json_schema
    from seqlab.config.starters import starter, starter_for

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
    "starter_for",
    "to_yaml",
]

_MODULES = {
    "ConfigError": "problems",
    "Experiment": "experiment",
    "Loaded": "loading",
    "Problem": "problems",
    "dump": "experiment",
    "json_schema": "schema",
    "load": "loading",
    "recipe_names": "recipes",
    "show": "resolved",
    "starter": "starters",
    "starter_for": "starters",
    "to_yaml": "resolved",
}
"""Exported name → the module that defines it."""


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)

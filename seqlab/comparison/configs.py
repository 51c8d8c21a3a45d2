"""The keys in which the configs of runs differ, and who chose their values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from seqlab.runs import Run
from seqlab.runs.selection import flattened

NOT_COMPARED = ("version", "expected")
"""Keys, with all keys below them, that change nothing in an experiment."""
DEFAULT = "default"


@dataclass(frozen=True)
class ConfigDifference:
    """A dotted key whose values differ; None where a config has no such key."""

    key: str
    values: tuple[Any, ...]
    origins: tuple[str, ...]
    """`default`, `command line`, `name of the file:line`; empty where it was not recorded, or there is no key."""


def differing_keys(
    runs: Sequence[Run], *, only: Collection[str] | None = None, ignored: Collection[str] = ()
) -> list[ConfigDifference]:
    """The keys in which the configs of the runs differ, in the order of the configs; `only` these, if given."""
    configs = [dict(flattened(run.section("config"))) for run in runs]
    origins = [_origins(run) for run in runs]
    found = []
    for key in dict.fromkeys(key for config in configs for key in config):
        values = tuple(config.get(key) for config in configs)
        if (only is not None and key not in only) or key in ignored:
            continue
        if key.partition(".")[0] in NOT_COMPARED or all(each == values[0] for each in values):
            continue
        chosen_by = (_origin(key, config, of_run) for config, of_run in zip(configs, origins, strict=True))
        found.append(ConfigDifference(key, values, tuple(chosen_by)))
    return found


def _origins(run: Run) -> tuple[dict[str, str], bool]:
    """Dotted key → origin of what is no default, and whether that is all; older versions recorded the command alone."""
    metadata = run.metadata()
    if (origins := metadata.get("origins")) is not None:
        return origins, True
    overrides = (word.partition("=")[0] for word in metadata.get("command") or () if "=" in word)
    return dict.fromkeys(overrides, "command line"), False


def _origin(key: str, config: dict[str, Any], of_run: tuple[dict[str, str], bool]) -> str:
    origins, complete = of_run
    if key not in config:
        return ""
    # An override may be a mapping: `data.take={train: 100}`.
    origin = next((each for name, each in origins.items() if key == name or key.startswith(f"{name}.")), "")
    return origin or (DEFAULT if complete else "")

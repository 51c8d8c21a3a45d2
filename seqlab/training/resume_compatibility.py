"""Which keys of a config may change when a run is resumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seqlab.runs.selection import flattened

FREE = (
    "training.epochs",
    "training.patience",
    "training.checkpoint",
    "training.tensorboard",
    "training.sinks",
    "training.accumulate",
    "model.decoding",
    "runtime.device",
    "runtime.devices",
    "runtime.hosts",
    "runtime.threads",
    "expected",
)
"""Keys, with all keys below them, that do not affect the next training step, or only its rounding and memory."""

ABSENT = "(absent)"
"""What a key has where it is missing."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Dotted key → (value before, value after) for each key whose values differ."""
    old, new = dict(flattened(before)), dict(flattened(after))
    keys = [*old, *(key for key in new if key not in old)]
    pairs = {key: (old.get(key, ABSENT), new.get(key, ABSENT)) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def refused(
    before: Mapping[str, Any], after: Mapping[str, Any], *, free: Iterable[str] = ()
) -> dict[str, tuple[Any, Any]]:
    """The `differences` that would alter how training continues.

    `free`: more keys that may change, such as the paths of the data, which are compared by content.
    """
    changed = differences(before, after)
    # The length of a schedule is the whole training, so more epochs would have changed every learning rate so far.
    scheduled = (before.get("training") or {}).get("schedule") is not None
    free = tuple(key for key in (*FREE, *free) if not (scheduled and key == "training.epochs"))
    return {
        key: values
        for key, values in changed.items()
        if not any(key == each or key.startswith(f"{each}.") for each in free)
    }

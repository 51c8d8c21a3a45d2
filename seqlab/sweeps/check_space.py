"""Checks the values of a space with the config check, before the first trial."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from seqlab.config.problems import ConfigError
from seqlab.config.source_map import Document, KeyPath
from seqlab.sweeps.options import Choices
from seqlab.sweeps.space import Parameter, Space

MOST_COMBINATIONS = 48
"""Combinations of corner values that are checked; each takes some 10 ms."""
COMPANIONS = 8
"""Combinations that are tried for a value that is refused beside the values of the base config."""

_OF_THE_MACHINE = "belongs to the machine and not to a trial; set it in the base config"
_OTHER_EXAMPLES = "would change the examples that trials are compared on; set it in the base config"
REFUSED: Mapping[str, str] = {
    "version": "is the same for all trials",
    "task": "decides what a metric means; make a sweep for each task",
    "plugins": "is the same for all trials; set it in the base config",
    "metrics": "decides which metrics there are; set it in the base config",
    "expected": "changes no training",
    "runtime": "belongs to the machine, but for keys such as runtime.seed",
    "runtime.device": _OF_THE_MACHINE,
    "runtime.devices": _OF_THE_MACHINE,
    "runtime.hosts": _OF_THE_MACHINE,
    "runtime.threads": _OF_THE_MACHINE,
    "data": _OTHER_EXAMPLES,
    **{
        f"data.{key}": _OTHER_EXAMPLES
        for key in ("name", "path", "take", "validation", "test", "split_seed", "source", "target", "label", "text")
    },
}
"""Keys that cannot be varied → why."""
SEED = "runtime.seed"
_LUCK = (
    f"{SEED} is varied: the best of several seeds is the luckiest, and says nothing of the next training. "
    "--repeat-best N tells how much seeds change"
)
Load = Callable[[Mapping[str, Any]], object]


def check_space(document: Document, parameters: Sequence[Parameter], load: Load) -> list[str]:
    """Report keys and corner values that the config check refuses. Returns notes on combinations that it refuses.

    `load` reads the base config with these values, and raises ConfigError.
    """
    allowed = []
    for each in parameters:
        section = each.key.partition(".")[0]
        reason = REFUSED.get(each.key) or (REFUSED[section] if section in {"expected", "metrics", "plugins"} else None)
        if reason is None:
            allowed.append(each)
        else:
            document.add_problem(("space", each.key), f"cannot be varied: it {reason}", at_key=True)
    space = Space(tuple(allowed))
    if len(allowed) < len(parameters) or any(not each.conditions.keys() <= _keys(space) for each in allowed):
        return []
    for parameter in space.parameters:
        _check_values(document, space, parameter, load)
    if document.problems:
        return []
    return [*(_LUCK for each in allowed if each.key == SEED), *_refused_combinations(space, load)]


def _keys(space: Space) -> set[str]:
    return {each.key for each in space.parameters}


def _check_values(document: Document, space: Space, parameter: Parameter, load: Load) -> None:
    """Report each corner value that is refused, alone and in every combination that is tried."""
    for number, value in enumerate(parameter.corners()):
        error = _refusal({**space.chain(parameter), parameter.key: value}, load)
        for seed in range(COMPANIONS if error is not None and len(space.parameters) > 1 else 0):
            point = _point_with(space, parameter, value, random.Random(seed))
            if _refusal(point, load) is None:
                error = None
                break
        if error is None:
            continue
        problem = next((each for each in error.problems if each.path.startswith(parameter.key)), error.problems[0])
        if problem.message.startswith("unknown key"):
            document.add_problem(("space", parameter.key), problem.message, at_key=True)
            return
        about = "" if problem.path == parameter.key or not problem.path else f"{problem.path}: "
        hint = _hint(parameter, value) if "whole number" in problem.message else ""
        document.add_problem(_path_of(document, parameter, number), f"{about}{problem.message}{hint}")


def _hint(parameter: Parameter, value: Any) -> str:
    """How to write a whole number where 8.0 is given."""
    if not isinstance(value, float) or not value.is_integer():
        return ""
    return f"; write {value:.0f}" if isinstance(parameter.domain, Choices) else "; add integer: true"


def _path_of(document: Document, parameter: Parameter, corner: int) -> KeyPath:
    """Where a corner value is written."""
    if not isinstance(parameter.domain, Choices):
        return ("space", parameter.key, ("low", "high")[corner])
    listed = isinstance(document.at(("space", parameter.key)), list)
    return ("space", parameter.key, *(() if listed else ("values",)), corner)


def _point_with(space: Space, wanted: Parameter, value: Any, drawn: random.Random) -> dict[str, Any]:
    """A combination with this value, the others drawn from their corners."""
    forced = {**space.chain(wanted), wanted.key: value}
    return space.point(lambda each: forced[each.key] if each.key in forced else drawn.choice(each.corners()))


def _refused_combinations(space: Space, load: Load) -> list[str]:
    """A note on combinations of corner values that are refused although each value is accepted."""
    points = list(_sample(space))
    refused = [(point, error) for point in points if (error := _refusal(point, load)) is not None]
    if not refused:
        return []
    point, error = refused[0]
    shown = ", ".join(f"{key}={value}" for key, value in point.items())
    return [
        f"{len(refused)} of {len(points)} combinations that were checked are refused, such as {shown} "
        f"({error.problems[0].message}); trials with such values fail. Add conditions (when) to leave them out"
    ]


def _sample(space: Space) -> Iterator[dict[str, Any]]:
    """All combinations of corner values, or some of them."""
    found: list[dict[str, Any]] = []
    for point in space.points(lambda each: each.corners()):
        found.append(point)
        if len(found) > MOST_COMBINATIONS:
            break
    else:
        yield from found
        return
    drawn = random.Random(0)
    for _ in range(MOST_COMBINATIONS):
        yield space.point(lambda each: drawn.choice(each.corners()))


def _refusal(values: Mapping[str, Any], load: Load) -> ConfigError | None:
    try:
        load(values)
    except ConfigError as error:
        return error
    return None

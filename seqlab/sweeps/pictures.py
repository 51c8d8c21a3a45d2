"""Pictures of a sweep: which keys moved the goal, and the trials as lines through their values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.config.yaml_writer import flow
from seqlab.reports.plots import new_figure, save_figure
from seqlab.sweeps.options import Choices, Range, as_json
from seqlab.sweeps.space import Parameter
from seqlab.sweeps.summary import TrialRow
from seqlab.text_format import format_number, visible_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICKS = 5
LONGEST_NAME, LONGEST_TICK = 36, 18
"""Characters of a key, and of one of its values."""
ABSENT = -0.12
"""Height of the lines of trials in which a key has no value."""


def draw_importance(importances: Mapping[str, float], goal: str, trials: int, path: Path) -> str:
    """A bar per key: its share of what moved the goal. Returns a note on missing characters, or an empty text."""
    names = sorted(importances, key=lambda key: importances[key])
    figure = new_figure(7.0, 1.6 + 0.45 * len(names))
    axes = figure.add_subplot()
    bars = axes.barh([_plain(name) for name in names], [importances[name] for name in names], color="#1f6feb")
    axes.bar_label(bars, labels=[f"{importances[name]:.0%}" for name in names], padding=4)
    axes.set(
        title=f"What moved {_plain(goal)} ({trials} trials)",
        xlabel="share of the importance (PED-ANOVA)",
        xlim=(0, 1.1),
    )
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    return save_figure(figure, path)


def draw_parallel(
    rows: Sequence[TrialRow], parameters: Sequence[Parameter], goal: str, path: Path, *, maximize: bool
) -> str:
    """Parallel coordinates (Inselberg 1985): an axis per key and one for the goal, a line per finished trial.

    The best tenth is drawn in colour on top of the others. Returns a note on missing characters, or an empty text.
    """
    shown = [each for each in rows if each.state == "finished" and each.value is not None]
    shown.sort(key=lambda each: each.value or 0.0, reverse=not maximize)  # the best last, on top
    best = max(1, round(len(shown) / 10))
    figure = new_figure(2.4 * (len(parameters) + 1), 5.0)
    axes = figure.add_subplot()
    goals = [float(each.value or 0.0) for each in shown]
    low, high = min(goals), max(goals)
    for number, row in enumerate(shown):
        heights = [_height(each, row.values) for each in parameters] + [_share(float(row.value or 0.0), low, high)]
        good = number >= len(shown) - best
        style: dict[str, Any] = {"color": "#d9480f", "linewidth": 2.5} if good else {"color": "#8c959f", "linewidth": 1}
        axes.plot(range(len(heights)), heights, alpha=0.95 if good else 0.55, zorder=3 if good else 2, **style)
    for place, parameter in enumerate(parameters):
        _axis(axes, place, _ticks(parameter))
    _axis(
        axes,
        len(parameters),
        [(_share(each, low, high), format_number(each)) for each in np.linspace(low, high, TICKS)],
    )
    names = [_plain(each.key) for each in parameters] + [_plain(goal)]
    axes.set_xticks(range(len(names)), [name.replace(".", ".\n", 1) for name in names], fontsize=10)
    axes.set(
        xlim=(-0.35, len(names) - 0.4),
        ylim=((ABSENT if any(each.conditions for each in parameters) else 0) - 0.06, 1.06),
        yticks=[],
    )
    what = "the best" if best == 1 else f"the best {best}"
    axes.set_title(f"{len(shown)} trials; {what} in orange", fontsize=11)
    for side in axes.spines.values():
        side.set_visible(False)
    return save_figure(figure, path)


def _axis(axes: Axes, place: int, ticks: Sequence[tuple[float, str]]) -> None:
    axes.axvline(place, ymin=0.0, color="#24292f", linewidth=1.2, zorder=1)
    for height, text in ticks:
        axes.plot([place - 0.02, place + 0.02], [height, height], color="#24292f", linewidth=1, zorder=4)
        axes.text(
            place + 0.04,
            height,
            text,
            va="center",
            ha="left",
            fontsize=8,
            zorder=5,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6},
        )


def _height(parameter: Parameter, values: Mapping[str, Any]) -> float:
    """From 0 (lowest or first) to 1; below 0 for a key that has no value in this trial."""
    if parameter.key not in values:
        return ABSENT
    value, domain = values[parameter.key], parameter.domain
    if isinstance(domain, Choices):
        written = [as_json(each) for each in domain.values]
        return _share(written.index(as_json(value)), 0, len(written) - 1)
    return _of_range(domain, float(value))


def _of_range(domain: Range, value: float) -> float:
    if domain.log:
        return _share(math.log(value), math.log(domain.low), math.log(domain.last))
    return _share(value, domain.low, domain.last)


def _ticks(parameter: Parameter) -> list[tuple[float, str]]:
    domain = parameter.domain
    absent = [(ABSENT, "(no value)")] if parameter.conditions else []
    if isinstance(domain, Choices):
        texts = [each if isinstance(each, str) else flow(each) for each in domain.values]
        return [(_share(n, 0, len(texts) - 1), _plain(text, LONGEST_TICK)) for n, text in enumerate(texts)] + absent
    spaced = np.geomspace if domain.log else np.linspace
    values = spaced(domain.low, domain.last, TICKS)
    kept = dict.fromkeys(domain.typed(float(each)) for each in values)
    return [(_of_range(domain, float(each)), f"{each:.3g}") for each in kept] + absent


def _share(value: float, low: float, high: float) -> float:
    return 0.5 if high == low else (value - low) / (high - low)


def _plain(name: str, longest: int = LONGEST_NAME) -> str:
    """A name for a picture: cut, escaped, and without mathematics."""
    shown = visible_name(name)
    return (shown if len(shown) <= longest else f"{shown[: longest - 1]}…").replace("$", r"\$")

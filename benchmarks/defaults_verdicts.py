"""What the record of defaults.py says: a verdict for each of seqlab's cells, and the tables."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from defaults_cells import DATA, JUDGED, OF_DATA, OURS, Cell, Data, Line
from gpu_verdicts import VERDICTS
from processes import markdown

Record = Mapping[Cell, Line]
NOTICEABLE = 0.01
"""The share of a peer's figure from which on a difference counts."""
STANDARD_ERRORS = 2


@dataclass(frozen=True)
class Verdict:
    """`why`: the problems; empty if it holds, or what is missing."""

    data: str
    model: str
    size: int
    verdict: str
    why: str


def verdicts_on(record: Record) -> list[Verdict]:
    """One for each dataset, model and size that seqlab was trained on."""
    trained = {(cell.data, cell.model, cell.size) for cell in record if cell.who == OURS}
    return [
        _verdict_on(record, source, model, size)
        for source in DATA.values()
        for model in source.peers
        for size in sorted({size for name, of, size in trained if (name, of) == (source.name, model)})
    ]


def _verdict_on(record: Record, source: Data, model: str, size: int) -> Verdict:
    ours = lines_of(record, source, size, model, OURS)
    peers = {who: lines_of(record, source, size, model, who) for who in source.peers[model]}
    problems = list(_problems_alone(source, ours, peers))
    unknown = []
    for who, theirs in peers.items():
        difference = worse_by(source, ours, theirs)
        if difference is None:
            unknown.append(who)
        elif worse(*difference, _mean(source, theirs)):
            problems.append(f"worse than {who} by {difference[0]:.3f} ± {difference[1]:.3f}")
    if problems:
        return Verdict(source.name, model, size, VERDICTS.fails, "; ".join(problems))
    if unknown:
        why = f"{', '.join(unknown)}: fewer than two common seeds"
        return Verdict(source.name, model, size, VERDICTS.unknown, why)
    return Verdict(source.name, model, size, VERDICTS.holds, "")


def lines_of(record: Record, source: Data, size: int, model: str, who: str) -> dict[int, Line]:
    """Seed → line."""
    of = "" if who in OF_DATA else model
    wanted = (source.task, source.name, size, of, who)
    return {
        cell.seed: line
        for cell, line in sorted(record.items(), key=lambda each: each[0].seed)
        if (cell.task, cell.data, cell.size, cell.model, cell.who) == wanted
    }


def _problems_alone(source: Data, ours: Mapping[int, Line], peers: Mapping[str, Mapping[int, Line]]) -> Iterator[str]:
    failed = {seed: line["figures"]["error"] for seed, line in ours.items() if "error" in line["figures"]}
    if failed:
        yield f"failed: {next(iter(failed.values()))}"
    trained = {seed: line["figures"] for seed, line in ours.items() if seed not in failed}
    constant = [seed for seed, figures in trained.items() if is_constant(source, figures)]
    if constant:
        alike = [
            who
            for who, theirs in peers.items()
            if any(is_constant(source, trained[seed] | theirs[seed]["figures"]) for seed in trained.keys() & theirs)
        ]
        told = f" ({' and '.join(alike)} too)" if alike else ""
        yield f"no better than {JUDGED[source.task].floor} in {len(constant)} of {len(ours)} trainings{told}"


def is_constant(source: Data, figures: Mapping[str, Any]) -> bool:
    """Whether a model is no better than one that ignores its input. `figures`: its own, and the floor.

    A classifier: its accuracy is within two standard errors of the share of the majority class, or below. Others: the
    loss is not lower by the margin of the task.
    """
    judged = JUDGED[source.task]
    value, floor = figures[judged.figure], figures["floor"]
    if not math.isfinite(value):
        return True
    if judged.higher_is_better:
        return bool(value <= floor + STANDARD_ERRORS * math.sqrt(floor * (1 - floor) / figures["examples"]))
    return bool(value > (1 - judged.margin) * floor)


def worse_by(source: Data, ours: Mapping[int, Line], theirs: Mapping[int, Line]) -> tuple[float, float] | None:
    """How much worse ours is in the mean over common seeds, which have the same examples, and the standard deviation of
    the difference. None for fewer than two seeds."""
    judged = JUDGED[source.task]
    sign = 1 if judged.higher_is_better else -1
    differences = [
        sign * (theirs[seed]["figures"][judged.figure] - ours[seed]["figures"][judged.figure])
        for seed in ours.keys() & theirs.keys()
        if judged.figure in ours[seed]["figures"] and judged.figure in theirs[seed]["figures"]
    ]
    if len(differences) < 2:
        return None
    return statistics.fmean(differences), statistics.stdev(differences)


def worse(difference: float, deviation: float, theirs: float) -> bool:
    """Whether a difference is more than the seeds' deviation, and more than a hundredth of the peer's figure."""
    return difference > max(deviation, NOTICEABLE * theirs)


def _mean(source: Data, lines: Mapping[int, Line]) -> float:
    figure = JUDGED[source.task].figure
    return statistics.fmean(line["figures"][figure] for line in lines.values() if figure in line["figures"])


def tables(record: Record) -> str:
    """The tables of all data on record, and the verdicts that do not hold."""
    if not record:
        return "Nothing is on record yet."
    sizes = sorted({cell.size for cell in record})
    parts = [_table(record, source, sizes) for source in DATA.values() if any(c.data == source.name for c in record)]
    verdicts = verdicts_on(record)
    failing = [each for each in verdicts if each.verdict == VERDICTS.fails]
    counts = ", ".join(f"{sum(each.verdict == name for each in verdicts)} {name}" for name in VERDICTS)
    rows = [[each.data, each.model, f"{each.size:,}", each.why] for each in failing]
    listed = f"\n\n{markdown(['data', 'model', 'examples', 'why it does not hold'], rows, texts=4)}" if rows else ""
    return "\n\n".join([*parts, f"Verdicts: {counts}.{listed}"])


def _table(record: Record, source: Data, sizes: Sequence[int]) -> str:
    judged = JUDGED[source.task]
    names = {name: 1 if name in {"test.bleu", "test.mse"} else 3 for name in (judged.figure, *judged.shown)}
    pairs = [(model, who) for model, peers in source.peers.items() for who in (OURS, *peers) if who not in OF_DATA]
    common = dict.fromkeys(("", who) for peers in source.peers.values() for who in peers if who in OF_DATA)
    rows = []
    for model, who in [*pairs, *common]:
        cells = [_shown(lines_of(record, source, size, model, who), names) for size in sizes]
        if any(cells):
            rows.append([model, who, *cells])
    floors = [_shown(_of_all_models(record, source, size), {"floor": names[judged.figure]}) for size in sizes]
    rows.append(["", judged.floor, *floors])
    heading = f"{source.task}, {source.name}: {', '.join(f'`{name}`' for name in names)}"
    return f"{heading}\n\n{markdown(['model', 'program', *(f'{size:,}' for size in sizes)], rows, texts=2)}"


def _of_all_models(record: Record, source: Data, size: int) -> dict[int, Line]:
    return {seed: line for model in source.peers for seed, line in lines_of(record, source, size, model, OURS).items()}


def _shown(lines: Mapping[int, Line], digits_of: Mapping[str, int]) -> str:
    """Mean, and standard deviation over seeds, of each figure."""
    shown = []
    for name, digits in digits_of.items():
        values = [line["figures"][name] for line in lines.values() if name in line["figures"]]
        if values:
            spread = f" ± {statistics.stdev(values):,.{digits}f}" if len(values) > 1 else ""
            shown.append(f"{statistics.fmean(values):,.{digits}f}{spread}")
    return ", ".join(shown)

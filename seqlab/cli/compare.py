"""`seqlab runs compare`: whether runs, or groups of runs, differ by more than chance."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab.cli.arguments import (
    AsJson,
    EvaluatedSplit,
    Plugins,
    RunArguments,
    RunOption,
    RunsDirectory,
    SetOverrides,
    note_which,
)
from seqlab.cli.console import (
    print_indented,
    print_json,
    print_line,
    print_note,
    print_sentence,
    print_table,
)
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError, SeqlabError
from seqlab.text_format import format_number, number_text

if TYPE_CHECKING:
    from seqlab.comparison import Comparison, Difference, Flips

LONGEST_TEXT = 400
"""Characters of a text that are printed; `--json` has all."""

FlipsOption = Annotated[
    int | None,
    typer.Option(
        "--flips", metavar="N", min=1, help="Of two runs, show N items that changed, and which kinds of items did."
    ),
]
OtherTrainingData = Annotated[
    bool,
    typer.Option("--other-training-data", help="Compare runs that were trained on other data, on the same split."),
]


def compare_command(
    references: RunArguments,
    runs_dir: RunsDirectory,
    overrides: SetOverrides,
    plugins: Plugins,
    run_option: RunOption = None,
    split: EvaluatedSplit = None,
    number: FlipsOption = None,
    other_training_data: OtherTrainingData = False,
    as_json: AsJson = False,
) -> None:
    """Compare runs: config, metrics, and whether the difference is more than chance."""
    from seqlab.comparison import compare, find_runs

    references = [*([run_option] if run_option else []), *references]
    sides = [find_runs(each, runs_dir) for each in references]
    for reference, side in zip(references, sides, strict=True):
        if len(side) == 1:
            note_which(side[0], reference, runs_dir)
    if number is None and (given := [*overrides, *plugins]):
        raise RequestError(
            f"the recorded predictions are compared as they are: {given[0]} is for --flips, which reads the data"
        )
    if number is not None and [len(side) for side in sides] != [1, 1]:
        raise RequestError("--flips is about two runs: name two, and no group")
    comparison = compare(sides, split=split, other_training_data=other_training_data, progress=terminal_progress())
    for note in comparison.notes:
        print_note(note)
    flips = None if number is None else _flips(comparison, number, overrides, plugins)
    if as_json:
        print_json({**comparison.as_json(), **({} if flips is None else {"flips": asdict(flips)})})
        return
    print_comparison(comparison)
    if flips is not None:
        print_flips(flips, comparison)


def print_comparison(comparison: Comparison) -> None:
    """Print the configs where they differ, the metrics with tests and verdicts, and which noise they are about."""
    letters = _letters(comparison)
    for letter, name, runs in zip(letters, comparison.names, comparison.runs, strict=True):
        print_line(f"{letter}  {name}{f' ({len(runs)} seeds)' if len(runs) > 1 else ''}")
    print_line()
    if comparison.config:
        rows = [(each.key, *map(_setting, each.values, each.origins)) for each in comparison.config]
        print_table(("config", *letters), rows)
    else:
        print_line("the configs are the same")
    for letter, found in zip(letters[1:], comparison.differences, strict=True):
        print_line()
        _print_differences(comparison, letter, found)
        print_line()
        for key, difference in found.items():
            print_sentence(f"{_short(key)}: {difference.verdict}")
    if comparison.metrics:
        print_line()
        others = [(_short(name), *values) for name, values in comparison.metrics.items()]
        print_table(("not tested", *letters), others)
    print_line()
    print_sentence(comparison.noise)


def print_flips(flips: Flips, comparison: Comparison) -> None:
    """Print how many items A or B answers better, which kinds of items, and those that changed most."""
    changed, net = flips.a_better + flips.b_better, flips.b_better - flips.a_better
    print_line()
    print_sentence(
        f"{changed:,} of {flips.items:,} {comparison.noun} change: A alone is better on {flips.a_better:,}, B alone on "
        f"{flips.b_better:,}; the difference is {net:+,} for B"
    )
    for kind, groups in flips.groups.items():
        print_line()
        rows = [(each.name, each.items, each.a_better, each.b_better, each.b_better - each.a_better) for each in groups]
        total = ("all", flips.items, flips.a_better, flips.b_better, net)
        print_table((kind, comparison.noun, "A better", "B better", "B - A"), [*rows, total])
    for example in flips.examples:
        print_line()
        print_sentence(f"{example['better'].upper()} is better on {example['id']}")
        for name, value in _told(example):
            print_indented(f"{name}: {value}")


def _flips(comparison: Comparison, number: int, overrides: list[str], plugins: list[str]) -> Flips:
    """With the texts of the split, if the data are there."""
    from seqlab.comparison import flips, refuse_without_flips
    from seqlab.experiment.split_texts import split_texts

    (a,), (b,) = comparison.runs
    refuse_without_flips(a)  # before the data are read
    command = f"seqlab runs compare {shlex.quote(a.id)} {shlex.quote(b.id)} --flips {number} --set"
    texts: Mapping[str, tuple[str, int | None, float | None]] = {}
    split: Any = comparison.split
    try:
        texts = split_texts(
            a, split, command=command, overrides=overrides, plugins=plugins, progress=terminal_progress()
        )
    except (SeqlabError, OSError) as error:
        if overrides:
            raise
        print_note(f"{error}\nwithout the data, items are shown by their ids")
    return flips(a, b, comparison.split, texts, number)


def _letters(comparison: Comparison) -> list[str]:
    from seqlab.comparison.compare import NAMES

    return list(NAMES[: len(comparison.names)])


def _print_differences(comparison: Comparison, letter: str, found: Mapping[str, Difference]) -> None:
    several = len(comparison.names) > 2
    head = f"{comparison.split}, {comparison.size:,} {comparison.noun}"
    rows = [
        (_short(key), each.a, each.b, _signed(each.delta), _interval(each), _p(each.p_holm))
        for key, each in found.items()
    ]
    print_table((head, "A", letter, f"{letter} - A", "95 %", "p (Holm)" if several else "p"), rows)
    if any(each.seeds for each in found.values()):
        print_line()
        print_table(("mean ± deviation", "A", letter, "of seeds", "of items"), list(_noise_rows(found)))


def _noise_rows(found: Mapping[str, Difference]) -> Iterator[tuple[str, ...]]:
    """Means with their standard deviations over seeds, and the shares of the variance of the difference."""
    for key, each in found.items():
        if each.seeds is not None:
            means = [
                format_number(mean) + ("" if deviation is None else f" ± {format_number(deviation)}")
                for mean, deviation in zip((each.a, each.b), each.seeds.deviations, strict=True)
            ]
            share = each.seeds.share_of_seeds
            yield _short(key), *means, f"{share:.0%}", f"{1 - share:.0%}"


def _told(example: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """What is printed of an item: names and values."""
    if "text" in example:
        text = example["text"]
        yield "text", text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
    target = example["target"]
    for each in target if isinstance(target, list) else [target]:
        yield "reference" if isinstance(target, list) else "true", _answer(each)
    scores = example.get("probability_of_target") or example.get("chrf") or (None, None)
    name = "chrF" if "chrf" in example else "probability of the true class"
    for letter, score in zip(("a", "b"), scores, strict=True):
        yield (
            letter.upper(),
            f"{_answer(example[letter])}{'' if score is None else f' ({name} {format_number(score)})'}",
        )


def _answer(value: object) -> object:
    return number_text(value) if isinstance(value, float) else value


def _setting(value: object, origin: str) -> str:
    """A value of a config with its origin: `2 (bigram.yaml:7)`."""
    shown = "-" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{shown} ({origin})" if origin else shown


def _interval(difference: Difference) -> str:
    return " to ".join(map(_signed, difference.interval))


def _signed(value: float) -> str:
    return f"+{format_number(value)}" if value > 0 else format_number(value)


def _p(p: float) -> str:
    from seqlab.comparison.verdicts import p_text

    return p_text(p)


def _short(key: str) -> str:
    """`test.accuracy` → `accuracy`, as the heading names the split; other names stay."""
    split, _, name = key.partition(".")
    return name if split in ("test", "validation") else key

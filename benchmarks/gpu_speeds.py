"""The parts of gpu.py that time something: what each measures, what it says of it, and its table."""

from __future__ import annotations

from collections.abc import Sequence

from gpu_verdicts import Failed, Machines, each_of
from processes import Measured, markdown

SLOWER = 0.9
"""From this share of the other speed on, one is not slower: two measurements of one thing differ by as much."""
SECONDS = {"recipes": 110, "pipeline": 30}
"""Part → how long it may begin with another recipe."""
ALTERNATIVES_OF = ("shakespeare/char_gru", "ag_news/simple_rnn_masked", "shakespeare/char_transformer")
"""Recipes for which gpu/training_choices.py has an alternative."""
GATHERERS = ("imdb/masked_bilstm", "imdb/bigram", "shakespeare/char_gru", "spa_eng/luong", "imdb/skipgram")
BATCH_SIZES = (64, 512)


def recipes(machines: Machines) -> Measured:
    """Every recipe whose model no other has."""
    names = machines.chosen(machines.of("auto", "recipes"))
    found, problems, left = each_of(
        names,
        SECONDS["recipes"],
        lambda name: machines.of("auto", "speed", **machines.shaped(name), seconds=0.5),
    )
    for name, row in found.items():
        if row["loss"] != row["loss"]:
            problems.append(f"{name}: the loss is not finite")
        if row["traces"] != 1:
            problems.append(f"{name}: the step was traced {row['traces']} times")
    return {"rows": found, "left": left, "verdict": machines.judged(problems, left=left)}


def table_of_recipes(measured: Measured) -> str:
    rows = []
    for name, row in measured["rows"].items():
        memory = "" if row["gpu_megabytes"] is None else f"{row['gpu_megabytes']:,.0f}"
        host = "" if row["host_in_loops"] is None else str(row["host_in_loops"])
        rates = [f"{row[f'{of}_per_second']:,.0f}" for of in ("steps", "examples", "tokens")]
        rows.append([name, *rates, f"{row['seconds_to_compile']:.1f}", memory, host, str(row["traces"])])
    columns = ["recipe", "steps/s", "examples/s", "tokens/s", "s to compile", "GPU MB", "host in loops", "traces"]
    return markdown(columns, rows)


def alternatives(machines: Machines) -> Measured:
    try:
        seconds = 0.2 if machines.small else 2.0
        recipes = machines.chosen(ALTERNATIVES_OF)
        rows = machines.of("auto", "alternatives", recipes=recipes, small=machines.small, seconds=seconds)
        problems = [] if machines.without_gpu else slower(rows)
    except Failed as error:
        rows, problems = [], [str(error)]
    return {"rows": rows, "verdict": machines.judged(problems)}


def slower(rows: Sequence[Measured]) -> list[str]:
    return [
        f"{row['choice']}: the second is faster ({row['recipe']})"
        for row in rows
        if row["ours"] < SLOWER * row["alternative"]
    ]


def table_of_alternatives(measured: Measured) -> str:
    rows = [
        [row["choice"], row["recipe"], *(f"{row[name]:,.1f}" for name in ("ours", "alternative"))]
        for row in measured["rows"]
    ]
    return markdown(["as it is done, or instead", "recipe", "steps/s", "instead"], rows, texts=2)


def pipeline(machines: Machines) -> Measured:
    """In the recipes' shapes on a CPU too, which gathers as it would for a GPU. Whether a step waits for the pipeline
    is judged on a GPU alone: on a CPU both share the cores."""
    small = machines.asked_small
    sizes = {"threads": [1, 4], "seconds": 0.1 if small else 0.5, "steps": not machines.without_gpu}

    def ask(name: str) -> list[Measured]:
        return [
            machines.of("auto", "pipeline", recipe=name, small=small, batch_size=size, **sizes) for size in BATCH_SIZES
        ]

    found, problems, left = each_of(machines.chosen(GATHERERS), SECONDS["pipeline"], ask)
    problems += [
        f"{name}: with batches of {row['batch_size']} a step waits for the pipeline"
        for name, rows in found.items()
        for row in rows
        if "fed" in row and row["fed"] < SLOWER * row["ready"]
    ]
    return {"rows": found, "left": left, "verdict": machines.judged(problems, left=left)}


def table_of_pipeline(measured: Measured) -> str:
    rows = []
    for name, found in measured["rows"].items():
        for row in found:
            rates = [f"{row[each]:,.0f}" for each in ("batches", "examples", "tokens")]
            steps = [f"{row[each]:,.0f}" if each in row else "" for each in ("ready", "fed")]
            threads = [f"{rate:,.0f}" for rate in row["gathered"].values()]
            rows.append([name, str(row["batch_size"]), *rates, *threads, *steps])
    gathered = ["gathered/s by 1 thread", "by 4"]
    columns = ["recipe", "batch", "batches/s", "examples/s", "tokens/s", *gathered, "steps/s, batch ready", "fed"]
    return markdown(columns, rows)

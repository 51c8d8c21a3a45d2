"""What two choices are worth in a recurrent classifier of reviews. Two measurements:

buckets    seconds an epoch of imdb/masked_bilstm, reviews of like lengths in a batch or as chance has it
optimizer  the share that updating a table of 20,000 × 256 has of a training step: seqlab's row updates, Keras' dense
           ones

Programs take turns, round by round. An epoch's seconds are the median turn's seconds a step times the steps: batches
come in random order, so that a turn is a fair sample of them. Needs the IMDB archive in $SEQLAB_DATA_DIR/imdb.

python benchmarks/sequences.py [--only buckets] [--rounds 10] [--json benchmarks/results/sequences.json]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from processes import Contender, Measured, carry_out, in_turns, markdown, options_of

HERE = Path(__file__).parent / "sequences"
RECIPE = "imdb/masked_bilstm"
OPTIMIZERS = ("rmsprop", "adam")
TURN_SECONDS = 0.5
WARM_UP = 2


def main() -> None:
    options = options_of(__doc__, PARTS, rounds=10)
    options.add_argument("--steps", type=int, default=30, help="of an epoch, in a turn of `buckets`")
    carry_out(PARTS, options.parse_args())


def buckets(chosen: argparse.Namespace) -> Measured:
    """One after the other to prepare (the second finds the data in the cache), then in turns."""
    options = {"buckets": "training.buckets=true", "no buckets": "training.buckets=false"}
    contenders, sizes = {}, {}
    for name, option in options.items():
        contenders[name] = Contender([str(HERE / "epochs.py"), RECIPE, option])
        sizes[name] = contenders[name].ask("size")
        contenders[name].ask(WARM_UP)
    turns = {name: timed(contender, chosen.steps) for name, contender in contenders.items()}
    seconds = in_turns(chosen.rounds, turns)
    for contender in contenders.values():
        contender.end()
    return {
        name: {"seconds_a_step": seconds[name], "seconds_an_epoch": seconds[name] * size["steps"], **size}
        for name, size in sizes.items()
    }


def timed(contender: Contender, steps: int) -> Callable[[], float]:
    """A turn: seconds a step."""
    return lambda: contender.ask(steps) / steps


def table_of_buckets(measured: Measured) -> str:
    ours = measured["buckets"]["seconds_an_epoch"]
    rows = []
    for name, row in measured.items():
        padding = 1 - row["tokens"] / row["padded"]
        figures = [f"{row['steps']:,}", f"{row['seconds_a_step'] * 1000:,.0f}", f"{row['seconds_an_epoch']:,.0f}"]
        rows.append([name, f"{padding:.0%}", *figures, f"{row['seconds_an_epoch'] / ours:.2f}"])
    columns = ["batches", "padding", "steps an epoch", "ms a step", "s an epoch", "time / with buckets"]
    return markdown(columns, rows)


def optimizer(chosen: argparse.Namespace) -> Measured:
    """Median seconds: of the update alone, of the whole step."""
    contenders = {
        name: Contender([str(HERE / "updates.py"), who, RECIPE])
        for name, who in (("seqlab", "ours"), ("Keras", "keras"))
    }
    rows = []
    for rule in OPTIMIZERS:
        seconds = {}
        for kind, whole in (("update", False), ("step", True)):
            turns = {}
            for name, contender in contenders.items():
                contender.ask({"optimizer": rule, "whole_step": whole})
                one = contender.ask(WARM_UP) / WARM_UP
                turns[name] = timed(contender, max(1, round(TURN_SECONDS / one)))
            seconds[kind] = in_turns(chosen.rounds, turns)
        rows += [
            {"optimizer": rule, "program": name, **{k: v[name] for k, v in seconds.items()}} for name in contenders
        ]
    for contender in contenders.values():
        contender.end()
    return {"rows": rows}


def table_of_optimizer(measured: Measured) -> str:
    rows = []
    for row in measured["rows"]:
        ours = next(each for each in measured["rows"] if each["optimizer"] == row["optimizer"])
        milliseconds = [f"{row[kind] * 1000:,.1f}" for kind in ("update", "step")]
        share, ratios = row["update"] / row["step"], [f"{row[kind] / ours[kind]:.2f}" for kind in ("update", "step")]
        rows.append([row["optimizer"], row["program"], *milliseconds, f"{share:.0%}", *ratios])
    columns = ["optimizer", "program", "update ms", "step ms", "share", "update / ours", "step / ours"]
    return markdown(columns, rows, texts=2)


PARTS = {"buckets": (buckets, table_of_buckets), "optimizer": (optimizer, table_of_optimizer)}


if __name__ == "__main__":
    main()

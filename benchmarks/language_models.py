"""Characters of Shakespeare: seqlab, the course's notebook, the Keras layer, PyTorch. Four measurements:

time        seconds from the start of the process to a validation loss of 1.60 nats: `seqlab train`, the notebook
steps       characters a second of a training step, the recipes' shapes: seqlab, the Keras layer, PyTorch
generation  characters a second when a trained model writes: seqlab, the notebook, a PyTorch loop
pipeline    seconds to the first batch, and memory: seqlab, the notebook

Every program is a process of its own; in `steps`, `generation` and `pipeline` they take turns, round by round, and
medians count. PyTorch takes part twice, with all cores and with one, and the better one counts. Needs the text in
$SEQLAB_DATA_DIR/shakespeare, and `pip install -e ".[benchmarks]"` for PyTorch, or goes without it. `time` takes a
little more than the ten minutes that the notebook is given.

python benchmarks/language_models.py [--only time] [--rounds 5] [--json benchmarks/results/language_models.json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import Contender, Measured, carried_out, carry_out, has_pytorch, in_turns, markdown, options_of

from seqlab import config

HERE = Path(__file__).parent / "language_models"
TARGET = 1.60
RECIPE = "shakespeare/char_gru"
SHAPES_OF = (RECIPE, "shakespeare/char_lstm")
VOCABULARIES = {True: 39, False: 65}
"""Characters of the text: in lower case, as they are."""
TURN_SECONDS = 0.5
WARM_UP = 4
NOTEBOOK_LENGTH = 50
"""Characters that the notebook writes in a turn, as in the course; the longer the text, the slower it gets."""
PYTORCH = ("PyTorch", "PyTorch, one thread")


def main() -> None:
    options = options_of(__doc__, PARTS, rounds=5)
    options.add_argument("--stop-notebook-after", type=float, default=600.0, metavar="SECONDS")
    options.add_argument("--target", type=float, default=TARGET, help="the validation loss of `time`")
    carry_out(PARTS, options.parse_args())


def program(name: str, *arguments: Any) -> list[str]:
    return [str(HERE / f"{name}.py"), *map(str, arguments)]


def text() -> Path:
    return Path(os.environ["SEQLAB_DATA_DIR"]) / "shakespeare" / "shakespeare.txt"


def time_to_loss(chosen: argparse.Namespace) -> Measured:
    """seqlab before and after the notebook: a machine that changes meanwhile shows."""
    limit = chosen.stop_notebook_after
    ours = program("training_with_seqlab", RECIPE, chosen.target)
    notebook = program("training_of_notebook", text(), chosen.target, limit)
    ended = [carried_out(command) for command in (ours, notebook, ours)]
    before, theirs, after = [json.loads(each.output.splitlines()[-1]) for each in ended]
    if None in (before["reached"], after["reached"]):
        raise SystemExit(f"{RECIPE} never reached {chosen.target}: {before['history']}, {after['history']}")
    seconds = {"seqlab": max(before["reached"], after["reached"]), "notebook": theirs["reached"] or limit}
    return {
        "target": chosen.target,
        "seconds": seconds,
        "notebook_reached_it": theirs["reached"] is not None,
        "megabytes": {"seqlab": ended[0].megabytes, "notebook": ended[1].megabytes},
        "runs": {"seqlab": before, "notebook": theirs, "seqlab again": after},
    }


def table_of_time(measured: Measured) -> str:
    ours, theirs = (measured["seconds"][name] for name in ("seqlab", "notebook"))
    runs, reached = measured["runs"], measured["notebook_reached_it"]
    rows = []
    for name in ("seqlab", "notebook"):
        seconds, last = measured["seconds"][name], runs[name]["history"][-1][1]
        stopped = "" if name == "seqlab" or reached else "stopped at "
        ratio = f"{'' if name == 'seqlab' or reached else '> '}{seconds / ours:.1f}"
        row = [name, f"{stopped}{seconds:,.0f}", f"{last:.3f}", f"{runs[name]['steps']:,}"]
        rows.append([*row, f"{measured['megabytes'][name]:,.0f}", ratio])
    title = f"s to validation {measured['target']:.2f}"
    columns = ["program", title, "validation loss then", "steps", "peak MB", "time / ours"]
    again = runs["seqlab again"]["reached"]
    both = (
        f"seqlab before the notebook {runs['seqlab']['reached']:.0f} s, after it {again:.0f} s: the slower one counts."
    )
    return f"{markdown(columns, rows)}\n\n{both} The notebook takes {theirs / ours:.1f} times as long" + (
        "." if reached else " or more."
    )


def shape_of(recipe: str) -> Measured:
    """What a recipe trains. Optimizers differ between recipes; here all use Adam."""
    experiment = config.load(recipe).experiment
    return {
        **{name: getattr(experiment.model, name) for name in ("cell", "units", "layers", "dropout")},
        "embedding": experiment.model.tables["text"].width,
        "vocabulary": VOCABULARIES[experiment.vectorizer.lowercase],
        "batch": experiment.training.batch_size,
        "window": experiment.training.window,
    }


def steps(chosen: argparse.Namespace) -> Measured:
    """Medians of characters a second."""
    commands = {
        "seqlab": program("steps_with_tensorflow", "ours"),
        "Keras": program("steps_with_tensorflow", "keras"),
        **pytorch(),
    }
    contenders = {name: Contender(command) for name, command in commands.items()}
    rows = []
    for recipe in SHAPES_OF:
        shape = shape_of(recipe)
        turns = {name: training_turn(contender, shape) for name, contender in contenders.items()}
        rows.append({"recipe": recipe, "shape": shape, "characters_per_second": better(in_turns(chosen.rounds, turns))})
    for contender in contenders.values():
        contender.end()
    return {"rows": rows}


def training_turn(contender: Contender, shape: Measured) -> Callable[[], float]:
    """A turn, after first steps that are not counted: how many characters a second."""
    contender.ask(shape)
    number = max(1, round(TURN_SECONDS * WARM_UP / contender.ask(WARM_UP)))
    return lambda: number * shape["batch"] * shape["window"] / contender.ask(number)


def pytorch() -> dict[str, list[str]]:
    return (
        dict(zip(PYTORCH, (program("with_pytorch"), program("with_pytorch", 1)), strict=True)) if has_pytorch() else {}
    )


def better(rates: dict[str, float]) -> dict[str, float]:
    """One PyTorch of the two."""
    others = {name: value for name, value in rates.items() if name not in PYTORCH}
    of_pytorch = [value for name, value in rates.items() if name in PYTORCH]
    return {**others, **({"PyTorch": max(of_pytorch)} if of_pytorch else {})}


def table_of_steps(measured: Measured) -> str:
    rows, ratios = [], {"Keras": [], "PyTorch": []}
    for row in measured["rows"]:
        rate, shape = row["characters_per_second"], row["shape"]
        quotients = {name: rate["seqlab"] / rate[name] for name in ratios if name in rate}
        for name, value in quotients.items():
            ratios[name].append(value)
        network = f"{shape['layers']} × {shape['cell'].upper()} {shape['units']}, {shape['batch']} × {shape['window']}"
        rates = [f"{rate[name]:,.0f}" if name in rate else "" for name in ("seqlab", *ratios)]
        rows.append(
            [row["recipe"], network, *rates, *(f"{quotients[n]:.2f}" if n in quotients else "" for n in ratios)]
        )
    columns = ["recipe", "network, batch", "seqlab characters/s", "Keras", "PyTorch", "ours / Keras", "ours / PyTorch"]
    means = [f"ours / {name}: geometric mean {statistics.geometric_mean(v):.2f}" for name, v in ratios.items() if v]
    return f"{markdown(columns, rows, texts=2)}\n\n{'; '.join(means)}."


def generation(chosen: argparse.Namespace) -> Measured:
    """Medians of characters a second, of all samples together. seqlab's run is trained for a moment only."""
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            "seqlab": Contender(program("generating_with_seqlab", a_run(Path(folder)))),
            "notebook": Contender(program("generating_of_notebook", text())),
            **{name: Contender(command) for name, command in pytorch().items()},
        }
        for name in pytorch():
            contenders[name].ask(shape_of(RECIPE))
        measured = {}
        for samples in (1, 8):
            turns = {}
            for name, contender in contenders.items():
                if name != "notebook" or samples == 1:
                    turns[name] = writing_turn(name, contender, samples)
            measured[str(samples)] = better(in_turns(chosen.rounds, turns))
        for contender in contenders.values():
            contender.end()
    return {"samples": measured}


def a_run(folder: Path) -> Path:
    options = ["training.epochs=1", "data.take=100000", "--runs-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "seqlab", "train", RECIPE, *options], check=True, capture_output=True)
    return next(path.parent for path in folder.glob("*/result.json"))


def writing_turn(name: str, contender: Contender, samples: int) -> Callable[[], float]:
    """A turn, after a first one that is not counted: how many characters a second."""
    length = NOTEBOOK_LENGTH if name == "notebook" else 100
    seconds = [contender.ask({"samples": samples, "length": length}) for _ in range(2)][-1]
    if name != "notebook":
        length = max(length, round(length * TURN_SECONDS / seconds))
    return lambda: samples * length / contender.ask({"samples": samples, "length": length})


def table_of_generation(measured: Measured) -> str:
    rows = []
    for samples, rates in measured["samples"].items():
        for name, rate in rates.items():
            label = f"{name}, {samples} text{'s' if samples != '1' else ''}"
            rows.append([label, f"{rate:,.0f}", f"{rates['seqlab'] / rate:,.2f}"])
    return markdown(["program", "characters/s", "ours / program"], rows)


def pipeline(chosen: argparse.Namespace) -> Measured:
    """Medians over whole processes."""
    commands = {
        "seqlab": program("pipeline_of_seqlab", RECIPE),
        "notebook": program("pipeline_of_notebook", text(), 500),
    }
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(chosen.rounds):
        for name, command in commands.items():
            ended = carried_out(command)
            runs[name].append({**json.loads(ended.output.splitlines()[-1]), "megabytes": ended.megabytes})
            print(f"{name}: {runs[name][-1]}", file=sys.stderr, flush=True)
    return {
        name: {key: statistics.median(each[key] for each in measured) for key in measured[0]}
        for name, measured in runs.items()
    }


def table_of_pipeline(measured: Measured) -> str:
    rows = []
    for name, row in measured.items():
        seconds = [f"{row['preparing']:.2f}", f"{row['first_batch']:.2f}"]
        figures = [f"{row[key]:,.0f}" for key in ("characters_per_second", "megabytes_more", "megabytes")]
        rows.append([name, *seconds, *figures, f"{row['first_batch'] / measured['seqlab']['first_batch']:.1f}"])
    columns = ["program", "text to ids s", "ids to first batch s", "then characters/s", "MB more", "peak MB"]
    return markdown([*columns, "first batch / ours"], rows)


PARTS = {
    "time": (time_to_loss, table_of_time),
    "steps": (steps, table_of_steps),
    "generation": (generation, table_of_generation),
    "pipeline": (pipeline, table_of_pipeline),
}


if __name__ == "__main__":
    main()

"""The course's translator with Luong's attention (course/spa_eng/luong): seqlab, the notebook, PyTorch. Measured are

training     pairs a second of a training step: seqlab, the notebook's `fit`, PyTorch on seqlab's own batches
translating  words a second of a loaded model, one sentence after the other and a thousand at once: seqlab greedy and
             with four beams, the notebook's `predict` for every word
once         seconds of `seqlab translate "I like soccer"` as a whole process, beside one that imports TensorFlow alone

Programs take turns, round by round, and medians count. PyTorch takes part twice, with all cores and with one, and the
better one counts. Needs the data in $SEQLAB_DATA_DIR, and `pip install -e ".[benchmarks]"` for PyTorch, or goes
without it.

python benchmarks/translation.py [--only training] [--rounds 5] [--json benchmarks/results/translation.json]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import Contender, Measured, carried_out, carry_out, has_pytorch, in_turns, markdown, options_of

HERE = Path(__file__).parent / "translation"
RECIPE = "course/spa_eng/luong"
BATCHES = ("training.batch_size=64", "training.buckets=true", "training.clip_norm=1.0")
"""As in our own recipes, so that no step is mostly padding."""
STEPS = {"seqlab": 20, "notebook": 3, "PyTorch": 20, "PyTorch, one thread": 20}
NOTEBOOK_BATCH, NOTEBOOK_WORDS = 32, 8
FILE, SINGLE = 1_000, 20
"""Sentences of a file, and of a turn that translates one after the other."""


def main() -> None:
    carry_out(PARTS, options_of(__doc__, PARTS, rounds=5).parse_args())


def program(name: str, *arguments: Any) -> list[str]:
    return [str(HERE / f"{name}.py"), *map(str, arguments)]


def data() -> str:
    return os.environ["SEQLAB_DATA_DIR"]


def training(chosen: argparse.Namespace) -> Measured:
    """Medians of pairs a second."""
    commands = {
        "seqlab": program("steps_with_seqlab", RECIPE, *BATCHES, "data.take=20000"),
        "notebook": program("steps_of_notebook", data()),
    }
    if has_pytorch():
        commands |= {
            "PyTorch": program("steps_with_pytorch"),
            "PyTorch, one thread": program("steps_with_pytorch", 1),
        }
    contenders = {name: Contender(command) for name, command in commands.items()}
    with tempfile.TemporaryDirectory() as folder:
        batches = str(Path(folder) / "batches.npz")
        size = contenders["seqlab"].ask(batches)
        for name, contender in contenders.items():
            if name.startswith("PyTorch"):
                contender.ask(batches)
            contender.ask(STEPS[name])  # traces, and memory that is taken once
        sizes = {name: NOTEBOOK_BATCH if name == "notebook" else size for name in contenders}
        turns = {name: _training_turn(contender, STEPS[name], sizes[name]) for name, contender in contenders.items()}
        rates = in_turns(chosen.rounds, turns)
    peaks = {name: contender.end() for name, contender in contenders.items()}
    return {"pairs_per_second": rates, "peak_megabytes": peaks}


def _training_turn(contender: Contender, steps: int, batch: float) -> Callable[[], float]:
    return lambda: steps * batch / contender.ask(steps)


def table_of_training(measured: Measured) -> str:
    rates = measured["pairs_per_second"]
    peaks = measured["peak_megabytes"]
    rows = [
        [name, f"{rate:,.0f}", f"{rates['seqlab'] / rate:.2f}", f"{peaks[name]:,.0f}"] for name, rate in rates.items()
    ]
    return markdown(["program", "pairs/s", "ours / program", "peak MB"], rows)


def translating(chosen: argparse.Namespace) -> Measured:
    """Medians of words a second, the end of each sentence among them."""
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            "seqlab": Contender(program("translating_with_seqlab", a_run(Path(folder)), RECIPE)),
            "notebook": Contender(program("translating_of_notebook", data())),
        }
        turns: dict[str, Callable[[], float]] = {}
        for beam, search in ((1, "greedy"), (4, "4 beams")):
            for together, what in ((False, "one by one"), (True, f"file of {FILE:,}")):
                turn = _translating_turn(contenders["seqlab"], beam, together)
                turn()  # traces
                turns[f"seqlab, {search}, {what}"] = turn
        contenders["notebook"].ask(2)
        turns["notebook, greedy, one by one"] = lambda: NOTEBOOK_WORDS / contenders["notebook"].ask(NOTEBOOK_WORDS)
        rates = in_turns(chosen.rounds, turns)
        peaks = {name: contender.end() for name, contender in contenders.items()}
    return {"words_per_second": rates, "peak_megabytes": peaks}


def a_run(folder: Path) -> Path:
    """Trained for two epochs on a part of the pairs: its sentences end where sentences do."""
    options = [*BATCHES, "data.take=20000", "training.epochs=2", "--runs-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "seqlab", "train", RECIPE, *options], check=True, capture_output=True)
    return next(path.parent for path in folder.glob("*/result.json"))


def _translating_turn(contender: Contender, beam: int, together: bool) -> Callable[[], float]:
    def turn() -> float:
        asked = {"beam": beam, "together": together, "from": 0, "sentences": FILE if together else SINGLE}
        told = contender.ask(asked)
        return float(told["words"] / told["seconds"])

    return turn


def table_of_translating(measured: Measured) -> str:
    rates, peaks = measured["words_per_second"], measured["peak_megabytes"]
    slowest = rates["notebook, greedy, one by one"]
    rows = [
        [name, f"{rate:,.1f}", f"{1000 / rate:,.2f}", f"{rate / slowest:,.1f}", f"{peaks[name.split(',')[0]]:,.0f}"]
        for name, rate in rates.items()
    ]
    return markdown(["program", "words/s", "ms a word", "times the notebook", "peak MB"], rows)


def once(chosen: argparse.Namespace) -> Measured:
    """Medians of seconds, processes and all."""
    with tempfile.TemporaryDirectory() as folder:
        asked = ["-m", "seqlab", "translate", "I like soccer", "--run", str(a_run(Path(folder)))]
        commands = {"seqlab translate": asked, "import tensorflow": ["-c", "import tensorflow, keras"]}
        turns = {name: _process_turn(command) for name, command in commands.items()}
        return {"seconds": in_turns(chosen.rounds, turns)}


def _process_turn(command: list[str]) -> Callable[[], float]:
    return lambda: carried_out(command).wall


def table_of_once(measured: Measured) -> str:
    seconds = measured["seconds"]
    rows = [[name, f"{each:.1f}", f"{each - seconds['import tensorflow']:.1f}"] for name, each in seconds.items()]
    return markdown(["process", "s", "more than the import"], rows)


PARTS = {
    "training": (training, table_of_training),
    "translating": (translating, table_of_translating),
    "once": (once, table_of_once),
}


if __name__ == "__main__":
    main()

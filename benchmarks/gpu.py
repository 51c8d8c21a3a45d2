"""What only a GPU can settle, in one command of at most eight minutes. Its parts:

layers        recurrent layers under a mask: as on rows without padding, and as on the CPU, with their gradients
recipes       a training step of every recipe's model: speed, memory, visits of the host within loops, traces
precision     half precision: losses are finite, and those of float32 nearly
determinism   the same training twice: the same bits of the weights
decoding      texts and translations as on the CPU, and how fast; the lowest of equals comes first
trainings     a short training of each task has the losses of the CPU
two_gpus      two GPUs have the losses of one
resume        a training that is killed and resumed ends as one that is not
alternatives  what seqlab does only on a GPU is no slower than what it could do instead
pipeline      batches of 64 and 512: the pipeline alone, and whether a training step waits for it

Each part holds, does not hold, or could not be measured here; if one does not hold, the exit status is 1. Without a GPU
all parts run on the CPU in small shapes, and settle nothing; with --small in such shapes on a GPU too. Recipes for
which a part has no time left are named. No data are needed: texts are made up.

python benchmarks/gpu.py [--only layers] [--small] [--json benchmarks/results/gpu.json]
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gpu_results
import gpu_speeds
from gpu_verdicts import VERDICTS, Failed, Machines
from processes import Contender, Measured, carry_out, markdown, options_of

WORKER = Path(__file__).parent / "gpu" / "worker.py"

Measure = Callable[[Machines], Measured]


def main() -> None:
    options = options_of(__doc__, PARTS, rounds=None)
    options.add_argument("--small", action="store_true", help="small shapes, as without a GPU")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        machines = Machines(Processes(Path(folder)).ask, small=chosen.small)
        sys.exit(judge(machines, chosen))


def judge(machines: Machines, chosen: argparse.Namespace) -> int:
    """Measure, print the tables and what they say: the exit status."""
    chosen.small, chosen.gpu = machines.small, machines.gpu["name"]
    parts = {
        name: (functools.partial(_measured, measure, machines), functools.partial(_shown, table))
        for name, (measure, table) in PARTS.items()
    }
    measured = carry_out(parts, chosen)
    verdicts = {name: found["verdict"] for name, found in measured.items() if name in PARTS}
    rows = [[name, found["verdict"], found["why"]] for name, found in verdicts.items()]
    print(f"\n### verdicts\n\n{markdown(['part', 'verdict', 'why'], rows, texts=3)}")
    return int(any(found["verdict"] == VERDICTS.fails for found in verdicts.values()))


def _measured(measure: Measure, machines: Machines, chosen: argparse.Namespace) -> Measured:
    try:
        return measure(machines)
    except Failed as error:
        return {"error": str(error), "verdict": machines.judged([str(error)])}


def _shown(table: Callable[[Measured], str], measured: Measured) -> str:
    return measured["error"] if "error" in measured else table(measured)


class Processes:
    """The processes that answer, each started when it is first asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: dict[tuple[str, int], Contender] = {}

    def ask(self, device: str, devices: int, question: dict[str, Any]) -> dict[str, Any]:
        key = (device, devices)
        if key not in self.started:
            self.started[key] = Contender([str(WORKER), device, str(devices), str(self.folder)])
        try:
            answer: dict[str, Any] = self.started[key].ask(question)
        except SystemExit as error:  # the process died: the next question gets another one
            del self.started[key]
            return {"error": " ".join(str(error).split())[-300:]}
        return answer


PARTS: dict[str, tuple[Measure, Callable[[Measured], str]]] = {
    "layers": (gpu_results.layers, gpu_results.table_of_layers),
    "recipes": (gpu_speeds.recipes, gpu_speeds.table_of_recipes),
    "precision": (gpu_results.precision, gpu_results.table_of_precision),
    "determinism": (gpu_results.determinism, gpu_results.table_of_determinism),
    "decoding": (gpu_results.decoding, gpu_results.table_of_decoding),
    "trainings": (gpu_results.trainings, gpu_results.table_of_trainings),
    "two_gpus": (gpu_results.two_gpus, gpu_results.table_of_trainings),
    "resume": (gpu_results.resume, gpu_results.table_of_resume),
    "alternatives": (gpu_speeds.alternatives, gpu_speeds.table_of_alternatives),
    "pipeline": (gpu_speeds.pipeline, gpu_speeds.table_of_pipeline),
}


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()

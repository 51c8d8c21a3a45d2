"""What the default options are worth: each model of each task, with a config that names it and sets nothing else, on
500, 2,000 and 8,000 examples, beside what a user would try instead:

classification   bags: logistic regression on tf-idf (scikit-learn) and fastText with their defaults, fastText also with
                 25 epochs; networks: the same kind in the same sizes in plain PyTorch
regression       made-up prices by a linear rule, and Friedman's rule, which is not linear; the best error of both is
                 known: linear regression and gradient boosting (scikit-learn)
language_model   as many windows of 100 characters: PyTorch, and counts of pairs of characters
translation      PyTorch, both by greedy search
word_vectors     gensim; the loss of its vectors is that of seqlab's network with them

Networks in PyTorch keep PyTorch's own initialization and Adam's default rate of 0.001; they have seqlab's number of
epochs (until ten bring no improvement), batches of the same size, dropout, and the best epoch on the same validation
split. All programs read the same examples, from files that seqlab writes, and all but scikit-learn the same tokens. A
seed draws its own examples, where the data allow it.

A verdict does not hold if seqlab is worse than a peer by more than the seeds' deviation, if it is no better than a
model that ignores its input, or if a training fails; then the exit status is 1. Each training is a line of the record
as soon as it is done, and is not repeated as long as the defaults are the same. Needs `pip install -e ".[benchmarks]"`
and the data in $SEQLAB_DATA_DIR; --peers-python names another interpreter for all programs but seqlab. On a busy
machine, OMP_NUM_THREADS=1 keeps threads of PyTorch from waiting for each other.

python benchmarks/defaults.py [--record benchmarks/results/defaults.jsonl] [--only classification] [--seeds 1 2]
python benchmarks/defaults.py --page docs/defaults.md
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from defaults_cells import (
    DATA,
    JUDGED,
    OURS,
    SEEDS,
    SIZES,
    TRAINING_TO_VALIDATION,
    Cell,
    Line,
    add_to_record,
    all_cells,
    config_of,
    missing,
    read_record,
    settings_of,
)
from defaults_tables import write_tables
from defaults_verdicts import tables, verdicts_on
from gpu_verdicts import VERDICTS
from processes import Contender, between, machine

HERE = Path(__file__).parent
MODELS = tuple(dict.fromkeys(model for source in DATA.values() for model in source.peers))
MARKS = ("<!-- tables of benchmarks/defaults.py -->", "<!-- end of the tables -->")

Ask = Callable[[str, Any], Any]
"""(program, question) → answer."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--record", type=Path, default=HERE / "results" / "defaults.jsonl")
    options.add_argument("--only", nargs="+", choices=JUDGED, default=list(JUDGED))
    options.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    options.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    options.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    options.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    options.add_argument("--peers-python", type=Path, default=Path(sys.executable), help="the interpreter of the peers")
    options.add_argument("--table", action="store_true", help="print the tables of the record, and train nothing")
    options.add_argument("--page", type=Path, help="write the tables of the record into this page, and train nothing")
    sys.exit(judge(options.parse_args()))


def judge(chosen: argparse.Namespace) -> int:
    """Carry out what is missing, show what the record says of the chosen cells: the exit status."""
    if chosen.page:
        page = between(chosen.page.read_text(encoding="utf-8"), MARKS, tables(read_record(chosen.record)))
        chosen.page.write_text(page, encoding="utf-8")
        return 0
    cells = all_cells(chosen.only, chosen.data, chosen.models, chosen.sizes, chosen.seeds)
    if not chosen.table:
        with tempfile.TemporaryDirectory() as folder:
            programs = Programs(chosen.peers_python)
            carry_out(cells, chosen.record, programs.ask, Path(folder))
            programs.end()
    on_record = read_record(chosen.record)
    record = {cell: on_record[cell] for cell in cells if cell in on_record}
    print(tables(record))
    if old := missing(list(record), record):
        print(f"{len(old)} of these {len(record)} trainings had other defaults", file=sys.stderr)
    return int(any(each.verdict == VERDICTS.fails for each in verdicts_on(record)))


class Programs:
    """The programs of `benchmarks/defaults`, each started when it is first asked."""

    def __init__(self, peers_python: Path) -> None:
        self.peers_python = str(peers_python)
        self.started: dict[str, Contender] = {}

    def ask(self, program: str, question: Any) -> Any:
        if program not in self.started:
            python = sys.executable if program == "ours.py" else self.peers_python
            self.started[program] = Contender([str(HERE / "defaults" / program)], python)
        return self.started[program].ask(question)

    def end(self) -> None:
        for contender in self.started.values():
            contender.end()


def carry_out(cells: Sequence[Cell], path: Path, ask: Ask, folder: Path) -> None:
    """All cells that the record does not have with the present defaults. Those of the same examples follow each other:
    seqlab writes these once."""
    remaining = missing(cells, read_record(path))
    done = 0
    for number, (_, group) in enumerate(itertools.groupby(remaining, lambda each: (each.data, each.size, each.seed))):
        file = folder / f"{number}.json"
        for cell in group:
            if not file.exists():
                if DATA[cell.data].table:
                    write_tables(folder, cell.size, cell.size // TRAINING_TO_VALIDATION, cell.seed)
                config = config_of(cell, _reads_order(cell), folder)
                ask("ours.py", {"do": "write", "config": config, "file": str(file)})
            started = time.perf_counter()
            figures, versions = _figures(cell, ask, file, folder)
            seconds = round(time.perf_counter() - started, 1)
            found = {"figures": figures, "seconds": seconds, "versions": versions, "machine": machine()}
            line = add_to_record(path, cell, found | {"date": datetime.now(UTC).date().isoformat()})
            done += 1
            print(f"{done} of {len(remaining)}: {_told(line)}", file=sys.stderr, flush=True)
        file.unlink()


def _reads_order(cell: Cell) -> str:
    """The model for which examples are written: the last of a dataset, which reads tokens in their order."""
    return list(DATA[cell.data].peers)[-1]


def _figures(cell: Cell, ask: Ask, file: Path, folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """What a program found, and the versions of its packages."""
    if cell.who == OURS:
        config = config_of(cell, folder=folder)
        question = {"do": "train", "task": cell.task, "config": config, "file": str(file)}
    else:
        question = {"who": cell.who, "model": cell.model, "seed": cell.seed, "file": str(file), **settings_of(cell)}
    answer = ask(cell.program, question)
    if "vectors" in answer:  # of gensim: seqlab computes their loss
        judged = {"do": "judge", "config": config_of(cell, folder=folder), "vectors": answer["vectors"]}
        answer["figures"] = ask("ours.py", judged)["figures"]
    return answer["figures"], answer["versions"]


def _told(line: Line) -> str:
    judged = JUDGED[line["task"]]
    values = {name: line["figures"].get(name) for name in (judged.figure, *judged.shown)}
    shown = ", ".join(f"{name} {value:.4g}" for name, value in values.items() if value is not None)
    name = " ".join(str(line[key]) for key in ("data", "size", "model", "who") if line[key])
    return f"{name}, seed {line['seed']}: {shown or line['figures'].get('error')} ({line['seconds']} s)"


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()

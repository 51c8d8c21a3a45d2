"""Time and memory of a bag of words by the number of rows: generates CSV files, prepares and trains on each.

    python benchmarks/scaling.py 10000 100000 1000000          12 words a row, about 60 bytes
    python benchmarks/scaling.py 10000000 --words 90           about 5 GB
    python benchmarks/scaling.py 1000000 --words 58 --limit 900 --prepare   about 300 MB, without TensorFlow

Each file is generated with a fixed seed, read with an empty cache in a folder of its own, and deleted. Columns: the
size of the file, seconds and peak of resident memory of `prepare_data` in a process of its own (the files of the stores
that are mapped count too), the same of `seqlab train` with one epoch, and the largest of its child processes. With
`--limit`, the exit code is 1 if a peak is above it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

WORDS, AT_ONCE = 200_000, 20_000
CONFIG = {
    "version": 1,
    "task": "classification",
    "vectorizer": {"name": "words", "max_tokens": 20_000},
    "model": {"name": "bag"},
    "training": {"epochs": 1, "batch_size": 256},
}
PREPARE = """
import sys, json
import seqlab.config, seqlab.experiment.prepare_data as prepare
from seqlab.data.splits.load_splits import locate
from seqlab.progress import SILENT
experiment = seqlab.config.load(json.loads(sys.argv[1])).experiment
prepare.prepare_data(experiment, locate(experiment.data), SILENT, import_tensorflow=False)
assert "tensorflow" not in sys.modules
"""
TRAIN = """
import sys, json, pathlib
import seqlab.config
from seqlab.experiment.train import train
train(seqlab.config.load(json.loads(sys.argv[1])), pathlib.Path(sys.argv[2]))
"""


def generate(path: Path, rows: int, words: int) -> None:
    """Rows of words whose frequencies follow Zipf's law; the first word decides the label."""
    generator = np.random.default_rng(1)
    vocabulary = np.array([f"w{number:x}" for number in range(WORDS)], object)
    share = 1 / np.arange(1, WORDS + 1)
    bounds = np.cumsum(share) / share.sum()
    with path.open("w", encoding="utf-8") as file:
        file.write("text,label\n")
        for start in range(0, rows, AT_ONCE):
            ids = np.searchsorted(bounds, generator.random((min(AT_ONCE, rows - start), words)))
            labels = np.where(ids[:, 0] % 2, "odd", "even").tolist()
            lines = zip(vocabulary[ids].tolist(), labels, strict=True)
            file.writelines(f"{' '.join(row)},{label}\n" for row, label in lines)


def measured(program: str, *arguments: str, cache: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of a Python program, the larger of the process and its own children."""
    environment = os.environ | {"SEQLAB_CACHE_DIR": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", WATCHED, program, *arguments], check=True, env=environment)
    seconds = time.perf_counter() - start
    peak = json.loads((cache / "peak.json").read_text(encoding="utf-8"))
    return seconds, peak


WATCHED = """
import sys, os, json, pathlib, re, resource
exec(sys.argv.pop(1))
status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
own = int(re.search("VmHWM:\\s+(\\d+)", status)[1])  # ru_maxrss would count the parent's memory before exec
peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
pathlib.Path(os.environ["SEQLAB_CACHE_DIR"], "peak.json").write_text(json.dumps(peak), encoding="utf-8")
"""


def row_of_table(rows: int, words: int, folder: Path, *, only_prepare: bool) -> tuple[str, float]:
    """A line of the table, and the highest peak."""
    path = folder / "rows.csv"
    generate(path, rows, words)
    config = json.dumps({**CONFIG, "data": {"name": "csv", "path": str(path)}})
    cells = [f"{rows:>12,}", f"{path.stat().st_size / 1e6:>8,.0f}"]
    programs = [(PREPARE, [config])] if only_prepare else [(PREPARE, [config]), (TRAIN, [config, str(folder / "runs")])]
    peaks = []
    for number, (program, arguments) in enumerate(programs):
        (cache := folder / f"cache-{number}").mkdir()
        seconds, peak = measured(program, *arguments, cache=cache)
        cells += [f"{seconds:>8,.1f}", f"{peak:>8,.0f}"]
        peaks.append(peak)
    return " | ".join(cells), max(peaks)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="+")
    parser.add_argument("--words", type=int, default=12, help="words of a row")
    parser.add_argument("--folder", type=Path, default=None, help="where files are generated")
    parser.add_argument("--prepare", action="store_true", help="do not train")
    parser.add_argument("--limit", type=float, default=float("inf"), help="MB of memory")
    options = parser.parse_args()
    print("        rows |       MB | prepare |     peak |    train |     peak")
    highest = 0.0
    for rows in options.rows:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            line, peak = row_of_table(rows, options.words, Path(folder), only_prepare=options.prepare)
        print(line, flush=True)
        highest = max(highest, peak)
    return int(highest > options.limit)


if __name__ == "__main__":
    sys.exit(main())

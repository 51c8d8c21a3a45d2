"""Time and memory by the size of the data: classifiers and translators of generated rows, language models of a text.

    python benchmarks/scaling.py 10000 100000 1000000          a bag: 12 words a row, about 60 bytes
    python benchmarks/scaling.py 10000 100000 --model sequences    an LSTM; pairs: an encoder-decoder
    python benchmarks/scaling.py 10000 100000 --peers          fastText and scikit-learn on the rows of the bag, too
    python benchmarks/scaling.py 10000000 --words 90           about 5 GB
    python benchmarks/scaling.py 1000000 --words 58 --limit 900 --prepare   about 300 MB, without TensorFlow
    python benchmarks/scaling.py --text words 1 10 100 --prepare   MB of running text; also characters, subwords

Each file is generated with a fixed seed, read with an empty cache in a folder of its own, and deleted. Columns: the
size of the file, seconds and peak of resident memory of `prepare_data` in a process of its own (the files of the stores
that are mapped count too), and the same of `seqlab train` with one epoch, or the largest of its child processes. With
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

HERE = Path(__file__).parent
WORDS, AT_ONCE = 200_000, 20_000
LABELLED = {
    "version": 1,
    "task": "classification",
    "vectorizer": {"name": "words", "max_tokens": 20_000},
    "training": {"epochs": 1, "batch_size": 256},
}
OF_ROWS = {
    "bag": LABELLED | {"model": {"name": "bag"}},
    "sequences": LABELLED | {"model": {"name": "recurrent", "cell": "lstm", "units": 32, "embedding": 32}},
    "pairs": {
        "version": 1,
        "task": "translation",
        "vectorizer": {"name": "words", "max_tokens": 2_000, "standardize": "lower"},
        "model": {"name": "recurrent_encoder_decoder", "cell": "gru", "units": 64, "embedding": 64},
        "training": {"epochs": 1, "batch_size": 256},
        "metrics": [],
    },
}
"""What is trained on rows. A source is a row of words, and its target the same words with the first one last."""
PEERS = {"fastText": HERE / "scaling" / "with_fasttext.py", "scikit-learn": HERE / "scaling" / "with_sklearn.py"}
VECTORIZERS = {
    "characters": {"name": "characters"},
    "words": {"name": "words", "max_tokens": 20_000},
    "subwords": {"name": "subwords", "size": 4096},
}
TEXT_CONFIG = {
    "version": 1,
    "task": "language_model",
    "model": {"name": "recurrent", "cell": "gru", "units": 16, "embedding": 16},
    "training": {"epochs": 1, "batch_size": 512},
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


def generate(path: Path, rows: int, words: int, *, pairs: bool = False) -> None:
    """Rows of words whose frequencies follow Zipf's law; the first word decides the label. As pairs, a source and the
    same words in another order."""
    generator = np.random.default_rng(1)
    vocabulary = np.array([f"w{number:x}" for number in range(WORDS)], object)
    share = 1 / np.arange(1, WORDS + 1)
    bounds = np.cumsum(share) / share.sum()
    with path.open("w", encoding="utf-8") as file:
        file.write("source,target\n" if pairs else "text,label\n")
        for start in range(0, rows, AT_ONCE):
            ids = np.searchsorted(bounds, generator.random((min(AT_ONCE, rows - start), words)))
            texts = [" ".join(row) for row in vocabulary[ids].tolist()]
            if pairs:
                answers = [" ".join(row) for row in vocabulary[np.roll(ids, -1, axis=1)].tolist()]
            else:
                answers = np.where(ids[:, 0] % 2, "odd", "even").tolist()
            file.writelines(f"{text},{answer}\n" for text, answer in zip(texts, answers, strict=True))


def generate_text(path: Path, megabytes: int) -> None:
    """Lines of ten words whose frequencies follow Zipf's law; one word in eight is not ASCII."""
    generator = np.random.default_rng(1)
    vocabulary = np.array([f"w{'é' * (number % 8 == 7)}{number:x}" for number in range(WORDS)], object)
    share = 1 / np.arange(1, WORDS + 1)
    bounds = np.cumsum(share) / share.sum()
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < megabytes * 1e6:
            ids = np.searchsorted(bounds, generator.random((AT_ONCE // 10, 10)))
            file.writelines(f"{' '.join(line)}\n" for line in vocabulary[ids].tolist())


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


def row_of_table(size: int, folder: Path, options: argparse.Namespace) -> tuple[str, float]:
    """A line of the table, and the highest peak: of running text of so many MB, or of so many rows."""
    path = folder / ("text.txt" if options.text else "rows.csv")
    if options.text:
        generate_text(path, size)
        data = {"name": "text_file", "path": str(path)}
        config = {**TEXT_CONFIG, "vectorizer": VECTORIZERS[options.text], "data": data}
    else:
        pairs = options.model == "pairs"
        generate(path, size, options.words, pairs=pairs)
        columns = {"source": "source", "target": "target", "validation": 0.1, "test": 0.1} if pairs else {}
        config = {**OF_ROWS[options.model], "data": {"name": "csv", "path": str(path), **columns}}
    given = json.dumps(config)
    programs = [(PREPARE, [given]), (TRAIN, [given, str(folder / "runs")])][: 1 if options.prepare else 2]
    if options.peers:
        programs += [(program.read_text(encoding="utf-8"), [str(path)]) for program in PEERS.values()]
    cells, peaks = [f"{options.text or f'{size:,}':>12}", f"{path.stat().st_size / 1e6:>8,.0f}"], []
    for number, (program, arguments) in enumerate(programs):
        (cache := folder / f"cache-{number}").mkdir()
        seconds, peak = measured(program, *arguments, cache=cache)
        cells += [f"{seconds:>8,.1f}", f"{peak:>8,.0f}"]
        peaks.append(peak)
    return " | ".join(cells), max(peaks)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="+", help="rows, or MB of running text")
    parser.add_argument("--text", choices=VECTORIZERS, help="running text, with this vectorizer")
    parser.add_argument("--model", choices=OF_ROWS, default="bag", help="what is trained on rows")
    parser.add_argument("--words", type=int, default=12, help="words of a row")
    parser.add_argument("--folder", type=Path, default=None, help="where files are generated")
    parser.add_argument("--prepare", action="store_true", help="do not train")
    parser.add_argument("--peers", action="store_true", help="fastText and scikit-learn on the rows of the bag, too")
    parser.add_argument("--limit", type=float, default=float("inf"), help="MB of memory")
    options = parser.parse_args()
    if options.peers and (options.text or options.model != "bag"):
        parser.error("--peers is for the rows of the bag")
    names = ["prepare", *([] if options.prepare else ["train"]), *(PEERS if options.peers else [])]
    heads = [f"{name[:8]:>8} |     peak" for name in names]
    print(" | ".join([f"{options.text or 'rows':>12} |       MB", *heads]))
    highest = 0.0
    for size in options.sizes:
        with tempfile.TemporaryDirectory(dir=options.folder) as name:
            line, peak = row_of_table(size, Path(name), options)
        print(line, flush=True)
        highest = max(highest, peak)
    return int(highest > options.limit)


if __name__ == "__main__":
    sys.exit(main())

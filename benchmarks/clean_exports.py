"""Whether the lines in the README of an export run where there is nothing but the packages that the README names.

A small model is trained and exported; then `pip install` puts what the README names into a new virtual environment, and
its Python runs the lines of the README in the folder of the export. seqlab is in none of them. What is on record is not
repeated. Needs an index of packages.

python benchmarks/clean_exports.py [--record benchmarks/results/clean_exports.jsonl] [--only onnx "litert, subwords"]
python benchmarks/clean_exports.py --page docs/exporting.md
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from processes import between

HERE = Path(__file__).parent
MARKS = ("<!-- table of benchmarks/clean_exports.py -->", "<!-- end of the table of benchmarks/clean_exports.py -->")
REVIEWS = ("quickstart", "training.epochs=2")
BOTH_ENDS = "model={name: recurrent, units: 8, embedding: 8, bidirectional: true}"
SUBWORDS = (*REVIEWS, "vectorizer={name: subwords, size: 500}", BOTH_ENDS)
RECURRENT = (*REVIEWS, "vectorizer=words", BOTH_ENDS)
STEMS = (*REVIEWS, "vectorizer.stem=english")
PRICES = ("tabular/synthetic_housing", "data.size=700", "training.epochs=1")
WORDS = {
    "task": "word_vectors",
    "data": {"name": "synthetic", "size": 2_000},
    "vectorizer": "words",
    "model": {"name": "skip_gram", "dimensions": 8, "subsample": None},
    "training": {"epochs": 1},
}
LETTERS = {
    "task": "language_model",
    "data": {"name": "synthetic", "size": 30_000},
    "vectorizer": "characters",
    "model": {"name": "recurrent", "units": 16},
    "training": {"epochs": 1, "window": 50},
}

CASES: Mapping[str, tuple[str, Sequence[Any]]] = {
    "saved_model": ("saved_model", REVIEWS),
    "saved_model, subwords": ("saved_model", SUBWORDS),
    "saved_model, numbers and a category": ("saved_model", PRICES),
    "saved_model, a language model": ("saved_model", (LETTERS,)),
    "sklearn": ("sklearn", REVIEWS),
    "sklearn, stems": ("sklearn", STEMS),
    "sklearn_int8": ("sklearn_int8", REVIEWS),
    "onnx": ("onnx", REVIEWS),
    "onnx, a bidirectional LSTM": ("onnx", RECURRENT),
    "onnx, stems": ("onnx", STEMS),
    "litert": ("litert", REVIEWS),
    "litert, a bidirectional LSTM": ("litert", RECURRENT),
    "openvino": ("openvino", REVIEWS),
    "openvino, a bidirectional LSTM": ("openvino", RECURRENT),
    "word2vec": ("word2vec", (WORDS,)),
}
"""What is exported → the format, and what `seqlab.train` is called with."""

Line = dict[str, Any]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--record", type=Path, default=HERE / "results" / "clean_exports.jsonl")
    options.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    options.add_argument("--page", type=Path, help="write the table of the record into this page, and run nothing")
    chosen = options.parse_args()
    there = read_record(chosen.record)
    if chosen.page:
        page = chosen.page.read_text(encoding="utf-8")
        chosen.page.write_text(between(page, MARKS, table(there)), encoding="utf-8")
        return
    done = {line["case"] for line in there}
    for case in [each for each in chosen.only if each not in done]:
        line = outcome(case)
        print(f"{case}: {'works' if line['works'] else 'FAILS'}\n{line['output']}", file=sys.stderr, flush=True)
        chosen.record.parent.mkdir(parents=True, exist_ok=True)
        with chosen.record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    lines = read_record(chosen.record)
    print(table(lines))
    sys.exit(int(not all(line["works"] for line in lines)))


def outcome(case: str) -> Line:
    """Export a model, and run the lines of its README in an environment of their own."""
    import seqlab
    from seqlab.exports.export import export

    name, training = CASES[case]
    with tempfile.TemporaryDirectory() as folder:
        run = seqlab.train(*training, runs_dir=Path(folder) / "runs", progress=False).run
        done = export(run, name, Path(folder) / "export")
        packages, lines = told(done.directory)
        python = environment(Path(folder) / "environment", packages)
        command = [python, "-I", "-c", lines]
        ran = subprocess.run(command, cwd=done.directory, capture_output=True, text=True, check=False, env=quiet())
        freeze = subprocess.run([python, "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
    installed = freeze.stdout.split()
    return {
        "case": case,
        "format": name,
        "packages": packages,
        "installed": installed,
        "works": ran.returncode == 0 and bool(ran.stdout.strip()) and not any("seqlab" in each for each in installed),
        "output": ran.stdout if ran.returncode == 0 else ran.stderr,
        "date": datetime.now(UTC).date().isoformat(),
    }


def told(directory: Path) -> tuple[list[str], str]:
    """The packages that the README of an export names, and its lines of Python."""
    text = (directory / "README.md").read_text(encoding="utf-8")
    needed = re.search(r"after `pip install ([^`]+)`, in this folder:\n\n```python\n(.*?)```", text, re.DOTALL)
    if needed is None:
        raise SystemExit(f"the README of {directory} does not say how it is used")
    return needed[1].split(), needed[2]


def environment(folder: Path, packages: Sequence[str]) -> Path:
    """A new virtual environment with these packages, in the versions that seqlab is tested with; its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    constraints = HERE.parent / "constraints.txt"
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", constraints, *packages]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return python


def quiet() -> dict[str, str]:
    """The environment without what could make seqlab importable; TensorFlow keeps its log to itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "TF_CPP_MIN_LOG_LEVEL": "3"}


def read_record(path: Path) -> list[Line]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def table(lines: Sequence[Line]) -> str:
    """A line per export, in the order of the cases."""
    rows = ["| export | `pip install` | packages in all | the lines of its README |", "|---|---|---:|---|"]
    order = {case: number for number, case in enumerate(CASES)}
    for line in sorted(lines, key=lambda each: order[each["case"]]):
        works = "run" if line["works"] else "fail"
        rows.append(f"| {line['case']} | `{' '.join(line['packages'])}` | {len(line['installed'])} | {works} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()

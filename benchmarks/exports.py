"""Whether exports answer as their runs do, on real data: small trainings, then 1,000 texts of each test split.

Every case is trained on a part of its data, written in a format, read back from the disk, and asked beside the run. An
answer that differs makes the exit status 1. What is on record is not repeated. Needs the data in $SEQLAB_DATA_DIR.

python benchmarks/exports.py [--record benchmarks/results/exports.jsonl] [--only imdb/bigram spa_eng/luong]
python benchmarks/exports.py --page docs/exporting.md
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from processes import between

HERE = Path(__file__).parent
MARKS = ("<!-- table of benchmarks/exports.py -->", "<!-- end of the table -->")
TEXTS = 1_000
LONGEST_PROMPT = 40
"""Characters of a prompt, which begins anywhere in the text of the test split."""
CONTINUED = 20
"""Tokens after each prompt."""

ANYWHERE = ("onnx", "litert", "openvino")
"""The formats of classifiers that take ids."""

CASES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "imdb/bigram": (("saved_model", "sklearn", *ANYWHERE), ("data.take=3000", "training.epochs=2")),
    "imdb/tfidf_bigram": (("saved_model", "sklearn", *ANYWHERE), ("data.take=3000", "training.epochs=2")),
    "imdb/masked_bilstm": (("saved_model", *ANYWHERE), ("data.take=1000", "training.epochs=1")),
    "imdb/gru_unmasked": (
        ("saved_model", *ANYWHERE),
        ("data.take=500", "training.epochs=1", "vectorizer.max_length=200"),
    ),
    "imdb/separable_conv": (("saved_model", *ANYWHERE), ("data.take=500", "training.epochs=1")),
    "imdb/transformer": (("saved_model", *ANYWHERE), ("data.take=500", "training.epochs=1")),
    "ag_news/bigram": (("saved_model", "sklearn", *ANYWHERE), ("data.take=4000", "training.epochs=2")),
    "ag_news/lstm": (("saved_model", *ANYWHERE), ("data.take=4000", "training.epochs=1")),
    "shakespeare/char_gru": (("saved_model",), ("data.take=100000", "training.epochs=1", "model.units=64")),
    "shakespeare/word": (("saved_model",), ("data.take=100000", "training.epochs=1", "model.units=64")),
    "shakespeare/subword": (("saved_model",), ("data.take=100000", "training.epochs=1", "model.units=64")),
    "spa_eng/luong": (("saved_model",), ("data.take=4000", "training.epochs=2", "model.units=64")),
    "spa_eng/transformer": (("saved_model",), ("data.take=4000", "training.epochs=2")),
    "multi30k/attention": (("saved_model",), ("data.take=2000", "training.epochs=1", "model.units=64")),
}
"""Recipe → the formats, and how it is made short."""

NEEDS: Mapping[str, Sequence[str]] = {
    "onnx": ("onnx", "onnxruntime"),
    "litert": ("ai-edge-litert",),
    "openvino": ("onnx", "openvino"),
}
"""Format → the packages whose versions are recorded too."""

Line = dict[str, Any]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--record", type=Path, default=HERE / "results" / "exports.jsonl")
    options.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    options.add_argument("--page", type=Path, help="write the table of the record into this page, and run nothing")
    chosen = options.parse_args()
    if not chosen.page:
        carry_out(chosen.only, chosen.record)
    lines = read_record(chosen.record)
    if chosen.page:
        page = chosen.page.read_text(encoding="utf-8")
        chosen.page.write_text(between(page, MARKS, table(lines)), encoding="utf-8")
        return
    print(table(lines))
    sys.exit(int(not all(line["holds"] for line in lines)))


def carry_out(recipes: Iterable[str], path: Path) -> None:
    """Every case that the record does not have."""
    there = {(line["recipe"], line["format"]) for line in read_record(path)}
    for recipe in recipes:
        missing = [name for name in CASES[recipe][0] if (recipe, name) not in there]
        found = list(compared(recipe, missing)) if missing else []
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in found)


def compared(recipe: str, formats: Sequence[str]) -> Iterable[Line]:
    """A line for each of these formats of a recipe."""
    import seqlab
    from seqlab.data.splits.load_splits import load_for
    from seqlab.exports import generation_graph
    from seqlab.exports.formats import WRITERS

    generation_graph.CHECKED_LENGTH = CONTINUED
    changes = CASES[recipe][1]
    with tempfile.TemporaryDirectory() as folder:
        run = seqlab.train(recipe, *changes, runs_dir=folder, progress=False)
        records = load_for("test", run.experiment.data).splits["test"]
        texts = texts_of(list(next(iter(run.experiment.data.texts(records).values()))))
        for name in formats:
            directory = Path(folder) / name
            directory.mkdir()
            begun = time.perf_counter()
            written = WRITERS[name](run, directory)
            seconds = time.perf_counter() - begun
            found = written.compare(texts)
            size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
            yield {
                "recipe": recipe,
                "changes": list(changes),
                "format": name,
                "of": found.of,
                "answers": found.texts,
                "unequal": len(found.unequal),
                "difference": found.difference,
                "holds": found.holds,
                "bytes": size,
                "seconds": round(seconds, 2),
                "date": datetime.now(UTC).date().isoformat(),
                "versions": {
                    package: version(package) for package in ("seqlab", "tensorflow", "keras", *NEEDS.get(name, ()))
                },
            }
            print(f"{recipe}, {name}: {found}", file=sys.stderr, flush=True)


def texts_of(texts: Sequence[str]) -> list[str]:
    """1,000 texts, evenly spread; of running text as many prompts."""
    if len(texts) < TEXTS:
        whole = "\n\n".join(texts)
        starts = np.linspace(0, len(whole) - LONGEST_PROMPT, TEXTS).astype(int)
        return [whole[start : start + LONGEST_PROMPT].strip() or "the" for start in starts]
    return [texts[index] for index in np.linspace(0, len(texts) - 1, TEXTS).astype(int)]


def read_record(path: Path) -> list[Line]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def table(lines: Sequence[Line]) -> str:
    """A line per export."""
    head = "| recipe, on a part of its data | format | answers | equal | largest difference | size |"
    rows = [head, "|---|---|---:|---:|---:|---:|"]
    for line in lines:
        difference = "" if line["difference"] is None else f"{line['difference']:.0e}"
        equal = line["answers"] - line["unequal"]
        rows.append(
            f"| `{line['recipe']}` | `{line['format']}` | {line['answers']:,} {line['of']} | {equal:,} | {difference} "
            f"| {line['bytes'] / 1e6:.1f} MB |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()

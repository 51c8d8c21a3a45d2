"""The commented starter config of each task: the file `starter.yaml` beside the module that defines the task.

For the user's own files the section `data` is written anew, and model and training have the default options.
"""

from __future__ import annotations

import inspect
import itertools
import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seqlab.config.choices import choices_of
from seqlab.config.loading import load
from seqlab.config.source_map import Source
from seqlab.config.starter_defaults import with_defaults, with_value
from seqlab.config.starter_sections import aligned, first_rows, suited_to, with_section
from seqlab.config.yaml_reader import read_yaml
from seqlab.config.yaml_writer import yaml_lines
from seqlab.data.inspect_file import Found
from seqlab.data.inspect_file import inspect as inspect_files
from seqlab.data.records import Corpus
from seqlab.data.splits.load_splits import load as load_data
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT
from seqlab.tasks import TASKS
from seqlab.tasks.empty_texts import note_on_empty, without_tokens, without_words
from seqlab.tasks.task import unknown_task
from seqlab.text_format import number_text, visible

COMMENT_WIDTH = 76
NAMED = 6
"""Labels that are named in a summary."""
LONGEST_LABEL = 30
"""Characters of a label in a summary."""
UNBALANCED = 4
"""How many times as frequent as the rarest label the most frequent one is, where the config says what to do."""
SIZES: dict[str, tuple[tuple[int, dict[str, object]], ...]] = {
    "label": (
        (1_000, {"epochs": 100, "ngrams": 1}),
        (3_000, {"epochs": 100}),
        (100_000, {}),
        (0, {"max_tokens": 50000, "batch_size": 256}),
    ),
    "target": (
        (100, {"batch_size": 16}),
        (3_000, {"min_count": 2, "batch_size": 16}),
        (30_000, {"min_count": 2}),
        (0, {"min_count": 2, "batch_size": 64}),
    ),
    "text": ((500_000, {}), (0, {"batch_size": 64})),
    "documents": ((300_000, {"min_count": 2}), (0, {})),
}
"""What is learned from → what is not the default below so many rows (characters of texts); 0: no limit.

In few rows most pairs occur once. Few rows are few steps in an epoch, and a linear model gains after thirty; many rows
in large batches take less time. A translator learns what an unknown word is if training has some. Everything else is a
default, and those were chosen as docs/defaults.md says.
"""
FEW_ROWS = 500
"""Below, larger shares are cut off for validation and test: of 100 rows a tenth would be ten."""


def starter(task: str, schema: str | None = None) -> str:
    """A config that can be trained as it is. `schema`: path or address of the JSON Schema, for editors.

    Raises RequestError if there is no such task, or if it comes without a starter, as tasks of plug-ins may.
    """
    if task not in TASKS:
        raise RequestError(unknown_task(task))
    path = Path(inspect.getfile(TASKS[task].fit)).with_name("starter.yaml")
    if not path.is_file():
        raise RequestError(f"the task '{task}' has no starter config: {path} does not exist")
    return (f"# yaml-language-server: $schema={schema}\n" if schema else "") + path.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Starter:
    """A config for the user's own files."""

    config: str
    summary: str
    """What was found in the files, on one line."""
    notes: tuple[str, ...]
    """What the user should know of the data, as training says it."""


def starter_for(task: str, paths: Sequence[Path], folder: Path, schema: str | None = None) -> Starter:
    """A config for the user's own files, with paths relative to `folder`, after reading them as training does.

    Raises RequestError or DataError if the task cannot read the files, or not split them.
    """
    datasets = TASKS[task].registries.datasets
    found = inspect_files([path.absolute() for path in paths], datasets)
    splits = datasets[found.options["name"]].splits
    found = _with_shares(found, splits)
    dataset = datasets.read(
        {key: str(value) if isinstance(value, Path) else value for key, value in found.options.items()}
    )
    corpus = load_data(dataset)
    counts = Counter(label for records in corpus.splits.values() for label in records.columns.get("label", ()))
    summary = found.summary + _labels(corpus, counts)
    lines = [*_comment(summary), "data:", *_data_lines(found, folder)]
    content = suited_to(with_section(starter(task, schema), "data", lines), dataset, corpus)
    content = with_defaults(with_defaults(content, "model"), "training")
    for key, value in _sizes(found, splits).items():
        content = with_value(content, key, value)
    advice = "".join(f"  # {line}\n" for line in _advice_on_rare_labels(counts))
    content = content.replace("\ntraining:\n", f"\ntraining:\n{advice}")
    return Starter(content, summary, (*found.notes, *corpus.notes, *_what_training_says(content, found, corpus)))


def _what_training_says(content: str, found: Found, corpus: Corpus) -> Iterator[str]:
    """What training would say of the texts: if it cannot learn from those that are read here, and which are empty."""
    values = read_yaml(Source("config", content)).value
    experiment = load({**values, "data": found.options}).experiment
    choices, first = choices_of(experiment), first_rows(corpus)
    try:
        fitted = TASKS[experiment.task].fit(choices, first, SILENT)
        fitted.batches(fitted.encode(first, SILENT), experiment.training)
    except (DataError, RequestError) as error:
        yield f"with this config, training will fail: {error}"
        return
    if "text" not in fitted.vectorizers or experiment.data.feature_columns:
        return
    for split, records in corpus.splits.items():
        if records.columns.keys().isdisjoint(("label", "number")):
            continue
        texts = experiment.data.input_texts(records)
        if empty := without_tokens(texts, fitted.vectorizers["text"], without_words(texts)):
            yield note_on_empty(split, records, empty)


def _labels(corpus: Corpus, counts: Mapping[str, int]) -> str:
    """How many examples have which label, as training counts them, or between which numbers they are; empty if there
    are none.

    The most frequent labels, in order: numbers by size, others by alphabet.
    """
    numbers = [number for records in corpus.splits.values() for number in records.columns.get("number", ())]
    if numbers:
        return f" ({number_text(min(numbers))} to {number_text(max(numbers))})"
    ranked = sorted(counts, key=lambda label: (-counts[label], label))[:NAMED]
    named = [f"{_shortened(label)}: {counts[label]:,}" for label in sorted(ranked, key=_order)]
    more = f" and {len(counts) - NAMED:,} more" if len(counts) > NAMED else ""
    return f" ({', '.join(named)}{more})" if counts else ""


def _order(label: str) -> tuple[bool, float, str]:
    return (False, float(label), label) if re.fullmatch(r"[+-]?\d+(\.\d*)?", label) else (True, 0.0, label)


def _advice_on_rare_labels(counts: Mapping[str, int]) -> Iterator[str]:
    """What to try if some labels are much rarer than the most frequent one."""
    if len(counts) < 2 or max(counts.values()) < UNBALANCED * min(counts.values()):
        return
    frequent = max(counts, key=counts.__getitem__)
    share = counts[frequent] / sum(counts.values())
    yield f"{share:.0%} of the examples are {_shortened(frequent)!r}. For the rare labels, try:"
    yield "  class_weights: balanced        # all labels count the same in the loss"
    yield "  monitor: validation.macro_f1   # and in the choice of the best epoch"
    if len(counts) == 2:
        yield "and predict with the threshold that has the best F1 on validation:"
        yield "  seqlab predict RUN --threshold tuned --file new.csv"


def _with_shares(found: Found, splits: Sequence[str]) -> Found:
    """With larger shares for validation and, where there is one, test if there are few rows."""
    if found.options["name"] == "text_file" or found.size >= FEW_ROWS:
        return found
    comments = {"validation": "the share that chooses the best epoch", "test": "the share for the final score"}
    shares = {split: 0.2 for split in splits if split in comments}
    return replace(found, options=found.options | shares, comments=found.comments | comments)


def _data_lines(found: Found, folder: Path) -> Iterator[str]:
    """The lines of the section `data`, each with a comment."""
    options: dict[str, Any] = {
        key: os.path.relpath(value, folder) if isinstance(value, Path) else value
        for key, value in found.options.items()
    }
    comments = {"name": "others: seqlab parts dataset", "path": "relative to this file", **found.comments}
    for line, path in itertools.islice(yaml_lines({"data": options}), 1, None):
        comment = comments.get(".".join(map(str, (path or ())[1:])))  # items of a list on lines of their own have none
        yield line if comment is None else f"{aligned(line)}# {comment}"


def _sizes(found: Found, splits: Sequence[str]) -> dict[str, object]:
    kind = "label" if found.options.keys() & {"label"} or found.options["name"] == "text_folder" else "text"
    kind = "target" if "target" in found.options else kind
    kind = kind if "test" in splits else "documents"
    return next(sizes for limit, sizes in SIZES[kind] if found.size < limit or not limit)


def _comment(text: str) -> list[str]:
    """A text as lines of a comment, broken between items."""
    held = visible(" ".join(text.split())).replace(": ", ":\u00a0")  # textwrap breaks no line there
    lines = textwrap.wrap(held, COMMENT_WIDTH, break_on_hyphens=False)
    return [f"# {line}".replace(":\u00a0", ": ") for line in lines]


def _shortened(text: str, longest: int = LONGEST_LABEL) -> str:
    line = visible(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"

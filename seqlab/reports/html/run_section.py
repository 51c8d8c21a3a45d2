"""The part of a report that is about one run: metrics, predictions, samples, config and environment."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from seqlab import files
from seqlab.comparison.intervals import intervals_or_none, method_of
from seqlab.comparison.predictions import (
    read_class_predictions,
    read_number_predictions,
    read_token_predictions,
    read_translations,
)
from seqlab.errors import RequestError
from seqlab.reports.html.blocks import AttentionMap, Block, Chart, Example, Note, Section, Table, Text
from seqlab.reports.html.classes import class_blocks
from seqlab.reports.html.curves import PER_CLASS, charts_of
from seqlab.reports.html.numbers import number_blocks
from seqlab.reports.html.tokens import token_blocks
from seqlab.reports.html.translations import translation_blocks
from seqlab.runs import Run
from seqlab.runs.records import RunRecord
from seqlab.tasks import TASKS
from seqlab.text_format import visible

Split = Literal["test", "validation", "train"]
SPLITS: tuple[Split, ...] = ("test", "validation", "train")
LONGEST_SAMPLES = 20_000
"""Characters of `samples.txt`."""
SHORT_HASH = 12
INTERVAL = ("accuracy_low", "accuracy_high")
OF_TRAINING = ("train.seconds", "train.examples_per_second")
NOT_SHOWN = ("checkpoint.saves", "checkpoint.seconds")

__all__ = ["Example", "RunPage", "read_run_page", "splits_of"]


@dataclass(frozen=True)
class RunPage:
    """What a report shows of a run. `read_run_page` makes it."""

    run: Run
    status: str
    metadata: RunRecord
    result: Mapping[str, Any]
    split: str
    """Whose predictions are shown."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Content id → text, as far as the data are there."""
    notes: Sequence[str] = ()
    """What is missing, and why."""
    drawn: Sequence[AttentionMap | Chart] = ()
    """What only the model could tell."""

    def sections(self, most_examples: int) -> Iterator[Section]:
        """Everything about the run, from the results to the environment."""
        yield Section("Metrics", list(self._metrics()))
        if self.metadata.get("status") and (charts := charts_of({self.run.id: self.run.metrics()})):
            yield Section("Learning curves", charts)
        if found := list(self._predictions(most_examples)):
            yield Section(f"Predictions, {self.split} split", found)
        if self.drawn:
            yield Section("The model", list(self.drawn))
        if samples := self._samples():
            yield Section("Samples", [Text("samples.txt", samples)])
        yield Section("Config", [Text("config.yaml", self._config(), folded=True)])
        yield Section("Environment", [Table("Environment", ["", ""], list(self._environment()), numeric=False)])

    def _metrics(self) -> Iterator[Block]:
        yield from map(Note, self.notes)
        if not self.result:
            yield Note(f"The run is {self.status}: it has no result yet.")
            return
        rows: dict[str, dict[str, str]] = {}
        others = []
        for key, value in self.result.items():
            split, _, name = key.partition(".")
            if key in NOT_SHOWN or name.partition(".")[0] in PER_CLASS or isinstance(value, str):
                continue
            if name in INTERVAL:
                continue
            if split in SPLITS and name and key not in OF_TRAINING:
                rows.setdefault(name, {})[split] = number(value)
            else:
                others.append([key, number(value)])
        if (of_loss := rows.get("loss")) and rows.get("log_loss", {}).items() <= of_loss.items():
            rows.pop("log_loss", None)  # of another loss, or class weights, it differs
        splits = [split for split in SPLITS if any(split in of for of in rows.values())]
        note = self._intervals(rows)
        cells = [[name, *(of.get(split, "") for split in splits)] for name, of in rows.items()]
        yield Table("Metrics", ["", *splits], cells, note)
        yield Table("Training", ["", ""], others)
        texts = {key: value for key, value in self.result.items() if isinstance(value, str)}
        yield from (Note(f"{key}: {value}") for key, value in texts.items() if key.startswith(f"{self.split}."))

    def _intervals(self, shown: Mapping[str, Mapping[str, str]]) -> str:
        """Of the metrics of the split whose predictions are shown."""
        found = intervals_or_none(self.run, self.split).items()
        of_shown = {name: each for name, each in found if name.partition(".")[2] in shown}
        bounds = [f"{n.partition('.')[2]} {number(each.low)} to {number(each.high)}" for n, each in of_shown.items()]
        how = f" ({method_of(of_shown)})" if bounds else ""
        return f"With 95 % confidence, {self.split}: {'; '.join(bounds)}{how}." if bounds else ""

    def _predictions(self, most_examples: int) -> Iterator[Block]:
        task = TASKS.get(str((self.metadata.get("config") or {}).get("task")))
        if task is None or not self.result or not self.run.predictions_file(self.split).is_file():
            return
        try:
            if task.compares == "classes":
                yield from class_blocks(read_class_predictions(self.run, self.split), self.texts, most_examples)
            elif task.compares == "numbers":
                yield from number_blocks(read_number_predictions(self.run, self.split), self.texts, most_examples)
            elif task.compares == "tokens":
                yield from token_blocks(read_token_predictions(self.run, self.split))
            elif task.compares == "translations":
                found = read_translations(self.run, self.split)
                yield from translation_blocks(found, self.result, self.split, self.texts, most_examples)
        except RequestError as error:
            yield Note(str(error))

    def _samples(self) -> str:
        with contextlib.suppress(OSError):
            text = visible(files.read_bytes(self.run.samples_file).decode("utf-8", errors="replace"), keep="\n\t")
            return text if len(text) <= LONGEST_SAMPLES else f"{text[:LONGEST_SAMPLES]}\n…"
        return ""

    def _config(self) -> str:
        with contextlib.suppress(OSError):
            return files.read_bytes(self.run.config_file).decode("utf-8", errors="replace")
        return ""

    def _environment(self) -> Iterator[list[str]]:
        found, data = self.metadata, self.metadata.get("data") or {}
        command, parameters, reason = found.get("command"), found.get("parameters"), found.get("reason")
        splits = {split: of_split[:SHORT_HASH] for split, of_split in data.get("splits", {}).items()}
        lines = {
            "status": f"{self.status}: {reason}" if reason else self.status,
            "started": found.get("started"),
            "ended": found.get("ended"),
            "command": shlex.join(command) if command else "",
            "host": _pairs(found.get("host")),
            "device": _pairs(found.get("machine")),
            "versions": _pairs(found.get("versions")),
            "git": _pairs(found.get("git")),
            "parameters": "" if parameters is None else f"{parameters:,}",
            "data": ", ".join(str(source.get("path", "")) for source in data.get("sources", [])),
            "split hashes": _pairs(splits),
        }
        yield from ([name, value] for name, value in lines.items() if value)


def read_run_page(
    run: Run,
    *,
    split: str | None = None,
    texts: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    drawn: Sequence[AttentionMap | Chart] = (),
) -> RunPage:
    """`split`: whose predictions are shown; None: test, or validation if there is no test split.

    Raises RequestError if the run cannot be read.
    """
    metadata = run.metadata()
    chosen = split or next(iter(splits_of(run)), "test")
    return RunPage(run, run.status_from(metadata), metadata, run.result(), chosen, texts or {}, notes, drawn)


def splits_of(run: Run) -> list[Split]:
    """The splits of which a run has predictions, test first."""
    return [split for split in SPLITS if run.predictions_file(split).is_file()]


def number(value: object) -> str:
    """A value of a result for display: four digits after the point, fewer of large numbers, which are grouped."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    size = abs(value)
    if isinstance(value, int) or size >= 1e4 or (size >= 10 and value == int(value)):
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:,.1f}"
    return f"{value:.4f}" if size >= 1e-3 or value == 0 else f"{value:.4g}"


def _pairs(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    return ", ".join(f"{name} {_flat(each)}" for name, each in value.items() if each not in (None, ""))


def _flat(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)

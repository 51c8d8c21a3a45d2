"""A table of runs: what differs between their configs, and their metrics; as CSV, Markdown or LaTeX."""

from __future__ import annotations

import csv
import io
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from seqlab import metrics
from seqlab.metrics.metric_names import lower_is_better
from seqlab.reports.answer_table import Formulas
from seqlab.runs import RunSummary
from seqlab.runs.groups import Spread
from seqlab.runs.selection import flat_config, is_number, value_of
from seqlab.runs.selection import shown as as_typed
from seqlab.text_format import visible

ESSENTIALS = (
    "task",
    "data.name",
    "model.name",
    "model.cell",
    "model.units",
    "model.hidden",
    "model.layers",
    "model.width",
    "model.attention",
    "model.dropout",
    "vectorizer.name",
    "vectorizer.ngrams",
    "vectorizer.max_tokens",
    "vectorizer.max_length",
    "training.optimizer",
    "training.learning_rate",
    "training.batch_size",
    "training.epochs",
    "data.take",
    "runtime.seed",
)
"""What people compare first, in this order; other keys that differ follow in the order of the config."""
OF_NO_INTEREST = ("version", "expected", "data.path", "plugins")
"""Keys, with those below them, that say nothing of what was trained."""
SIDE_RESULTS = re.compile(
    r"[a-z]+\.((precision|recall|f1|support)\.|baseline_|accuracy_(low|high)$|log_loss$|calibration_error$|roc_auc$"
    r"|average_precision$|threshold)"
)
"""Metrics per class, diagnostics and bounds: too many for a table that people read."""
COSTS = ("seconds", "_mb", "saves")
"""Endings of results of which less is better, and which are no metrics."""
LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "±": r"\textpm{}",
}  # fmt: skip
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def shown(value: object) -> str:
    """A cell; what a terminal would obey is spelled out: tables are printed."""
    return visible(as_typed(value), keep="\n\t")


FormatNumber = Callable[[float], str]


@dataclass(frozen=True)
class RunTable:
    """A row per run, a value per column; None where a run has none."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def csv(self) -> str:
        """With all digits. A cell that a spreadsheet would run as a formula gets an apostrophe."""
        text, formulas = io.StringIO(), Formulas()
        writer = csv.writer(text, lineterminator="\n")
        for row in (self.columns, *self.rows):
            writer.writerow([formulas.answer(shown(cell)) for cell in row])
        return text.getvalue()

    def markdown(self, number: FormatNumber) -> str:
        """A table of GitHub's Markdown; `number` formats metrics."""
        right = [self._is_numeric(index) for index in range(len(self.columns))]
        lines = [[in_markdown(name) for name in self.columns], ["---:" if each else "---" for each in right]]
        lines += [[in_markdown(text) for text in self._texts(row, number)] for row in self.rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def latex(self, number: FormatNumber) -> str:
        """A `tabular` with the rules of the package booktabs; `number` formats metrics."""
        alignment = "".join("r" if self._is_numeric(index) else "l" for index in range(len(self.columns)))
        head = " & ".join(map(_in_latex, self.columns))
        rows = [" & ".join(map(_in_latex, self._texts(row, number))) for row in self.rows]
        body = "".join(f"{row} \\\\\n" for row in rows)
        return (
            f"% \\usepackage{{booktabs}}\n\\begin{{tabular}}{{{alignment}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body}"
            "\\bottomrule\n\\end{tabular}\n"
        )

    def _is_numeric(self, index: int) -> bool:
        cells = [row[index] for row in self.rows if row[index] is not None]
        return bool(cells) and all(is_number(cell) or isinstance(cell, Spread) for cell in cells)

    def _texts(self, row: tuple[object, ...], number: FormatNumber) -> list[str]:
        """The cells of a row: metrics are rounded; what a config says is repeated as it is."""
        return [_text(name, cell, number) for name, cell in zip(self.columns, row, strict=True)]


def _text(name: str, cell: object, number: FormatNumber) -> str:
    if isinstance(cell, Spread):
        return mean_text(cell, number)
    return number(float(cell)) if is_number(cell) and is_result(name) else shown(cell)


def mean_text(spread: Spread, number: FormatNumber) -> str:
    """`0.9446 ± 0.0026`: the deviation has the decimals of the mean. Of a single value only the value."""
    mean, deviation = number(spread.mean), spread.standard_deviation
    if deviation is None:
        return mean
    return f"{mean} ± {f'{deviation:.4f}' if mean == f'{spread.mean:.4f}' else number(deviation)}"


def run_table(summaries: Sequence[RunSummary], columns: Sequence[str] | None = None) -> RunTable:
    """The runs with these columns; None: their labels, what differs between them, and their metrics."""
    names = ("run", *(each for each in columns if each != "run")) if columns else default_columns(summaries)
    return RunTable(names, tuple(tuple(value_of(each, name) for name in names) for each in summaries))


def default_columns(summaries: Sequence[RunSummary]) -> tuple[str, ...]:
    """Run, label and status as far as they tell something, the keys that differ, the metrics."""
    fields = ["run"]
    fields += ["label"] if any(each.label for each in summaries) else []
    fields += ["status"] if {each.status for each in summaries} != {"finished"} else []
    return (*fields, *differing(summaries), *main_metrics(summaries))


def differing(summaries: Sequence[RunSummary]) -> list[str]:
    """The dotted keys whose values differ between the configs of the runs, the essential ones first.

    Keys that some runs lack and in which the others agree come last: another model has other keys.
    """
    configs = [config for each in summaries if (config := flat_config(each))]
    keys = dict.fromkeys(key for config in configs for key in config)
    found = [
        key
        for key in keys
        if not any(key == each or key.startswith(f"{each}.") for each in OF_NO_INTEREST) and _differs(key, configs)
    ]
    rank = {key: position for position, key in enumerate(ESSENTIALS)}
    return sorted(found, key=lambda key: (_is_missing_or_one(key, configs), rank.get(key, len(rank))))


def _differs(key: str, configs: Sequence[dict[str, object]]) -> bool:
    """Whether a key has several values; of one it is asked up to the first other, for there are many runs and keys."""
    first = configs[0].get(key)
    return any(config.get(key) != first for config in configs)


def _is_missing_or_one(key: str, configs: Sequence[dict[str, object]]) -> bool:
    present = [config for config in configs if key in config]
    return not _differs(key, present)


def main_metrics(summaries: Sequence[RunSummary]) -> list[str]:
    """The metrics of a table that people read: of the test split, then of validation; not those per class."""
    names = dict.fromkeys(name for each in summaries for name, value in each.result.items() if is_number(value))
    return [
        name
        for split in ("test.", "validation.")
        for name in names
        if name.startswith(split) and not SIDE_RESULTS.match(name)
    ]


def is_result(name: str) -> bool:
    """Whether a column is of `result.json` and not of a config."""
    return name.startswith(("test.", "validation.", "train.")) or name.endswith(COSTS)


def less_is_better(name: str) -> bool:
    """Whether a smaller value of a metric, or of a cost such as `train.seconds`, is better."""
    for module in pkgutil.iter_modules(metrics.__path__):  # what they say of theirs; importing the tasks takes longer
        import_module(f"{metrics.__name__}.{module.name}")
    return lower_is_better(name) or name.endswith(COSTS)


def _in_latex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in " ".join(text.split()))


def in_markdown(text: str) -> str:
    """A text on one line, whose signs mean nothing to Markdown."""
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))

"""A model card in Markdown, with the metadata that the Hugging Face Hub reads at its head.

Its parts are those of Mitchell et al. 2019, "Model Cards for Model Reporting": details, metrics with their uncertainty,
data, and limits.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from seqlab.comparison.intervals import Interval, intervals_or_none, method_of
from seqlab.metrics.metric_names import lower_is_better
from seqlab.reports.run_table import in_markdown
from seqlab.reports.verdict import verdicts
from seqlab.runs import Run
from seqlab.runs.selection import is_number
from seqlab.tasks import TASKS
from seqlab.text_format import counted, visible

PIPELINES = {
    "classes": "text-classification",
    "numbers": "tabular-regression",
    "tokens": "text-generation",
    "translations": "translation",
    None: "feature-extraction",
}
"""`Task.compares` → what the Hub calls such a model."""
SPLITS = ("test", "validation")
PER_CLASS = "f1."
BASELINE = ".baseline_"
OWN = "own data"
"""What a card calls data that are not published."""
NEEDED = "It takes a clone of seqlab and the run as one file, which `seqlab pack` writes:"
INSTALL = "pip install -c constraints.txt -e ."
"""In a clone, as README.md says."""
FEW = 2_000
"""Test examples below which a card warns of the width of the interval."""


@dataclass(frozen=True)
class CardFacts:
    """What a card says that the run alone does not: of its parts, and how to use it."""

    model: str
    """What the model is, in a sentence."""
    dataset: str
    licence: str
    """Of the data; empty for the user's own."""
    citation: str
    example: str
    """A command that shows what the model can do."""
    config: str
    """As YAML, without what is of this machine alone."""
    folders: Mapping[str, str]
    """Path on this machine → what a card shows instead."""
    published: str = ""
    """Name of the data, if they are not the user's own."""
    hub: str = ""
    """Name of the data on the Hub, if they are there."""


def card(run: Run, facts: CardFacts) -> str:
    """The card of a finished run."""
    metadata, result = run.metadata(), run.result()
    config: Mapping[str, Any] = metadata["config"]
    split = next((each for each in SPLITS if any(key.startswith(f"{each}.") for key in result)), SPLITS[0])
    found = intervals_or_none(run, split)
    shown = _metrics(result, split)
    parts = [
        f"---\n{_front_matter(run, config, shown, split, facts)}---",
        f"# {_plain(run.id)}",
        f"{_sentence(config, facts)}\n\n{_numbers(metadata)}",
        "## Results",
        _table(shown, found, split),
        "\n".join(_on_results(result, {name: found[name] for name in shown if name in found}, config, split)),
        "## Data",
        "\n".join(_data(metadata, config, facts)),
        "## Limits",
        "\n".join(f"- {limit}" for limit in _limits(result, metadata, split, facts)),
        "## Use",
        f"{NEEDED}\n\n{_use(run, facts)}",
        "## Training",
        _fenced(facts.config, "yaml"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _use(run: Run, facts: CardFacts) -> str:
    commands = (INSTALL, f"seqlab unpack {shlex.quote(run.id)}.tar.gz", facts.example)
    return _fenced("".join(f"$ {visible(command)}\n" for command in commands), "console")


def _front_matter(run: Run, config: Mapping[str, Any], shown: Mapping[str, float], split: str, facts: CardFacts) -> str:
    pipeline = PIPELINES[TASKS[config["task"]].compares]
    name = facts.published or OWN
    data = {"name": name, "type": facts.hub or "-".join(name.split()), "split": split}
    metrics = [
        {"type": name.partition(".")[2], "name": name, "value": round(value, 6)} for name, value in shown.items()
    ]
    front = {
        "library_name": "seqlab",
        "pipeline_tag": pipeline,
        "tags": ["seqlab", str(config["model"]["name"])],
        **({"datasets": [facts.hub]} if facts.hub else {}),
        "metrics": [each["type"] for each in metrics],
        "model-index": [
            {
                "name": run.id,
                "results": [
                    {
                        "task": {"type": pipeline},
                        "dataset": data,
                        "metrics": metrics,
                    }
                ],
            }
        ],
    }
    return yaml.dump(front, Dumper=_Quoting, sort_keys=False, allow_unicode=True)


class _Quoting(yaml.SafeDumper):
    """Quotes texts with characters that cannot be printed: readers of YAML fold what ends a line in Unicode."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Quoting.add_representer(str, _text)


def _sentence(config: Mapping[str, Any], facts: CardFacts) -> str:
    task = str(config["task"]).replace("_", " ")
    kind = f"A {task}" if TASKS[config["task"]].compares == "tokens" else f"A model for {task}"
    data = facts.published or f"{OWN} ({config['data']['name']})"
    return f"{kind}, trained by seqlab on {_plain(data)}. {facts.model}"


def _numbers(metadata: Mapping[str, Any]) -> str:
    parts = []
    if parameters := metadata.get("parameters"):
        parts.append(counted(parameters, "parameter"))
    if tokens := metadata.get("vocabulary_size"):
        parts.append(f"a vocabulary of {counted(tokens, 'token')}")
    return f"It has {' and '.join(parts)}." if parts else ""


def _metrics(result: Mapping[str, Any], split: str) -> dict[str, float]:
    """The metrics of the split as a whole."""
    bounds = {f"{split}.accuracy_low", f"{split}.accuracy_high"}
    return {
        key: float(value)
        for key, value in result.items()
        if key.startswith(f"{split}.") and key.count(".") == 1 and key not in bounds and is_number(value)
    }


def _table(shown: Mapping[str, float], found: Mapping[str, Interval], split: str) -> str:
    if not shown:
        return f"The run recorded no metrics of the {split} split."
    rows = ["| metric | value | 95 % interval | better when |", "|---|---:|---:|---|"]
    for name, value in shown.items():
        bounds = f"{found[name].low:.4f} to {found[name].high:.4f}" if name in found else ""
        better = "" if BASELINE in name else "lower" if lower_is_better(name) else "higher"
        rows.append(f"| `{name}` | {value:.4f} | {bounds} | {better} |")
    return "\n".join(rows)


def _on_results(
    result: Mapping[str, Any], found: Mapping[str, Interval], config: Mapping[str, Any], split: str
) -> Iterator[str]:
    if found:
        how = method_of(found)
        yield f"- The intervals are about the examples of the split ({how}); they say nothing of other seeds."
    elif TASKS[config["task"]].compares is not None:
        yield f"- There are no intervals: the predictions of the {split} split cannot be read."
    signatures = {key: value for key, value in result.items() if key.endswith("signature")}
    yield from (f"- `{key}`: {value}" for key, value in signatures.items() if key.startswith(f"{split}."))
    expected = {key: band for key, band in (config.get("expected") or {}).items() if key != "source"}
    yield from (f"- {verdict}" for verdict in verdicts(result, expected))


def _data(metadata: Mapping[str, Any], config: Mapping[str, Any], facts: CardFacts) -> Iterator[str]:
    yield f"{facts.dataset}\n" if facts.dataset else ""
    sizes = _sizes(metadata)
    if sizes:
        yield "| split | examples | tokens | unknown tokens |\n|---|---:|---:|---:|"
    for split, of_split in sizes.items():
        unknown = of_split.get("unknown_share")
        counts = [f"{of_split[key]:,.0f}" if key in of_split else "" for key in ("examples", "tokens")]
        shown = [*counts, f"{unknown:.2%}" if unknown is not None else ""]
        yield f"| {_plain(split)} | {' | '.join(shown)} |"
    yield ""
    if facts.licence:
        yield f"- Terms of the data: {facts.licence}"
    if facts.citation:
        yield f"- Source: {' '.join(facts.citation.split())}"
    notes = (metadata.get("data") or {}).get("notes") or ()
    yield from (f"- {_plain(_without_folders(note, facts))}" for note in notes)


def _sizes(metadata: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Split → its numbers, without what is none."""
    recorded = (metadata.get("data") or {}).get("sizes")
    if not isinstance(recorded, Mapping):
        return {}
    found = {split: of_split for split, of_split in recorded.items() if isinstance(of_split, Mapping)}
    return {split: {key: n for key, n in each.items() if is_number(n)} for split, each in found.items()}


def _limits(result: Mapping[str, Any], metadata: Mapping[str, Any], split: str, facts: CardFacts) -> Iterator[str]:
    if not any(key.startswith("test.") for key in result):
        yield "There is no test split: the metrics are of validation, which chose the epoch, and so optimistic."
    if warning := metadata.get("warning"):
        yield _plain(_without_folders(warning, facts))
    of_split = _sizes(metadata).get(split, {})
    examples = int(of_split.get("examples", FEW))
    if examples < FEW:
        yield f"The {split} split has {counted(examples, 'example')}: the metrics are uncertain."
    named = ((key.partition(PER_CLASS)[2], value) for key, value in result.items() if f"{split}.{PER_CLASS}" in key)
    per_class = {label: value for label, value in named if is_number(value)}
    worst = min(per_class, key=lambda label: per_class[label], default="")
    if per_class and per_class[worst] < 1:  # where all are right, no class is the worst
        yield f"It is worst at the class {_plain(worst)}: F1 {per_class[worst]:.4f} on the {split} split."
    if unknown := of_split.get("unknown_share"):
        yield f"{unknown:.2%} of the tokens of the {split} split are unknown to it."
    seed = (metadata["config"].get("runtime") or {}).get("seed")
    yield f"One training, with seed {seed}: another seed gives other metrics."
    yield "It was not tested on texts of another kind, another time or another language than those of its data."


def _without_folders(text: object, facts: CardFacts) -> str:
    """A note without the folders of this machine, which no reader has."""
    shown = str(text)
    for path in sorted(facts.folders, key=len, reverse=True):
        shown = shown.replace(path, facts.folders[path])
    return shown


def _plain(text: object) -> str:
    """A text of the run or of the data: no escape, no line break, nothing that Markdown or HTML would read."""
    return in_markdown(visible(str(text)))


def _fenced(text: str, language: str) -> str:
    """A block of code, whose fence is longer than any that is in the text."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}{fence}"

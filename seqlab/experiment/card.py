"""The model card of a run."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from seqlab.config import dump
from seqlab.config import load as load_config
from seqlab.config.yaml_writer import yaml_lines
from seqlab.data.datasets import Dataset
from seqlab.errors import RequestError
from seqlab.experiment.load import example_command
from seqlab.reports.card import CardFacts, card
from seqlab.runs import Run
from seqlab.text_format import visible

SEPARATED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", ":": "colon", " ": "space"}
"""Delimiter of a table → what its values are said to be separated by."""
PREFIXES = ("run:", "file://")
"""What may be before a path."""


def model_card(run: Run, *, plugins: Iterable[str] = ()) -> str:
    """A model card in Markdown. Raises RequestError for a run that is not finished."""
    if (status := run.status()) != "finished":
        raise RequestError(f"run {run.id} is {status}: only a finished run has a model card")
    experiment = load_config(run.config_file, plugins=tuple(plugins)).experiment
    data, config = experiment.data, dump(experiment)
    recorded = (run.metadata().get("data") or {}).get("sources") or ()
    sources = [source.get("path", "") for source in recorded]
    return card(
        run,
        CardFacts(
            model=_first_paragraph(experiment.model.component_help()),
            dataset=_of_dataset(data),
            licence=data.licence,
            citation=data.citation,
            example=example_command(run, shlex.quote(run.id)),
            config="".join(f"{line}\n" for line, _ in yaml_lines(_without_folders(config))),
            folders={path: _shown(path) for path in [*_texts(config), *sources] if _shown(path) != path},
            published=data.component_name() if data.licence else "",
            hub=data.hub,
        ),
    )


def _of_dataset(data: Dataset) -> str:
    """What the data are; of a table with what its values are really separated by."""
    described, delimiter = _first_paragraph(data.component_help()), getattr(data, "delimiter", None)
    usual = next((name for name in SEPARATED.values() if f"{name}-separated file" in described), None)
    if delimiter is None or usual is None or SEPARATED.get(delimiter) == usual:
        return described
    named = SEPARATED.get(delimiter)
    kind = f"{named}-separated file" if named else f"file of values separated by {visible(delimiter)}"
    return described.replace(f"{usual}-separated file", kind)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a config."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _without_folders(value: Any) -> Any:
    """A config with names in the place of absolute paths, which are of this machine and name its users."""
    if isinstance(value, dict):
        return {key: _without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_folders(each) for each in value]
    return _shown(value) if isinstance(value, str) else value


def _shown(text: str) -> str:
    """The name of a file or folder for its absolute path; any other text as it is."""
    prefix = next((each for each in PREFIXES if text.startswith(each)), "")
    path = text.removeprefix(prefix)
    for kind in (PurePosixPath(path), PureWindowsPath(path)):
        if kind.is_absolute() and kind.name:
            return prefix + kind.name
    return text


def _first_paragraph(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())

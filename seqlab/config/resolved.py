"""A resolved config as YAML, with or without the origin of every value."""

from __future__ import annotations

from pathlib import Path

from seqlab.config.experiment import Experiment, dump
from seqlab.config.loading import Loaded
from seqlab.config.problems import WIDTH, visible
from seqlab.config.yaml_writer import yaml_lines


def to_yaml(experiment: Experiment) -> str:
    """The whole experiment as YAML. `load` reads the same experiment from it, wherever the file is."""
    return "".join(f"{line}\n" for line, _ in yaml_lines(dump(experiment)))


def show(loaded: Loaded) -> str:
    """The same with a column of comments that give the origin of each value: `file:line`, command line or default."""
    lines = list(yaml_lines(dump(loaded.experiment)))
    # The head of a section has no origin of its own. Files are displayed by name.
    comments = ["" if path is None else f"# {visible(Path(loaded.origins[path]).name)}" for _, path in lines]
    column = min(max(len(line) for line, _ in lines), WIDTH - 2 - max(map(len, comments)))
    rows = (f"{line.ljust(column)}  {comment}".rstrip() for (line, _), comment in zip(lines, comments, strict=True))
    return "".join(f"{row}\n" for row in rows)

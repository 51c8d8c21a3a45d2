"""A dataset that a command names, alone or in a config."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqlab.errors import RequestError
from seqlab.text_format import quoted

if TYPE_CHECKING:
    from seqlab.config import Experiment
    from seqlab.data.datasets import Dataset


def dataset_or_config(name: str, overrides: Sequence[str], plugins: Sequence[str]) -> Dataset | Experiment:
    """The dataset of this name with its default options, else the config. Raises RequestError for neither."""
    from seqlab import config
    from seqlab.experiment.inspect_data import datasets

    if name in [each.component_name() for each in datasets()]:
        if overrides:
            raise RequestError(f"{quoted(overrides[0])} overrides a config, and '{name}' is a dataset: name a config")
        return named_dataset(name)
    _refuse_misspelt_dataset(name)
    return config.load(name, overrides, plugins=tuple(plugins)).experiment


def _datasets() -> list[type[Dataset]]:
    from seqlab.experiment.inspect_data import datasets

    return datasets()


def named_dataset(name: str) -> Dataset:
    """The dataset with its default options. Raises RequestError if it is unknown or has required options."""
    from seqlab.registry import did_you_mean

    classes = {each.component_name(): each for each in _datasets()}
    if name not in classes:
        known = list(classes)
        raise RequestError(f"unknown dataset '{name}'; {did_you_mean(name, known)}available: {', '.join(known)}")
    dataset = _with_defaults(classes[name])
    if dataset is None:
        raise RequestError(
            f"'{name}' reads your own files: set its path in a config, and name that config "
            f"(`seqlab parts dataset {name}` lists the options)"
        )
    return dataset


def _refuse_misspelt_dataset(name: str) -> None:
    """Raises RequestError for what is neither a recipe nor a file, and most like the name of a dataset."""
    from seqlab.config.recipes import is_config, recipe_names
    from seqlab.registry import close_match

    known = [each.component_name() for each in _datasets()]
    close = close_match(name, [*known, *recipe_names()])
    if close in known and not is_config(name) and not name.endswith((".yaml", ".yml")):
        raise RequestError(
            f"no dataset, recipe or file {quoted(name)}; did you mean the dataset '{close}'? "
            "`seqlab data list` lists the datasets"
        )


def _with_defaults(dataset: type[Dataset]) -> Dataset | None:
    """The dataset with its default options; None if it has required options, such as the path of a file."""
    from pydantic import ValidationError

    try:
        return dataset.model_validate({})
    except ValidationError:
        return None

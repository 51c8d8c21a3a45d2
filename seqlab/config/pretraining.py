"""Options for weights that were trained before: what has no effect beside the others, or without such weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from seqlab.config.source_map import KeyPath
from seqlab.training.options import NOT_SCALED

if TYPE_CHECKING:
    from seqlab.config.experiment import Experiment


def pretraining_problems(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    """Key path and message of each."""
    training = experiment.training
    model: Any = experiment.model  # of a registry of the task
    vectors = [side for side, table in model.tables.items() if table.pretrained is not None]
    if experiment.init_from is not None and vectors:
        message = "init_from takes the vectors of that run: leave pretrained out, or init_from"
        yield ("model", "embedding"), message
    fine_tuning = {"layer_decay": training.layer_decay != 1.0, "unfreeze_epochs": training.unfreeze_epochs is not None}
    for key in (key for key, changed in fine_tuning.items() if changed):
        if experiment.init_from is None and not vectors:
            message = "has no effect: no layer was trained before; remove it, or set init_from or embedding.pretrained"
            yield ("training", key), message
        elif training.optimizer.name in NOT_SCALED:
            message = f"'{training.optimizer.name}' cannot have a learning rate per layer: use another, such as adam"
            yield ("training", key), message


def untrained_problems(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    """Key path and message of what this training would never train: a table of token vectors, or late positions."""
    model: Any = experiment.model  # of a registry of the task
    for option, message in model.untrained_options(experiment.training).items():
        yield ("model", option), message
    frozen = [side for side, table in model.tables.items() if not table.trainable and table.pretrained is None]
    if frozen and experiment.init_from is None:
        of_sides = f" of {' and '.join(frozen)}" if len(model.tables) > 1 else ""
        message = f"the vectors{of_sides} would stay random: leave trainable: false out, or set pretrained or init_from"
        yield ("model", "embedding"), message

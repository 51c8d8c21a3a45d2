"""Problems of configs that divide batches, among devices or into parts that are computed one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from seqlab.config.source_map import KeyPath

if TYPE_CHECKING:
    from seqlab.config.experiment import Experiment


def batch_problems(experiment: Experiment, *, divides_batches: bool) -> Iterator[tuple[KeyPath, str]]:
    """Key path and message of each option that asks to divide batches which cannot be divided, or not so often.

    `divides_batches`: whether those of the model can be.
    """
    yield from (_too_small if divides_batches else _indivisible)(experiment)


def _indivisible(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    model, training = experiment.model.name, experiment.training
    if experiment.runtime.devices > 1:
        message = f"a batch of '{model}' cannot be split over several devices: leave devices out"
        yield ("runtime", "devices"), message
    if training.accumulate > 1:
        message = f"a batch of '{model}' cannot be computed in parts: leave accumulate out, or lower batch_size"
        yield ("training", "accumulate"), message
    if training.batch_size == "auto":
        message = f"a batch of '{model}' cannot be computed in parts when memory runs out: give a number, such as"
        yield ("training", "batch_size"), f"{message} {training.effective_batch_size}"


def _too_small(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    training, devices = experiment.training, experiment.runtime.devices
    if training.effective_batch_size < devices:
        message = f"a batch of {training.effective_batch_size} cannot be split over {devices} devices: increase it"
        yield ("training", "batch_size"), message
    elif (size := training.examples_per_step) is not None and size < training.accumulate * devices:
        on_devices = f" on {devices} devices" if devices > 1 else ""
        message = f"a batch of {size} cannot be computed in {training.accumulate} parts{on_devices}: use at most"
        yield ("training", "accumulate"), f"{message} {size // devices}"

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
    hosts = experiment.runtime.hosts
    if not divides_batches:
        yield from _indivisible(experiment)
    else:
        # How many hosts the environment lists is known where the training begins.
        yield from small_batch_problems(experiment, len(hosts) if isinstance(hosts, tuple) else 1)
    if hosts is not None:
        yield from _impossible_on_hosts(experiment)


def _indivisible(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    model, training = experiment.model.name, experiment.training
    if experiment.runtime.devices > 1:
        message = f"a batch of '{model}' cannot be split over several devices: leave devices out"
        yield ("runtime", "devices"), message
    if experiment.runtime.hosts is not None:
        message = f"a batch of '{model}' cannot be split over several hosts: leave hosts out"
        yield ("runtime", "hosts"), message
    if training.accumulate > 1:
        message = f"a batch of '{model}' cannot be computed in parts: leave accumulate out, or lower batch_size"
        yield ("training", "accumulate"), message
    if training.batch_size == "auto":
        message = f"a batch of '{model}' cannot be computed in parts when memory runs out: give a number, such as"
        yield ("training", "batch_size"), f"{message} {training.effective_batch_size}"


def _impossible_on_hosts(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    training, runtime = experiment.training, experiment.runtime
    if training.refit:
        yield ("training", "refit"), "training again on train + validation is for one host: leave hosts or refit out"
    if training.batch_size == "auto":
        message = "memory that runs out on one of several hosts ends the training: give a number, such as"
        yield ("training", "batch_size"), f"{message} {training.effective_batch_size}"
    if runtime.xla:
        yield (
            ("runtime", "xla"),
            "a step of several hosts cannot be compiled as a whole: leave xla out",
        )
    if runtime.precision == "mixed_float16":
        message = "scales the loss by what overflows on one host: use mixed_bfloat16 or float32 with several hosts"
        yield ("runtime", "precision"), message


def small_batch_problems(experiment: Experiment, hosts: int) -> Iterator[tuple[KeyPath, str]]:
    """Batches with fewer examples than all devices of so many hosts."""
    training, devices = experiment.training, experiment.runtime.devices * hosts
    if training.effective_batch_size < devices:
        message = f"a batch of {training.effective_batch_size} cannot be split over {devices} devices: increase it"
        yield ("training", "batch_size"), message
    elif (size := training.examples_per_step) is not None and size < training.accumulate * devices:
        on_devices = f" on {devices} devices" if devices > 1 else ""
        message = f"a batch of {size} cannot be computed in {training.accumulate} parts{on_devices}: use at most"
        yield ("training", "accumulate"), f"{message} {size // devices}"

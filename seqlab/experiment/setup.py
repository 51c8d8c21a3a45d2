"""The device and the model of an experiment."""

from __future__ import annotations

import functools
import sys
from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from seqlab import runtime
from seqlab.config import Experiment
from seqlab.experiment.prepare_data import PreparedData
from seqlab.hosts.group import ALONE, Group
from seqlab.progress import Progress
from seqlab.reports.summary import report_model
from seqlab.runs.machine_cores import scheduled_cores, usable_cores

if TYPE_CHECKING:
    import keras


def prepare_runtime(
    experiment: Experiment, progress: Progress, *, flexible: Collection[str] = (), hosts: Group = ALONE
) -> runtime.Runtime:
    """Import TensorFlow and set device, precision, threads, seeds and determinism. `flexible`: as of `prepare`.

    Of several `hosts`, connect their TensorFlow.
    """
    options, threads = experiment.runtime, experiment.runtime.threads
    if threads is None and (cores := usable_cores()) < scheduled_cores():
        # TensorFlow would take a thread for each core of the machine: they would wait for a share of processor time.
        threads, flexible = cores, {*flexible, "threads"}
    import_tensorflow(progress)
    from seqlab.hosts.strategy import connect

    return runtime.prepare(
        seed=options.seed,
        device=options.device,
        devices=options.devices,
        precision=options.precision,
        deterministic=options.deterministic,
        threads=threads,
        tensor_float_32=options.tensor_float_32,
        flexible=flexible,
        connect=functools.partial(connect, hosts, options.devices) if hosts.count > 1 else None,
    )


def spread(device: runtime.Runtime, hosts: Group) -> AbstractContextManager[Any]:
    """The distribution scope of all devices of all hosts."""
    if hosts.count == 1:
        return runtime.spread(device)
    from seqlab.hosts.strategy import strategy_of

    scope: AbstractContextManager[Any] = strategy_of(hosts.servers, hosts.index).scope()
    return scope


def refuse_missing_gpu(experiment: Experiment, progress: Progress) -> None:
    """Raises RequestError, before any work is done, if `runtime.device` is gpu and there is none."""
    if experiment.runtime.device == "gpu":
        import_tensorflow(progress)
        runtime.refuse_missing_gpu()


def import_tensorflow(progress: Progress) -> None:
    if "tensorflow" not in sys.modules:
        with progress.step("importing TensorFlow"):
            runtime.tensorflow()


def build_model(experiment: Experiment, data: PreparedData, progress: Progress) -> keras.Model:
    """The model with random weights that depend on the seed alone."""
    runtime.set_seed(experiment.runtime.seed)
    model = data.task.build(data.stores["train"])
    report_model(model, progress)
    return model

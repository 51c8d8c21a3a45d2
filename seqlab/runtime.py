"""The machine a run works on: TensorFlow itself, device, precision, threads, seeds, determinism. Here and nowhere else.

TensorFlow is imported by `prepare` and `tensorflow` alone, with its log noise kept from the user.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from seqlab.errors import RequestError, SeqlabError


@dataclass(frozen=True)
class Runtime:
    """What was prepared, as the run records it."""

    device: Literal["cpu", "gpu"]
    devices: tuple[str, ...]
    precision: str
    deterministic: bool
    threads: int | None


def prepare(
    *,
    seed: int,
    device: str = "auto",
    devices: int = 1,
    precision: str = "float32",
    deterministic: bool | None = None,
    threads: int | None = None,
) -> Runtime:
    """Set TensorFlow up for a run.

    `deterministic`: None means yes on a CPU, where it costs nothing (600 steps of a bag: 0.94 s with, 0.97 s without).
    `devices`: how many GPUs every step is spread over; without a GPU, into how many devices the CPU is split.
    Raises RequestError when more GPUs are asked for than there are, or when `threads` or `devices` come too late to be
    changed.
    """
    tf = tensorflow()
    import keras

    chosen = _choose_device(tf, device)
    _set_threads(tf, threads)
    names = _choose_devices(tf, chosen, devices)
    keras.config.set_dtype_policy(precision)
    exact = chosen == "cpu" if deterministic is None else deterministic
    _set_determinism(tf, exact)
    set_seed(seed)
    return Runtime(chosen, names, precision, exact, threads)


def spread(machine: Runtime) -> contextlib.AbstractContextManager[Any]:
    """The scope in which models and optimizers are built and steps compiled, so that every device does its share."""
    if len(machine.devices) == 1:
        return contextlib.nullcontext()
    scope: contextlib.AbstractContextManager[Any] = _mirrored(machine.devices).scope()
    return scope


@functools.cache
def _mirrored(devices: tuple[str, ...]) -> Any:
    """One for all trainings of a process: a second one would number its exchanges as the first did, and be refused."""
    return tensorflow().distribute.MirroredStrategy(devices)


def set_seed(seed: int) -> None:
    """Python's, numpy's and TensorFlow's generators. Called right before a model is built, so that its weights depend
    on the seed alone and not on what ran before."""
    import keras

    keras.utils.set_random_seed(seed)


def tensorflow() -> ModuleType:
    """TensorFlow, imported without a word on the terminal. 4 to 8 seconds the first time."""
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _quiet_imports(), _no_garbage_sought():
        import keras
        import tensorflow as tf

        tf.config.list_physical_devices()  # looks for CUDA, and complains where there is none
    tf.get_logger().setLevel("ERROR")
    if keras.config.backend() != "tensorflow":
        raise RequestError(
            f"Keras runs on '{keras.config.backend()}'; seqlab trains with TensorFlow: unset KERAS_BACKEND"
        )
    for gpu in tf.config.list_physical_devices("GPU"):
        # Without growth the first process takes all of the card's memory.
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)
    return tf


@contextlib.contextmanager
def _no_garbage_sought() -> Iterator[None]:
    """What an import makes stays: to look through it for garbage, 830 times, is a fifth of the import of TensorFlow."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextlib.contextmanager
def _quiet_imports() -> Iterator[None]:
    """Keep what the C++ libraries write to descriptor 2 before their loggers are set up; show it if they fail."""
    try:
        terminal = os.dup(2)
    except OSError:  # no standard error at all: nothing to keep quiet
        yield
        return
    with tempfile.TemporaryFile() as noise:
        sys.stderr.flush()
        os.dup2(noise.fileno(), 2)
        try:
            yield
        except ImportError as error:
            noise.seek(0)
            said = noise.read().decode("utf-8", errors="replace").strip().splitlines()[-3:]
            raise SeqlabError(
                f"TensorFlow cannot be imported: {error}\n" + "\n".join(said) + "\nReinstall it: pip install tensorflow"
            ) from error
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


def _choose_device(tf: ModuleType, asked: str) -> Literal["cpu", "gpu"]:
    gpus = tf.config.list_physical_devices("GPU")
    if asked == "gpu" and not gpus:
        raise RequestError(
            "runtime.device is gpu, but TensorFlow sees no GPU here; `seqlab doctor` tells what is missing, "
            "runtime.device=auto takes what there is"
        )
    if asked == "cpu" and gpus:
        with contextlib.suppress(RuntimeError):  # too late in this process: `tf.device` decides then
            tf.config.set_visible_devices([], "GPU")
    return "gpu" if gpus and asked != "cpu" else "cpu"


def _choose_devices(tf: ModuleType, kind: str, wanted: int) -> tuple[str, ...]:
    physical = tf.config.list_physical_devices(kind.upper())
    if kind == "cpu" and wanted > 1:
        parts = [tf.config.LogicalDeviceConfiguration()] * wanted
        if tf.config.get_logical_device_configuration(physical[0]) != parts:
            _before_first_use("devices", wanted, lambda: tf.config.set_logical_device_configuration(physical[0], parts))
    elif kind == "gpu" and wanted > len(physical):
        raise RequestError(f"runtime.devices is {wanted}, but there are {len(physical)} GPUs here")
    return tuple(device.name for device in tf.config.list_logical_devices(kind.upper())[:wanted])


def _set_threads(tf: ModuleType, threads: int | None) -> None:
    if threads is None or tf.config.threading.get_intra_op_parallelism_threads() == threads:
        return

    def change() -> None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)

    _before_first_use("threads", threads, change)


def _before_first_use(option: str, value: int, change: Callable[[], None]) -> None:
    """Change what TensorFlow takes only before its first operation."""
    try:
        change()
    except RuntimeError as error:
        raise RequestError(
            f"runtime.{option}={value} comes too late: TensorFlow already runs in this process; start a new one"
        ) from error


def _set_determinism(tf: ModuleType, exact: bool) -> None:
    from tensorflow.python.framework import config

    if exact:
        tf.config.experimental.enable_op_determinism()
    else:
        config.disable_op_determinism()


def memory_peak_mb() -> float | None:
    """The largest resident memory of this process so far, in MB; None where the platform does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)

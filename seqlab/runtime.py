"""TensorFlow setup: import, devices, precision, threads, seeds and determinism. No other module configures these.

`prepare` and `tensorflow` import TensorFlow with its log output suppressed.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from seqlab.errors import RequestError, SeqlabError, memory_limit

REINSTALL = "Reinstall it: pip install tensorflow"


@dataclass(frozen=True)
class Runtime:
    """The settings in effect, as recorded in the run."""

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
    tensor_float_32: bool | None = None,
    flexible: Collection[str] = (),
    connect: Callable[[], tuple[str, ...]] | None = None,
) -> Runtime:
    """Configure TensorFlow for a run.

    `deterministic`: None means yes on a CPU, where it is free (600 steps of a bag: 0.94 s with, 0.97 s without).
    `devices`: the number of GPUs that share each step, the only ones that this process claims; without a GPU, the
    number of virtual CPU devices. `tensor_float_32`: whether a GPU may round factors to 10 bits; None means unless
    deterministic. `flexible`: those of `device`, `devices` and `threads` that give way to what there is: a trained
    model needs none of them. `connect()` joins other hosts and returns this one's devices; TensorFlow allows it before
    its first operation alone. Raises RequestError if there are fewer GPUs than `devices`, or if `device`, `devices` or
    `threads` can no longer be changed because TensorFlow is already initialized.
    """
    tf = tensorflow()
    import keras

    chosen = _choose_device(tf, device, flexible="device" in flexible)
    with contextlib.suppress(*((RequestError,) if "threads" in flexible else ())):
        _set_threads(tf, threads)
    names = _choose_devices(tf, chosen, 1 if "devices" in flexible else devices, connect)
    keras.config.set_dtype_policy(precision)
    exact = chosen == "cpu" if deterministic is None else deterministic
    _set_determinism(tf, exact)
    if chosen == "gpu":
        tf32 = not exact if tensor_float_32 is None else tensor_float_32
        tf.config.experimental.enable_tensor_float_32_execution(tf32)
    set_seed(seed)
    # Those that are there, whatever was asked for: an earlier training of this process may have set them.
    used = tf.config.threading.get_intra_op_parallelism_threads() or None
    return Runtime(chosen, names, precision, exact, used)


def spread(machine: Runtime) -> contextlib.AbstractContextManager[Any]:
    """The distribution scope in which models and optimizers are built and steps are compiled."""
    if len(machine.devices) == 1:
        return contextlib.nullcontext()
    scope: contextlib.AbstractContextManager[Any] = _mirrored(machine.devices).scope()
    return scope


@functools.cache
def _mirrored(devices: tuple[str, ...]) -> Any:
    """One strategy per process: a second one would reuse the collective keys of the first, which TensorFlow rejects."""
    return tensorflow().distribute.MirroredStrategy(devices)


def has_gpu() -> bool:
    """Whether layers are built for a GPU: this process has one, and did not hide it."""
    return bool(tensorflow().config.list_logical_devices("GPU"))


def refuse_missing_gpu() -> None:
    """Raises RequestError if there is no GPU. Decides nothing: TensorFlow is imported, and no device is claimed."""
    if not tensorflow().config.list_physical_devices("GPU"):
        raise RequestError(
            "runtime.device is gpu, but TensorFlow finds no GPU; run `seqlab doctor` to see what is missing, or use "
            "runtime.device=auto"
        )


def set_seed(seed: int) -> None:
    """Seed the generators of Python, NumPy and TensorFlow.

    Called right before a model is built, so that its initial weights depend on the seed alone.
    """
    import keras

    keras.utils.set_random_seed(seed)


def tensorflow() -> ModuleType:
    """Import TensorFlow without log output. Takes 4 to 8 seconds the first time."""
    # cuBLAS reads it when it is first used, and adds in an order that varies without it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if "tensorflow" in sys.modules:
        _configure(sys.modules["tensorflow"])
        return sys.modules["tensorflow"]
    import_seconds()
    tf = sys.modules["tensorflow"]
    tf.get_logger().setLevel("ERROR")
    _configure(tf)
    return tf


@functools.cache
def import_seconds() -> float:
    """Import TensorFlow, if it is not imported yet. Returns the seconds that it took in this process, 0 if it was there
    before."""
    if "tensorflow" in sys.modules:
        return 0.0
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    started = time.perf_counter()
    with _quiet_imports(), _garbage_collection_disabled():
        import tensorflow as tf

        tf.config.list_physical_devices()  # searches for CUDA and logs an error if there is none
    return time.perf_counter() - started


def _configure(tf: ModuleType) -> None:
    """What every use of TensorFlow needs, also where a notebook imported it first.

    Raises RequestError if it was used first and has allocated all memory of a GPU.
    """
    import keras

    if keras.config.backend() != "tensorflow":
        raise RequestError(
            f"the Keras backend is '{keras.config.backend()}'; seqlab needs TensorFlow: unset KERAS_BACKEND"
        )
    for gpu in tf.config.list_physical_devices("GPU"):
        # Without memory growth the first process allocates all GPU memory.
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError as error:
            if os.environ.get("TF_FORCE_GPU_ALLOW_GROWTH", "").lower() == "true":
                continue
            raise RequestError(
                "TensorFlow was used before seqlab and has allocated all memory of the GPU: restart, and call seqlab "
                "first, or set TF_FORCE_GPU_ALLOW_GROWTH=true before TensorFlow is imported"
            ) from error


@contextlib.contextmanager
def _garbage_collection_disabled() -> Iterator[None]:
    """Objects made by an import stay alive. The 830 collections meanwhile take a fifth of the import of TensorFlow."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextlib.contextmanager
def _quiet_imports() -> Iterator[None]:
    """Capture what C++ libraries write to descriptor 2 during the import; report it if the import fails."""
    try:
        terminal = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    with tempfile.TemporaryFile() as captured:
        sys.stderr.flush()
        os.dup2(captured.fileno(), 2)
        try:
            yield
        except ImportError as error:
            captured.seek(0)
            output = captured.read().decode("utf-8", errors="replace").strip().splitlines()[-3:]
            details = "\n".join(output)
            raise SeqlabError(f"cannot import TensorFlow: {error}\n{details}\n{memory_limit() or REINSTALL}") from error
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


def _choose_device(tf: ModuleType, requested: str, *, flexible: bool) -> Literal["cpu", "gpu"]:
    if flexible:
        try:
            return _choose_device(tf, requested, flexible=False)
        except RequestError:
            requested = "auto"
    gpus = tf.config.list_physical_devices("GPU")
    if requested == "gpu":
        refuse_missing_gpu()
    if requested == "cpu" and gpus:
        _before_first_use("device", "cpu", lambda: tf.config.set_visible_devices([], "GPU"))
    elif requested == "gpu" and gpus and not tf.config.get_visible_devices("GPU"):
        _before_first_use("device", "gpu", lambda: tf.config.set_visible_devices(gpus[:1], "GPU"))
    return "gpu" if tf.config.get_visible_devices("GPU") and requested != "cpu" else "cpu"


def _choose_devices(
    tf: ModuleType, device: str, count: int, connect: Callable[[], tuple[str, ...]] | None
) -> tuple[str, ...]:
    """Names of the first `count` logical devices."""
    physical = tf.config.list_physical_devices(device.upper())
    if device == "cpu" and count > 1:
        split = [tf.config.LogicalDeviceConfiguration()] * count
        if tf.config.get_logical_device_configuration(physical[0]) != split:
            _before_first_use("devices", count, lambda: tf.config.set_logical_device_configuration(physical[0], split))
    elif device == "gpu":
        if count > len(physical):
            raise RequestError(
                f"runtime.devices is {count}, but this machine has {len(physical)}: set it to at most that"
            )
        visible = tf.config.get_visible_devices("GPU")
        if len(visible) < count:
            _before_first_use("devices", count, lambda: tf.config.set_visible_devices(physical[:count], "GPU"))
        elif len(visible) > count:
            with contextlib.suppress(RuntimeError):  # too late: the others are claimed already
                tf.config.set_visible_devices(visible[:count], "GPU")
    if connect is not None:
        return connect()
    return tuple(each.name for each in tf.config.list_logical_devices(device.upper())[:count])


def _set_threads(tf: ModuleType, threads: int | None) -> None:
    if threads is None or tf.config.threading.get_intra_op_parallelism_threads() == threads:
        return

    def change() -> None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)

    _before_first_use("threads", threads, change)


def _before_first_use(option: str, value: int | str, change: Callable[[], None]) -> None:
    """Apply a setting that TensorFlow accepts only before its first operation."""
    try:
        change()
    except RuntimeError as error:
        raise RequestError(
            f"runtime.{option}={value} cannot be set: TensorFlow is already initialized; start a new process"
        ) from error


def _set_determinism(tf: ModuleType, exact: bool) -> None:
    from tensorflow.python.framework import config

    if exact:
        tf.config.experimental.enable_op_determinism()
    else:
        config.disable_op_determinism()


def gpu_memory_peak_mb() -> float | None:
    """Peak memory of TensorFlow on the GPU that used most of it, in MB; None without a GPU."""
    config = tensorflow().config
    gpus = config.list_logical_devices("GPU")
    names = [each.name.removeprefix("/device:") for each in gpus]
    return max((config.experimental.get_memory_info(name)["peak"] / 1024**2 for name in names), default=None)


def memory_peak_mb() -> float | None:
    """Peak resident memory of this process in MB; None if the platform does not report it.

    Linux tells it in /proc: its getrusage begins with the memory of the process that started this one.
    """
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        if peak := re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE):
            return int(peak[1]) / 1024
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)

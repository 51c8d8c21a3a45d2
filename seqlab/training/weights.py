"""Saves and loads variables as safetensors, which cannot contain code. Shapes, names and dtypes must match exactly.

Variables are named by their position in the model, because Keras numbers its names per process (`seed_generator_3`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqlab import files
from seqlab.errors import DataError

if TYPE_CHECKING:
    import keras


def save_weights(model: keras.Model, path: Path) -> None:
    """Write the weights of a model atomically."""
    save_arrays(named_weights(model), path)


def load_weights(model: keras.Model, path: Path) -> None:
    """Load the weights of a model. Raises DataError if one is missing, unknown, not finite, or has another shape or
    dtype."""
    weights = named_weights(model)
    restore_arrays(weights, path)
    for name, variable in weights.items():
        if not np.isfinite(variable.numpy()).all():
            raise DataError(
                f"{path}: '{name}' holds a value that is not a finite number: restore the file from a copy, or train "
                "again"
            )


def named_weights(model: keras.Model) -> dict[str, keras.Variable]:
    """`002.kernel` → variable. Only weights, without generator states and metrics."""
    return {f"{place:03d}.{variable.name}": variable for place, variable in enumerate(model.weights)}


def save_arrays(variables: Mapping[str, keras.Variable], path: Path) -> None:
    """Write variables as safetensors, atomically."""
    files.write_bytes(path, array_bytes(variables))


def array_bytes(variables: Mapping[str, keras.Variable]) -> bytes:
    """Variables as safetensors."""
    from safetensors.numpy import save

    content: bytes = save({name: np.asarray(v.numpy(), order="C") for name, v in variables.items()})
    return content


def restore_arrays(variables: Mapping[str, keras.Variable], path: Path) -> None:
    """Load variables. Raises DataError before any is changed unless names, shapes and dtypes match exactly."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(path)
    except (OSError, SafetensorError) as error:
        raise DataError(f"cannot read weights from {path}: {error}") from error
    _assign(variables, arrays, str(path))


def restore_arrays_from(variables: Mapping[str, keras.Variable], content: bytes, sender: str) -> None:
    """Load variables from what `array_bytes` gave elsewhere, with the same checks."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(content)
    except SafetensorError as error:
        raise DataError(f"cannot read the weights of {sender}: {error}") from error
    _assign(variables, arrays, f"what {sender} sent")


def _assign(variables: Mapping[str, keras.Variable], arrays: Mapping[str, np.ndarray], source: str) -> None:
    if problems := _differences(variables, arrays):
        raise DataError(f"{source} does not fit the model of its config: {'; '.join(problems)}")
    for name, variable in variables.items():
        variable.assign(arrays[name])


def refuse_damaged_arrays(path: Path) -> None:
    """Raises ValueError for a file that is no safetensors. Reads its header only."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            pass
    except SafetensorError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _differences(variables: Mapping[str, keras.Variable], arrays: Mapping[str, np.ndarray]) -> list[str]:
    problems = [f"'{name}' is missing" for name in variables.keys() - arrays.keys()]
    problems += [f"'{name}' is not part of the model" for name in arrays.keys() - variables.keys()]
    for name in variables.keys() & arrays.keys():
        wanted, found = variables[name], arrays[name]
        if tuple(wanted.shape) != found.shape or str(wanted.dtype) != str(found.dtype):
            problems.append(f"'{name}' is {found.dtype}{found.shape}, not {wanted.dtype}{tuple(wanted.shape)}")
    return sorted(problems)

"""A process that answers the questions of gpu.py on one kind of device: `worker.py DEVICE DEVICES FOLDER`."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from processes import answer

from seqlab import runtime

Asked = Mapping[str, Any]


def answering(device: str, devices: int, folder: Path) -> Callable[[Asked], dict[str, Any]]:
    """A function that answers: `found`, or `error` with the last lines of what happened.

    A question names a measure, its arguments and, if they differ, options of the runtime. TF32 is off.
    """

    def reply(asked: Asked) -> dict[str, Any]:
        try:
            options = {"deterministic": False, "tensor_float_32": False, **asked.get("runtime", {})}
            machine = runtime.prepare(seed=1, device=device, devices=devices, **options)
            return {"found": MEASURES[asked["measure"]](folder, machine, **asked.get("arguments", {}))}
        except Exception as error:  # what one question meets says nothing of the others
            traceback.print_exc()
            return {"error": f"{type(error).__name__}: {str(error)[:300]}"}

    return reply


def device(folder: Path, machine: runtime.Runtime) -> dict[str, Any]:
    """The kind of device, how many GPUs there are, and the name of the first."""
    tf = runtime.tensorflow()
    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(each).get("device_name", "a GPU") for each in gpus[:1]]
    return {"device": machine.device, "gpus": len(gpus), "name": names[0] if names else None}


def recipes(folder: Path, machine: runtime.Runtime) -> list[str]:
    """One of each model."""
    from small_recipes import small_configs

    return list(small_configs())


def layer(folder: Path, machine: runtime.Runtime, **case: Any) -> str:
    """The path of the arrays of `recurrent_layers.of_layer`, named `masked/…` and `unpadded/…`."""
    import numpy as np
    from recurrent_layers import of_layer

    found = of_layer(**case)
    path = folder / f"{case['cell']}-{case['bidirectional']}-{machine.device}-{os.getpid()}.npz"
    np.savez(path, **{f"{kind}/{name}": value for kind, arrays in found.items() for name, value in arrays.items()})
    return str(path)


def speed(folder: Path, machine: runtime.Runtime, *, recipe: str, small: bool, seconds: float) -> dict[str, Any]:
    import training_runs

    return training_runs.speed(_config(folder, recipe, small), seconds)


def losses(folder: Path, machine: runtime.Runtime, *, recipe: str, small: bool, steps: int, calls: int) -> list[float]:
    """Without dropout."""
    import training_runs
    from small_recipes import without_dropout

    return training_runs.losses(without_dropout(_config(folder, recipe, small)), steps, calls)


def hash_of_weights(folder: Path, machine: runtime.Runtime, *, recipe: str, small: bool, steps: int) -> str:
    import training_runs

    return training_runs.hash_of_weights(_config(folder, recipe, small), steps)


def alternatives(
    folder: Path, machine: runtime.Runtime, *, recipes: list[str], small: bool, seconds: float
) -> list[dict[str, Any]]:
    import training_choices

    return training_choices.rates(recipes, lambda recipe: _config(folder, recipe, small), seconds)


def written(folder: Path, machine: runtime.Runtime, *, recipe: str, small: bool, **sizes: int) -> dict[str, Any]:
    import searches

    return searches.written(_config(folder, recipe, small), **sizes)


def translated(folder: Path, machine: runtime.Runtime, *, recipe: str, small: bool, **sizes: int) -> dict[str, Any]:
    import searches

    return searches.translated(_config(folder, recipe, small), **sizes)


def lowest_of_equals(folder: Path, machine: runtime.Runtime) -> dict[str, bool]:
    import searches

    return searches.lowest_of_equals()


def trained(folder: Path, machine: runtime.Runtime, *, recipe: str, overrides: list[str]) -> list[float]:
    """The losses of the epochs of a small training without dropout: those of training, then those of validation."""
    from small_recipes import small_config, without_dropout

    from seqlab import config, experiment

    given = without_dropout(small_config(recipe))
    of_machine = [f"runtime.device={machine.device}", f"runtime.devices={len(machine.devices)}"]
    run = experiment.train(config.load(given, [*of_machine, *overrides]), folder / "runs")
    lines = run.metrics()
    return [line[name] for name in ("train.loss", "validation.loss") for line in lines]


def pipeline(folder: Path, machine: runtime.Runtime, *, recipe: str, small: bool, **options: Any) -> dict[str, Any]:
    import pipelines

    return pipelines.rates(_config(folder, recipe, small), **options)


def _config(folder: Path, recipe: str, small: bool) -> dict[str, Any]:
    """Of a recipe's model: in its own shapes on made data, or in small ones."""
    from real_recipes import real_config
    from small_recipes import small_config

    return small_config(recipe) if small else real_config(recipe, folder / "data")


MEASURES: Mapping[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        device, recipes, layer, speed, losses, hash_of_weights, alternatives, written, translated, lowest_of_equals,
        trained, pipeline,
    )
}  # fmt: skip


if __name__ == "__main__":
    os.environ["SEQLAB_CACHE_DIR"] = str(Path(sys.argv[3]) / "cache")
    answer(answering(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))

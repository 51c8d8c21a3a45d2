"""Reports the sizes of the splits, the device and the layers of the model before training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from seqlab.progress import Progress
from seqlab.runtime import Runtime
from seqlab.text_format import counted

if TYPE_CHECKING:
    import keras


FEW_EXAMPLES = 50
"""With fewer, an accuracy changes by more than two points with every single example."""
FEW_TOKENS = 1_000
"""Of a split that is one running text."""


def report_data(metadata: Mapping[str, Any], progress: Progress) -> None:
    """The sizes of the splits and their share of unknown words; notes on duplicates, overlap and unofficial files."""
    if not any(size["tokens"] for size in metadata["sizes"].values()):  # rows without a text
        examples = [(name, f"{size['examples']:,}") for name, size in metadata["sizes"].items()]
        progress.table("data", ("split", "examples"), examples)
    else:
        _report_texts(metadata["sizes"], progress)
    for note in (*metadata["notes"], *_notes_on_sizes(metadata["sizes"])):
        progress.say(note)


def _report_texts(sizes: Mapping[str, Mapping[str, float]], progress: Progress) -> None:
    rows = [
        (
            name,
            f"{size['examples']:,}",
            f"{size['tokens']:,}",
            f"{size['tokens'] / size['examples']:,.1f}",
            f"{size['unknown_share']:.2%}",
        )
        for name, size in sizes.items()
    ]
    progress.table("data", ("split", "examples", "tokens", "per example", "unknown"), rows)


def report_device(device: Runtime, recorded: Any, progress: Progress) -> None:
    """A note if a resume would not be bit for bit, or this one is not. `recorded`: `machine` of the run, or None."""
    before = len(recorded.get("devices") or device.devices) if isinstance(recorded, Mapping) else len(device.devices)
    if before != len(device.devices):
        progress.say(
            f"devices were {before}, are {len(device.devices)}: resumed exactly in state, not bit for bit: sums are "
            "rounded in another order"
        )
    for note in moved(recorded, device):
        progress.say(f"{note}: resumed exactly in state, not bit for bit")
    if not device.deterministic:
        progress.say("not deterministic: a resume is exact in state, but not bit for bit (runtime.deterministic: true)")


def moved(recorded: Any, device: Runtime) -> Iterator[str]:
    """What differs between the machine that a run recorded and this one, if it rounds differently."""
    if not isinstance(recorded, Mapping):
        return
    names = {"cpu": "the CPU", "gpu": "a GPU"}
    before = recorded.get("device")
    if before in names and before != device.device:
        yield f"trained on {names[before]}, runs on {names[device.device]}"


def _notes_on_sizes(sizes: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Splits whose metrics are mostly chance."""
    for split, size in sizes.items():
        examples, tokens = int(size["examples"]), int(size["tokens"])  # no tokens: rows without a text
        if split == "train":
            continue
        if 1 < examples < FEW_EXAMPLES:
            yield (
                f"the {split} split has only {examples} examples: its metrics depend on chance, because each "
                f"example is {1 / examples:.1%} of them"
            )
        elif examples == 1 and tokens < FEW_TOKENS:
            few = counted(tokens, "token") if tokens else counted(examples, "example")
            yield f"the {split} split has only {few}: its metrics depend on chance"


def report_model(model: keras.Model, progress: Progress) -> None:
    """Report layers, output shapes and parameters. Shared weights count for the first layer that uses them."""
    rows = [(layer.name, _output_shape(layer), f"{size:,}") for layer, size in sizes_of_layers(model)]
    rows.append(("total", "", f"{_size(model.weights):,}"))
    has_shapes = any(output for _, output, _ in rows)
    columns = slice(None, None, 1 if has_shapes else 2)  # without shapes: the first and the last column
    progress.table("model", ("layer", "output", "parameters")[columns], [row[columns] for row in rows])
    sizes = parameters_of(model)
    if "trained_parameters" in sizes:
        progress.say(f"{sizes['parameters']:,} parameters, {sizes['trained_parameters']:,} of them trained")


def sizes_of_layers(model: keras.Model) -> Iterator[tuple[keras.Layer, int]]:
    """Each layer with its parameters. Shared weights count for the first layer that uses them."""
    seen: set[int] = set()
    for layer in model.layers:
        if type(layer).__name__ != "InputLayer":
            own = [weight for weight in layer.weights if id(weight) not in seen]
            seen |= {id(weight) for weight in own}
            yield layer, _size(own)


def parameters_of(model: keras.Model) -> dict[str, int]:
    """The number of `parameters`, and if they are fewer, that of `trained_parameters`: what a run records."""
    total, trained = _size(model.weights), _size(model.trainable_variables)
    return {"parameters": total} | ({} if trained == total else {"trained_parameters": trained})


def _size(weights: Iterable[keras.Variable]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _output_shape(layer: keras.Layer) -> str:
    """Empty for layers outside a functional graph, whose output shapes are unknown."""
    try:
        return _shape(layer.output.shape)
    except (AttributeError, ValueError):
        return ""


def _shape(shape: tuple[int | None, ...]) -> str:
    """`(batch, time, 64)` for (None, None, 64)."""
    names = iter(("batch", "time"))
    return "(" + ", ".join(next(names, "?") if size is None else str(size) for size in shape) + ")"

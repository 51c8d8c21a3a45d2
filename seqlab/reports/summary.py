"""What a person wants to see before training: the sizes of the data and the layers of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqlab.progress import Progress
from seqlab.tasks.prepared import Prepared

if TYPE_CHECKING:
    import keras


def say_data(prepared: Prepared, progress: Progress) -> None:
    """Sizes of the splits and the share of unknown words."""
    sizes = prepared.facts["sizes"]
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


def say_notes(prepared: Prepared, progress: Progress) -> None:
    """What a person should know of the data: duplicates, overlap, files that are not the published ones."""
    for note in prepared.facts["notes"]:
        progress.say(note)


def say_model(model: keras.Model, progress: Progress) -> None:
    """Layers, output shapes, parameters."""
    rows = [
        (layer.name, _output_shape(layer), f"{layer.count_params():,}")
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    ]
    trained = sum(int(v.value.shape.num_elements()) for v in model.trainable_variables)
    total = model.count_params()
    rows.append(("total", "", f"{total:,}"))
    if trained != total:
        rows.append(("of these trained", "", f"{trained:,}"))
    progress.table("model", ("layer", "output", "parameters"), rows)


def _output_shape(layer: keras.Layer) -> str:
    """Empty for layers that a model calls by itself, whose outputs are known to no graph."""
    try:
        return _shape(layer.output.shape)
    except (AttributeError, ValueError):
        return ""


def _shape(shape: tuple[int | None, ...]) -> str:
    """`(batch, time, 64)` for (None, None, 64)."""
    names = iter(("batch", "time"))
    return "(" + ", ".join(next(names, "?") if size is None else str(size) for size in shape) + ")"

"""Running a model over a whole split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.batching import pipeline
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Plan
from seqlab.models.kept import kept
from seqlab.progress import Progress

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Forward = Callable[[Mapping[str, tf.Tensor]], tf.Tensor]


def outputs_of(
    model: keras.Model,
    plan: Plan,
    gather: Callable[[np.ndarray], Batch],
    signature: Signature,
    progress: Progress,
    what: str,
) -> np.ndarray:
    """The model's outputs for all rows, in the order of their numbers whatever the plan's: (rows, outputs)."""
    import tensorflow as tf

    forward = compiled_forward(model, signature)
    collected = []
    with progress.step(what, sum(map(len, plan)), "examples") as step:
        for rows, (batch,) in zip(plan, pipeline.batches(plan, gather, signature), strict=True):
            collected.append(forward(batch))
            step.advance(len(rows))
    outputs: np.ndarray = tf.concat(collected, axis=0).numpy()
    return outputs[np.argsort(np.concatenate(plan))]


def compiled_forward(model: keras.Model, signature: Signature) -> Forward:
    """The model without dropout, traced once for batches of every size. The trace is kept with the model."""
    import tensorflow as tf

    def forward(batch: dict[str, tf.Tensor]) -> tf.Tensor:
        return model({name: batch[name] for name in model.input}, training=False)

    specification = pipeline.specification(signature)
    return kept(model, "forward", lambda: tf.function(forward, input_signature=[specification], autograph=False))

"""Running a model over a whole split, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.batching import pipeline
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Plan
from seqlab.progress import Progress

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Forward = Callable[[Mapping[str, tf.Tensor]], tf.Tensor]
else:
    Forward = Callable


def outputs_of(
    forward: Forward,
    plan: Plan,
    gather: Callable[[np.ndarray], Batch],
    signature: Signature,
    progress: Progress,
    what: str,
) -> np.ndarray:
    """The outputs of `compile_forward` for all rows, in the order of the row numbers: (rows, outputs)."""
    import tensorflow as tf

    collected = []
    with progress.step(what, sum(map(len, plan)), "examples") as step:
        for rows, (batch,) in zip(plan, pipeline.batches(plan, gather, signature), strict=True):
            collected.append(forward(batch))
            step.advance(len(rows))
    outputs: np.ndarray = tf.concat(collected, axis=0).numpy()
    return outputs[np.argsort(np.concatenate(plan))]


def compile_forward(model: keras.Model, signature: Signature) -> Forward:
    """The model in inference mode, traced once for batches of every size. Whoever calls this keeps the function."""
    import tensorflow as tf

    def forward(batch: dict[str, tf.Tensor]) -> tf.Tensor:
        return model({name: batch[name] for name in model.input}, training=False)

    compiled: Forward = tf.function(forward, input_signature=[pipeline.specification(signature)], autograph=False)
    return compiled

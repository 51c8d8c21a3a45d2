"""A model over a whole split: the outputs are in the order of the rows, whatever the plan."""

import keras
import numpy as np

from seqlab.data.batching import plan
from seqlab.models.batch_inference import compile_forward, outputs_of
from seqlab.progress import SILENT

X = np.arange(14, dtype=np.float32).reshape(7, 2)
SIGNATURE = {"x": ("float32", (None, 2)), "targets": ("int32", (None,))}


def test_outputs_are_in_the_order_of_the_rows_and_one_trace_serves_all_batches():
    x = keras.Input((2,), name="x")
    dropped = keras.layers.Dropout(0.9)(x)
    model = keras.Model({"x": x}, keras.layers.Dense(1, kernel_initializer="ones")(dropped))
    forward = compile_forward(model, SIGNATURE)

    def gather(rows):
        return {"x": X[rows], "targets": np.zeros(len(rows), np.int32)}

    for epoch in (1, 2):
        shuffled = plan.shuffled(7, 3, seed=4, epoch=epoch)
        outputs = outputs_of(forward, shuffled, gather, SIGNATURE, SILENT, "evaluating")
        np.testing.assert_array_equal(outputs[:, 0], X.sum(axis=1))
    assert forward.experimental_get_tracing_count() == 1

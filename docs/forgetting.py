"""How long what a network has read survives padding: a trained classifier of one recurrent layer reads zeros.

For each of 2,000 test reviews the state after its last word goes on reading zeros. Behind so many of them: the accuracy
of the network's own answer, and the deviation of a unit of the state over all reviews, which is all that can tell them
apart. `docs/padding.md` shows what was seen.

python docs/forgetting.py RUN
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from seqlab import experiment
from seqlab.data.batching import plan
from seqlab.data.splits import load_splits
from seqlab.layers.rnn import unroll as scan
from seqlab.layers.rnn.cells import CELLS
from seqlab.progress import SILENT
from seqlab.runs import Run

REVIEWS = 2_000
AT_ONCE = 100
ZEROS = (0, 10, 30, 100, 300, 600)


def main() -> None:
    loaded = experiment.load(Run(Path(sys.argv[1])))
    layers = {layer.name: layer for layer in loaded.model.layers}
    (recurrent,) = (layer for layer in layers.values() if hasattr(layer, "directions"))
    (direction,) = recurrent.directions
    weights = scan.Weights(*map(tf.convert_to_tensor, (direction.recurrent_kernel, direction.bias, direction.kernel)))
    walk = scan.Walk(CELLS[recurrent.cell], reverse=False, sequences=False)

    texts = load_splits.load(loaded.experiment.data).splits["test"]
    chosen = np.random.default_rng(0).permutation(len(texts))[:REVIEWS]
    store = loaded.task.encode(texts.rows(sorted(chosen.tolist())), SILENT)
    tokens, targets = store.ragged("text_ids"), np.asarray(store.flat("targets"))

    def states_behind(zeros: int) -> np.ndarray:
        """(reviews, units)"""
        states = np.zeros((len(targets), recurrent.units), np.float32)
        for rows in plan.grouped(tokens.lengths, AT_ONCE, mixed=True):
            ids = np.zeros((len(rows), int(tokens.lengths[rows].max()) + zeros), np.int32)
            for row, number in enumerate(rows):
                ids[row, : tokens.lengths[number]] = tokens.gather(np.array([number])).values
            read = tf.sequence_mask(tokens.lengths[rows] + zeros, ids.shape[1])
            begin = (tf.zeros((len(rows), recurrent.units)),) * CELLS[recurrent.cell].states
            _, final = scan.walk_only(walk, layers["embedding"](ids), read, weights, begin)
            states[rows] = final[0]
        return states

    print("| zeros read | accuracy | deviation of a unit |\n|---:|---:|---:|")
    for zeros in ZEROS:
        states = states_behind(zeros)
        answers = layers["logits"](states).numpy()[:, 0] > 0
        print(f"| {zeros} | {np.mean(answers == targets):.3f} | {states.std(axis=0).mean():.3f} |")


if __name__ == "__main__":
    main()

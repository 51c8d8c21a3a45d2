"""Encoded texts and loaded pairs as plain lists and tables, to compare with what is expected."""

import numpy as np


def rows(encoded):
    """The ids of each text."""
    return [encoded.ids[row].tolist() for row in range(len(encoded.ids))]


def dense(encoded, size):
    """The bags as rows of `size` weights."""
    table = np.zeros((len(encoded.ids), size))
    table[np.repeat(np.arange(len(encoded.ids)), encoded.ids.lengths), encoded.ids.values] = encoded.weights
    return table


def pairs(loaded):
    """Split → its pairs of source and target."""
    return {split: list(zip(found["source"], found["target"], strict=True)) for split, found in loaded.splits.items()}

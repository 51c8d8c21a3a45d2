"""What a model reaches that knows nothing but frequencies: the floor of each task."""

import numpy as np


def floor_of(task, content):
    """`floor`, and of a classifier the number of test `examples`."""
    if task == "classification":
        train, test = (np.array(content["splits"][name]["targets"]) for name in ("train", "test"))
        majority = np.bincount(train).argmax()
        return {"floor": float((test == majority).mean()), "examples": len(test)}
    if task == "regression":
        train, test = (np.array(content["splits"][name]["targets"]) for name in ("train", "test"))
        return {"floor": float(((test - train.mean()) ** 2).mean())}
    if task == "language_model":
        train, test = (np.array(content["splits"][name]["ids"]) for name in ("train", "test"))
        loss = unigram_loss(train, test[1:], content["vocabulary_size"])
        return {"floor": with_unseen(loss * (len(test) - 1), len(test) - 1, content["splits"]["test"]["unseen"])}
    if task == "translation":
        train, test = (np.concatenate([row[1:] for row in content["splits"][n]["target"]]) for n in ("train", "test"))
        return {"floor": unigram_loss(train, test, len(content["words"]))}
    return {"floor": without_vectors(*(np.array(content[n]) for n in ("counts", "seen", "kept")), content["negatives"])}


def unigram_loss(train, test, size):
    """Nats per id, by counts to which one is added."""
    counts = np.bincount(train, minlength=size) + 1
    return float(-np.log(counts[test] / counts.sum()).mean())


def bigram_loss(train, test, size):
    """Nats per id after the first, by the counts of pairs, smoothed with the frequencies of single ids.

    Each context counts as many more times as it has different successors (Witten & Bell 1991).
    """
    pairs = np.zeros((size, size))
    np.add.at(pairs, (train[:-1], train[1:]), 1)
    single = (np.bincount(train, minlength=size) + 1) / (len(train) + size)
    distinct = (pairs > 0).sum(axis=1, keepdims=True)
    total = pairs.sum(axis=1, keepdims=True) + distinct
    smoothed = np.where(total > 0, (pairs + distinct * single) / np.maximum(total, 1), single)
    return float(-np.log(smoothed[test[:-1], test[1:]]).mean())


def with_unseen(total, number, unseen):
    """The mean loss when ids that training does not have are counted: `total` is that of `number` others."""
    return float((total + unseen["number"] * unseen["cost"]) / (number + unseen["number"]))


def without_vectors(counts, seen, kept, negatives):
    """The loss of negative sampling, per example, if a word is scored by its frequency alone.

    Frequent words are left out at random (`kept`: the probability that they are not), negatives are drawn by their
    count to the power of 0.75. The best score is the logarithm of the ratio of the right word's probability and the
    expected number of negatives (Levy & Goldberg 2014, section 3.1).
    """
    right, found = counts * kept / (counts * kept).sum(), seen * kept / (seen * kept).sum()
    noise = counts**0.75 / (counts**0.75).sum()
    scores = np.log(right / (negatives * noise))
    return float((found * np.logaddexp(0, -scores)).sum() + negatives * (noise * np.logaddexp(0, scores)).sum())

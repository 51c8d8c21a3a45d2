"""Trainings whose batches are divided, among devices or into parts; none of them has dropout."""

from quick import QUICK, TRANSLATED

TINY = {
    **QUICK,
    "data": {"name": "synthetic", "size": 300},
    "vectorizer": {"name": "words", "max_length": 30},
    "model": {"name": "recurrent", "cell": "gru", "units": 4, "embedding": 8, "dropout": 0.0},
    "training": {"epochs": 2, "batch_size": 33, "clip_norm": 0.5, "learning_rate": 1e-2},
}
"""300 · 0.8 rows in batches of 33: the last one is short, and no batch can be halved."""
UNMASKED = {
    **TINY,
    "vectorizer": "words",
    "model": {**TINY["model"], "mask": False, "units": 4},
    "training": {**TINY["training"], "buckets": False},
}
"""Padding is read, and texts of all lengths share a batch."""
CLASSES = {**TINY, "model": {"name": "bag", "dropout": 0.0}, "vectorizer": {"name": "words"}}
PHRASES = {
    **TRANSLATED,
    "data": TINY["data"],
    "model": {
        "name": "recurrent_encoder_decoder",
        "units": 8,
        "embedding": 8,
        "dropout": 0.0,
        # Counts its steps on every device; so near to one that no coin falls on the other side.
        "teacher_forcing": {"start": 1.0, "end": 0.9999999, "steps": 5},
    },
    "training": TINY["training"],
    "metrics": ["perplexity"],
}
TRANSFORMED = {**TINY, "model": {"name": "transformer", "heads": 2, "width": 8, "feed_forward": 8, "dropout": 0.0}}
PRICES = {
    "task": "regression",
    "data": {"name": "synthetic", "size": 154},
    "model": {"name": "tabular", "hidden": 4},
    "training": TINY["training"],
}
STREAMS = {
    "task": "language_model",
    "data": {"name": "synthetic", "size": 4_000},
    "vectorizer": "characters",
    "model": {"name": "recurrent", "cell": "gru", "units": 6, "embedding": 8, "layers": 2, "stateful": True},
    "training": {**TINY["training"], "window": 20},
}
"""33 streams, 17 on one device and 16 on the other: each device carries the states of its own."""
GIVEN = {
    "recurrent": TINY,
    "unmasked": UNMASKED,
    "bag": CLASSES,
    "transformer": TRANSFORMED,
    "features": PRICES,
    "streams": STREAMS,
    "translation": PHRASES,
}


def losses(run):
    return [line["train.loss"] for line in run.metrics()] + [line["validation.loss"] for line in run.metrics()]


def in_parts(given, parts):
    return {**given, "training": {**given["training"], "accumulate": parts}}

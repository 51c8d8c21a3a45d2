"""A config that trains in a second, and what tests ask of its runs."""

from pathlib import Path

from seqlab import config, experiment, files
from seqlab.progress import Silent

QUICK = {
    "task": "classification",
    "data": {"name": "synthetic", "size": 600},
    "vectorizer": {"name": "words", "ngrams": 2},
    "model": "bag",
    "training": {"epochs": 3, "learning_rate": 5e-3},
}


TRANSLATED = {
    "task": "translation",
    "data": {"name": "synthetic", "size": 3_000},
    "vectorizer": {"name": "words", "standardize": "none", "split": "punctuation"},
    "model": {  # of so many units XLA compiles nothing, which would be most of the time
        "name": "recurrent_encoder_decoder",
        "units": 144,
        "embedding": 64,
        "bidirectional": True,
        "attention": "luong",
    },
    "training": {"epochs": 6, "batch_size": 32, "optimizer": "adam", "learning_rate": 5e-3},
}
"""A translator that learns the embedded phrases in some ten seconds."""


LANGUAGE_MODEL = {
    "task": "language_model",
    "data": {"name": "synthetic", "size": 60_000},
    "vectorizer": "characters",
    "model": {"name": "recurrent", "cell": "gru", "units": 32},
    "training": {
        "epochs": 1, "batch_size": 16, "window": 50, "optimizer": "adam", "learning_rate": 1e-2,
        "schedule": "cosine_decay",
    },
}  # fmt: skip
"""A language model of characters that trains in a few seconds."""


WORD_VECTORS = {
    "task": "word_vectors",
    "data": {"name": "synthetic", "size": 8_000},
    "vectorizer": "words",
    "model": {
        "name": "skip_gram",
        "dimensions": 16,
        "window": 3,
        "subsample": None,
        "sample_words": ["Monday", "unheard"],
    },
    "training": {"epochs": 3, "batch_size": 1024, "optimizer": "adam", "learning_rate": 1e-2},
}
"""Vectors of the embedded sentences that find all neighbors in two seconds."""


DOCUMENT_VECTORS = {
    "task": "word_vectors",
    "data": {"name": "synthetic", "size": 3_000},
    "vectorizer": {"name": "words", "ngrams": 2, "min_count": 5},
    "model": {
        "name": "document_vectors",
        "dimensions": 16,
        "subsample": None,
        "sample_words": ["Monday"],
    },
    "training": {"epochs": 3, "batch_size": 1024, "learning_rate": 0.1},
}
"""Document vectors of the embedded sentences, in two seconds."""


def trained(folder, *overrides, given=QUICK):
    """A run of the quick config."""
    return experiment.train(config.load(given, overrides), Path(folder))


def weights_of(run):
    """The bytes of the model."""
    return (run.weights_file).read_bytes()


def changed_config(run, before, after):
    """Replace a part of the config of a finished run, as if it had been trained with the other one."""
    text = run.config_file.read_text("utf-8")
    assert text.count(before) == 1
    run.config_file.write_text(text.replace(before, after), encoding="utf-8")
    recorded = {**run.section("files"), run.config_file.name: files.sha256_of_file(run.config_file)}
    run.update(files=recorded)


def comparable(result):
    """Figures without times, memory and the number of saves."""
    timed = ("seconds", "examples_per_second", "peak_memory_mb", "saves")
    return {name: value for name, value in result.items() if not name.endswith(timed)}


class Heard(Silent):
    """Remembers what was said."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)

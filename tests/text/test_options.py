"""Every option of every vectorizer changes what a model reads, or is refused when the config is checked."""

from functools import cache

import pytest

from seqlab.config import ConfigError, load
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT
from seqlab.text import VECTORIZERS

CONFIGS = {
    "bag": {"task": "classification", "data": {"name": "synthetic", "size": 200}, "model": "bag"},
    "sequence": {"task": "classification", "data": {"name": "synthetic", "size": 200}, "model": "recurrent"},
    "running text": {"task": "language_model", "data": {"name": "text_file", "path": __file__}, "model": "recurrent"},
    "pairs": {"task": "translation", "data": {"name": "synthetic", "size": 200}, "model": "recurrent_encoder_decoder"},
}
CHANGED = {
    "fit": {"take": 50},
    "lowercase": True,
    "max_length": 5,
    "unknown": True,
    "size": 300,
    "ngrams": 2,
    "max_tokens": 60,
    "min_count": 3,
    "standardize": "none",
    "split": "punctuation",
    "output": "count",
    "reverse": True,
    "keep": "[a-zA-Z ]",
    "stop_words": ["the", "el", "la"],
    "stem": "english",
    "hash_buckets": 20,
}
"""Option → a value other than its default."""
NEEDED = {"split": {"standardize": "lower"}, "keep": {"standardize": "lower"}}
"""Options that are possible only beside certain values of others."""


def every_option():
    for config in CONFIGS:
        for vectorizer in VECTORIZERS:
            yield from (
                (config, vectorizer.component_name(), name) for name in vectorizer.model_fields if name != "name"
            )


@cache
def effect(config, vectorizer, options):
    """The first training batch as the model reads it, and the vocabulary."""
    given = {**CONFIGS[config], "vectorizer": {"name": vectorizer, **{name: dict_of(value) for name, value in options}}}
    experiment = load(given).experiment
    data = prepare_data(experiment, locate(experiment.data), SILENT)
    batches = data.task.batches(data.stores["train"], experiment.training)
    batch = batches.gather(batches.plan(seed=1, epoch=1)[0])
    vocabularies = [list(vectorizer.vocabulary.tokens) for vectorizer in data.task.vectorizers.values()]
    return {name: array.tolist() for name, array in batch.items()}, vocabularies


def dict_of(value):
    return dict(value) if isinstance(value, tuple) and value and isinstance(value[0], tuple) else value


def hashable(value):
    return tuple(value.items()) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("config", "vectorizer", "option"), list(every_option()))
def test_an_option_changes_what_is_read_or_is_refused(config, vectorizer, option):
    needed = {name: value for name, value in NEEDED.get(option, {}).items() if vectorizer == "words"}
    before = tuple(needed.items())
    after = (*before, (option, hashable(CHANGED[option])))
    try:
        changed = effect(config, vectorizer, after)
    except ConfigError as error:
        refused = {problem.path.partition(".")[0] for problem in error.problems}
    else:
        refused = set()
    assert refused == {"vectorizer"} if refused else changed != effect(config, vectorizer, before)

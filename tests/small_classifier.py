"""Classifiers with random weights, of words that a few texts taught: nothing is trained."""

import keras
import numpy as np

from seqlab.data.datasets.synthetic_reviews import SyntheticReviews
from seqlab.data.records import Records
from seqlab.progress import SILENT
from seqlab.tasks import CLASSIFICATION, Choices
from seqlab.text.words import Words

WORDS = [f"w{number}" for number in range(20)]


def records(texts, labels=("no", "yes")):
    return Records({"text": texts, "label": [labels[number % len(labels)] for number in range(len(texts))]})


def predictor_of(model, vectorizer=None, labels=("no", "yes"), seed=1):
    """A predictor of a model component. Biases are random too."""
    random = np.random.default_rng(seed)
    texts = [" ".join(random.choice(WORDS, length)) for length in range(4, 24)]
    vectorizer = Words() if vectorizer is None else vectorizer
    train = records(texts, labels)
    task = CLASSIFICATION.fit(Choices(SyntheticReviews(), vectorizer, model), train, SILENT)
    keras.utils.set_random_seed(seed)
    built = task.build(task.encode(train, SILENT))
    for weight in built.trainable_variables:
        weight.assign(random.normal(0.0, 0.5, weight.shape).astype(np.float32))
    return task.predictor(built)


def explained(predictor, text, **options):
    """The explanation of one text."""
    from seqlab.explanations.options import ExplainOptions

    return next(predictor.explain([text], ExplainOptions(**options), SILENT))

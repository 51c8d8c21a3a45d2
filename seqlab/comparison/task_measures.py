"""The measures of each kind of prediction: what runs of a task are compared by."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqlab.comparison.configs import differing_keys
from seqlab.comparison.measures import MacroF1, Measure, TestName, divided, quotient
from seqlab.comparison.predictions import (
    TokenPredictions,
    read_class_predictions,
    read_number_predictions,
    read_token_predictions,
    read_translations,
    refuse_other_labels,
)
from seqlab.comparison.refusals import refuse_other_items
from seqlab.comparison.translations import settings_for, sources_of, translation_measures
from seqlab.errors import RequestError
from seqlab.runs import Run

MOST_NATS = 700.0
"""Above, a perplexity is no number; as in the metric."""
BITS = "bits_per_character"
RANDOMIZED: TestName = "approximate randomization"
SEGMENTS = "the items are segments of up to 1,000 tokens, because tokens that follow one another are not independent"
OTHER_TOKENS = (
    "the models have different tokens: they are compared in bits per character alone, on stretches of the text that "
    "hold about 1,000 tokens"
)


@dataclass(frozen=True)
class Measured:
    """Runs of a task on one split, ready to be compared."""

    measures: list[Measure]
    items: int
    """What is drawn in a resampling."""
    size: int
    """The same as users count it: a language model's items are segments of many tokens."""
    noun: str
    """What is counted by `size`, in the plural."""
    predictions: list[Any]
    """Of each run, as `predictions` reads them."""
    notes: tuple[str, ...] = ()
    """Lines for the user."""


def measured_classes(runs: Sequence[Run], split: str) -> Measured:
    """Accuracy, macro F1 and log loss. Raises RequestError for predictions that cannot be compared."""
    found = [read_class_predictions(run, split) for run in runs]
    for run, each in zip(runs, found, strict=True):
        refuse_other_labels(runs[0], found[0], run, each)
        refuse_other_items(runs[0], found[0].items, run, each.items, split)
    targets = found[0].targets
    ones = [np.ones(len(targets))] * len(found)
    classes = [np.stack([each.predicted, targets], axis=1) for each in found]
    right, losses = [each.predicted == targets for each in found], [-np.log(each.of_targets) for each in found]
    measures: list[Measure] = [
        quotient("accuracy", right, ones, "exact McNemar", unit="points", scale=100),
        MacroF1(name="macro_f1", statistics=classes, test="paired bootstrap", unit="points", scale=100),
        quotient("log_loss", losses, ones, "paired bootstrap", unit="nats"),
    ]
    return Measured(measures, len(targets), len(targets), "items", found)


def measured_numbers(runs: Sequence[Run], split: str) -> Measured:
    """Mean squared and mean absolute error. Raises RequestError for predictions that cannot be compared."""
    found = [read_number_predictions(run, split) for run in runs]
    for run, each in zip(runs, found, strict=True):
        refuse_other_items(runs[0], found[0].items, run, each.items, split)
    errors = [each.predicted - each.targets for each in found]
    ones = [np.ones(len(each)) for each in errors]
    measures: list[Measure] = [
        quotient("mse", [np.square(each) for each in errors], ones, "paired bootstrap"),
        quotient("mae", [np.abs(each) for each in errors], ones, "paired bootstrap"),
    ]
    return Measured(measures, len(errors[0]), len(errors[0]), "items", found)


def measured_tokens(runs: Sequence[Run], split: str) -> Measured:
    """Loss, perplexity, accuracy and bits per character; of models with different tokens bits per character alone.
    Raises RequestError for predictions that cannot be compared."""
    found = [read_token_predictions(run, split) for run in runs]
    for run, each in zip(runs, found, strict=True):
        if each.items != found[0].items:
            return _measured_characters(runs, found, run, split)
    tokens = [each.tokens for each in found]
    losses = [-each.log_probabilities for each in found]
    loss = quotient("loss", losses, tokens, RANDOMIZED, unit="nats per token")
    measures: list[Measure] = [loss, replace(loss, name="perplexity", score=_perplexity, unit="")]
    if (correct := _of_all([each.correct for each in found])) is not None:
        measures.append(quotient("accuracy", correct, tokens, RANDOMIZED, unit="points", scale=100))
    if (characters := _of_all([each.characters for each in found])) is not None:
        bits = [each / math.log(2) for each in losses]
        measures.append(quotient(BITS, bits, characters, RANDOMIZED, unit="bits per character"))
    return Measured(measures, len(tokens[0]), int(tokens[0].sum()), "tokens", found, (SEGMENTS,))


def _measured_characters(runs: Sequence[Run], found: Sequence[TokenPredictions], other: Run, split: str) -> Measured:
    """Bits per character of models with different tokens, on stretches of the text of equal length. `other`: the first
    run with other tokens than the first of all."""
    characters = _of_all([each.characters for each in found])
    if characters is None:
        raise RequestError(_other_tokens(runs[0], other, split))
    if differing_keys(runs, only=("vectorizer.lowercase",)):
        raise RequestError(
            f"runs {runs[0].id} and {other.id} read different texts: only one of them distinguishes capitals "
            "(vectorizer.lowercase), and text without them is easier to predict"
        )
    stretches = min(map(len, characters))
    # The first token is context and not scored: the texts end at the same character, but do not begin at the same.
    scored = min(int(each.sum()) for each in characters)
    ends = np.linspace(0, scored, stretches + 1)
    bits = []
    for each, counts in zip(found, characters, strict=True):
        before = np.concatenate([[0.0], np.cumsum(-each.log_probabilities[::-1] / math.log(2))])
        places = np.concatenate([[0], np.cumsum(counts[::-1])])
        bits.append(np.diff(np.interp(ends, places, before)))
    measure = quotient(BITS, bits, [np.diff(ends)] * len(bits), RANDOMIZED, unit="bits per character")
    return Measured([measure], stretches, scored, "characters", list(found), (OTHER_TOKENS,))


def measured_translations(runs: Sequence[Run], split: str) -> Measured:
    """BLEU and chrF. Raises RequestError for predictions that cannot be compared."""
    found = [read_translations(run, split) for run in runs]
    for run, each in zip(runs, found, strict=True):
        refuse_other_items(runs[0], found[0].items, run, each.items, split)
    sources = sources_of(found)
    settings = settings_for(runs, split, sources.references)
    measures: list[Measure] = [*translation_measures(sources, settings)]
    size = len(sources.references)
    notes = (settings.note,) if settings.note else ()
    return Measured(measures, size, size, "sentences", [sources], notes)


MEASURED: Mapping[str, Callable[[Sequence[Run], str], Measured]] = {
    "classes": measured_classes,
    "numbers": measured_numbers,
    "tokens": measured_tokens,
    "translations": measured_translations,
}
"""`Task.compares` → how runs of such a task are compared."""


def _perplexity(sums: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.exp(np.minimum(divided(sums), MOST_NATS))
    return found


def _of_all(found: Sequence[np.ndarray | None]) -> list[np.ndarray] | None:
    """What every run recorded; None if one did not."""
    recorded = [each for each in found if each is not None]
    return recorded if len(recorded) == len(found) else None


def _other_tokens(first: Run, other: Run, split: str) -> str:
    key = f"{split}.{BITS}"
    recorded = [run.result().get(key) for run in (first, other)]
    known = " and ".join(f"{each:.4f}" for each in recorded if isinstance(each, float))
    hint = f"; without a test, their {key} can be compared: {known}" if " and " in known else ""
    return (
        f"runs {first.id} and {other.id} have different tokens: their losses are of other things, and what would pair "
        f"them, the characters of each segment, is not recorded (words do not tell them, and older versions did not "
        f"either){hint}. Compare models with the same vectorizer"
    )

"""What an explanation returns: contributions of tokens, the surprise of a text, or a translation token by token."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from seqlab.explanations.options import Method

SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Of the tokens of a text, at which faithfulness is measured (DeYoung et al. 2020, section 4.2)."""


LARGEST_GAP = 0.01
"""By how much integrated gradients may miss what they should add up to, as a share of it."""


@dataclass(frozen=True)
class TokenContribution:
    """One token of a text, in reading order."""

    token: str
    contribution: float
    """What it adds to the score that is explained."""
    unknown: bool = False
    """Whether training never had it: the model reads all such tokens as the same."""
    start: int | None = None
    """Its first character in the raw text; None if its place cannot be said for sure."""
    end: int | None = None
    """The character after its last one."""


@dataclass(frozen=True)
class NgramContribution:
    """One entry of a bag: an n-gram, however often the text has it."""

    ngram: str
    contribution: float
    count: int = 1
    """How often the text has it."""
    unknown: bool = False


@dataclass(frozen=True)
class FeatureContribution:
    """One category or number of a row: the score less that of a row whose column says nothing."""

    column: str
    value: str
    contribution: float
    note: str | None = None
    """What the model did not find in the cell: a category that training lacks, a number that is missing."""


@dataclass(frozen=True)
class Faithfulness:
    """How much an answer depends on the tokens that are said to have moved it (DeYoung et al. 2020, section 4).

    Differences of the probability of the class (of a regression, of the number) when the tokens with the largest
    contributions are removed, or are all that is left. The figures are means over the shares `SHARES` of the tokens.
    """

    comprehensiveness: float
    """The probability less that of the text without these tokens; large is good."""
    sufficiency: float
    """The probability less that of these tokens alone; small is good."""
    kendall_tau: float
    """Rank correlation of the contributions with those of leaving out one token; not a number if either is constant."""
    comprehensiveness_at: tuple[float, ...] = ()
    """The first one at each share."""
    sufficiency_at: tuple[float, ...] = ()
    """The second one at each share."""


@dataclass(frozen=True)
class Attribution:
    """What moved the answer of a classifier, or of a regression.

    `score`: the logit of the class `explained` (of two classes: that of the second, or its negative), or the predicted
    number. A text of which nothing is left to read has no tokens, and a score that is not a number.
    """

    text: str
    label: str | None
    """The predicted class; None for a regression."""
    probability: float | None
    prediction: float | None
    """The predicted number; None for a classifier."""
    explained: str | None
    """The class whose score is explained; None for a regression."""
    score: float
    base: float | None
    """The score without tokens, where the contributions add up to the difference: else None."""
    method: Method | None
    tokens: tuple[TokenContribution, ...] = ()
    ngrams: tuple[NgramContribution, ...] = ()
    """Of a bag: what it holds, the largest contribution first. Tokens share the contributions of their n-grams."""
    features: tuple[FeatureContribution, ...] = ()
    steps: int | None = None
    """Of integrated gradients: the points of the path at which gradients were taken."""
    gap: float | None = None
    """By how much the contributions miss the difference of score and base, as a share of it."""
    cut_off: int = 0
    """Tokens at the end of the text that were not read, because it is too long."""
    unreadable: bool = False
    """Whether most of its tokens are unknown, so that the answer is a guess."""
    separator: str = " "
    """What is between two tokens of a text."""
    faithfulness: Faithfulness | None = None

    kind = "attribution"

    @property
    def empty(self) -> bool:
        """Whether nothing was left to explain."""
        return self.method is None

    @property
    def is_finite(self) -> bool:
        """Whether what is explained is a number: of damaged weights it is not."""
        return math.isfinite(self.score)


@dataclass(frozen=True)
class ScoredToken:
    """One token that a model predicts, given those before it."""

    token: str
    log_probability: float | None
    """In nats; None of what is not predicted: the first token of a text has no context."""
    entropy: float | None
    """Of the distribution that it was predicted from, in bits; None where the model was not asked."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """The most probable other tokens with their probabilities."""
    unknown: bool = False
    """Whether training never had it."""

    @property
    def bits(self) -> float | None:
        """The surprise: minus the binary logarithm of the probability."""
        return None if self.log_probability is None else -self.log_probability / math.log(2) + 0.0

    @property
    def probability(self) -> float | None:
        return None if self.log_probability is None else math.exp(self.log_probability)


@dataclass(frozen=True)
class Surprise:
    """How surprising each token of a text is to a language model."""

    text: str
    tokens: tuple[ScoredToken, ...]
    characters: int | None
    """Of the tokens that are predicted; None where tokens do not give the text back exactly."""
    separator: str = " "

    kind = "surprise"

    @property
    def empty(self) -> bool:
        return not self.tokens

    @cached_property
    def scored(self) -> int:
        """How many tokens are predicted."""
        return sum(each.log_probability is not None for each in self.tokens)

    @cached_property
    def bits(self) -> float | None:
        """The sum over all tokens that are predicted; None if there are none."""
        found = [each.bits for each in self.tokens if each.bits is not None]
        return math.fsum(found) if found else None

    @property
    def is_finite(self) -> bool:
        return math.isfinite(self.bits or 0.0)

    @property
    def bits_per_character(self) -> float | None:
        return None if self.bits is None or not self.characters else self.bits / self.characters

    @property
    def bits_per_token(self) -> float | None:
        return None if self.bits is None else self.bits / self.scored


@dataclass(frozen=True)
class ScoredTranslation:
    """A translation token by token, each given the source and the true tokens before it."""

    text: str
    translation: str
    source_tokens: tuple[str, ...]
    tokens: tuple[ScoredToken, ...]
    """The end included, if the translation has one."""
    attention: Sequence[Sequence[float]]
    """(tokens, source tokens and end); empty if the model has no attention weights."""
    given: bool
    """Whether the translation was given, rather than found."""
    cut_off: int = 0
    """Tokens at the end of the source that were not read."""
    translation_cut_off: int = 0
    """Tokens at the end of a given translation that were not read."""
    unknown: tuple[bool, ...] = ()
    """Of each source token whether it is not in the vocabulary."""
    unknown_penalty: float = 0.0
    """Of the search that found the translation; probabilities are without it."""

    kind = "translation"

    @property
    def empty(self) -> bool:
        return not self.tokens

    @cached_property
    def log_probability(self) -> float:
        """Of the whole translation, in nats."""
        return math.fsum(each.log_probability or 0.0 for each in self.tokens)

    @property
    def is_finite(self) -> bool:
        return math.isfinite(self.log_probability)


Explanation = Attribution | Surprise | ScoredTranslation

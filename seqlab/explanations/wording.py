"""What is said of an explanation, in a terminal and on a page."""

from __future__ import annotations

import math
from collections import Counter

from seqlab.explanations.results import (
    LARGEST_GAP,
    SHARES,
    Attribution,
    Explanation,
    Faithfulness,
    ScoredToken,
    ScoredTranslation,
    Surprise,
    TokenContribution,
)
from seqlab.text_format import counted, number_text, quoted, visible_name, visible_token

OF_FEATURES = "categories and numbers: the score less what it would be without each"
"""What the contributions of features are."""
METHOD_NAMES = {
    "contributions": "exact contributions",
    "integrated_gradients": "integrated gradients",
    "gradient_input": "gradient × input",
    "occlusion": "occlusion",
}
MOST_NAMED = 10
"""Unknown tokens that are named."""
ANSWERED = 4
"""Digits of a probability after the point."""


def answer_of(explanation: Explanation) -> tuple[str, ...]:
    """What was answered: a class and its probability, a number, a translation; nothing of a language model."""
    if isinstance(explanation, ScoredTranslation):
        return (visible_name(explanation.translation),)
    if isinstance(explanation, Surprise) or explanation.empty:
        return ()
    if explanation.prediction is not None:
        return (number_text(explanation.prediction),)
    return (visible_name(explanation.label or ""), f"{explanation.probability or 0.0:.{ANSWERED}f}")


def summary_of(explanation: Explanation) -> str:
    """The figures that the parts belong to, in a sentence."""
    if isinstance(explanation, Surprise):
        return _surprise_in_words(explanation)
    if isinstance(explanation, ScoredTranslation):
        found = "the given translation" if explanation.given else "the translation"
        probability = math.exp(explanation.log_probability)
        summary = f"log probability of {found} {explanation.log_probability:.3f}, probability {probability:.3g}"
        penalty = f", without the penalty of {explanation.unknown_penalty:g} for [UNK] that the search had"
        return summary + penalty if explanation.unknown_penalty else summary
    what = "the number" if explanation.explained is None else f"logit of {visible_name(explanation.explained)}"
    name = METHOD_NAMES[explanation.method or "occlusion"]
    score = signed(explanation.score)
    if not explanation.tokens:
        return f"{what} {score}"
    if explanation.base is None:
        return f"{what} {score}; by {name} (the tokens need not add up to it)"
    added = explanation.score - explanation.base
    by_tokens = f"{score} = {signed(explanation.base)} without tokens {_joined(added)} by tokens"
    return f"{what} {by_tokens}; {name}{_accuracy(explanation)}"


def _accuracy(explanation: Attribution) -> str:
    if explanation.steps is None or explanation.gap is None:
        return ""
    gap = "less than 0.01" if explanation.gap < 1e-4 else f"{100 * explanation.gap:.2f}"
    return f" of {counted(explanation.steps, 'step')}, which miss the sum by {gap} %"


def _surprise_in_words(explanation: Surprise) -> str:
    if explanation.bits is None:
        return "nothing is predicted: the first token has no context"
    if explanation.bits_per_character is None:
        each = f"{explanation.bits_per_token:.3f} bits per token, {counted(explanation.scored, 'token')}"
    else:
        each = f"{explanation.bits_per_character:.3f} bits per character"
    return f"{explanation.bits:.2f} bits, {each}; the first token has no context"


def faithfulness_in_words(found: Faithfulness) -> str:
    shares = ", ".join(f"{100 * share:.0f}" for share in SHARES)
    tau = "no order to compare" if math.isnan(found.kendall_tau) else f"{found.kendall_tau:.3f}"
    return (
        f"comprehensiveness {found.comprehensiveness:.4f}, sufficiency {found.sufficiency:.4f} (means over {shares} % "
        f"of the tokens); Kendall's tau with leaving out one token {tau}"
    )


def signed(value: float) -> str:
    """A contribution or score: `+1.234`, `-0.021`, `+1,234`, `+1.2e-05`."""
    if value and (abs(value) < 5e-4 or abs(value) >= 1e7):
        return f"{value:+.2g}"
    return f"{value:+,.0f}" if abs(value) >= 1e3 else f"{value:+.3f}"


def _joined(value: float) -> str:
    return f"{'-' if value < 0 else '+'} {signed(abs(value))[1:]}"


def named_tokens(tokens: tuple[TokenContribution, ...]) -> list[str]:
    """The tokens as a list names them: with their places, if a token is there more than once."""
    counts = Counter(each.token for each in tokens)
    names = []
    for place, each in enumerate(tokens, start=1):
        where = f" #{place}" if counts[each.token] > 1 else ""
        names.append(f"{visible_token(each.token)}{where}{' (unknown)' if each.unknown else ''}")
    return names


def named_token(token: ScoredToken) -> str:
    return f"{visible_token(token.token)}{' (unknown)' if token.unknown else ''}"


def ranked_parts(explanation: Attribution) -> tuple[str, list[tuple[str, float]]]:
    """What the parts are, and each with its contribution, the largest first: the n-grams of a bag, else tokens."""
    if explanation.ngrams:
        noun = "n-gram" if any(" " in each.ngram for each in explanation.ngrams) else "token"
        names = [
            f"{visible_token(each.ngram)}{f' ({each.count} times)' if each.count > 1 else ''}"
            for each in explanation.ngrams
        ]
        return noun, list(zip(names, (each.contribution for each in explanation.ngrams), strict=True))
    return "token", _largest_first(tokens_in_order(explanation))


def unknown_in_words(explanation: Attribution) -> str:
    """The tokens that training never had, as far as they are few; empty if there are none."""
    names = list(dict.fromkeys(visible_token(each.token) for each in explanation.tokens if each.unknown))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"tokens that training never had: {', '.join(names[:MOST_NAMED])}{more}" if names else ""


def tokens_in_order(explanation: Attribution) -> list[tuple[str, float]]:
    """The name and the contribution of each token, in reading order."""
    values = (each.contribution for each in explanation.tokens)
    return list(zip(named_tokens(explanation.tokens), values, strict=True))


def ranked_features(explanation: Attribution) -> list[tuple[str, float]]:
    """Categories and numbers as they are in the row, with their contributions, the largest first."""
    return _largest_first(
        [(f"{each.column}: {each.value or '(missing)'}", each.contribution) for each in explanation.features]
    )


def most_surprising(explanation: Surprise) -> list[tuple[int, ScoredToken]]:
    """The tokens that are predicted with their places from 1, the most surprising first."""
    places = enumerate(explanation.tokens, start=1)
    return sorted(((place, each) for place, each in places if each.bits is not None), key=lambda pair: -_bits(pair[1]))


def _bits(token: ScoredToken) -> float:
    return token.bits or 0.0


def _largest_first(parts: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(parts, key=lambda part: -abs(part[1]))


def others_in_words(token: ScoredToken) -> str:
    """`'e' 0.41, 'a' 0.20`"""
    return ", ".join(f"{visible_token(each)} {probability:.2f}" for each, probability in token.alternatives)


def largest(explanation: Attribution) -> float:
    """The largest contribution of a token, which its bar is compared with; 1 if all are 0."""
    return max((abs(each.contribution) for each in explanation.tokens), default=0.0) or 1.0


def notes_of(explanation: Explanation) -> list[str]:
    """What was not read."""
    notes: list[str] = []
    if isinstance(explanation, Surprise):
        return notes
    if explanation.cut_off:
        total = counted(explanation.cut_off, "token")
        notes.append(f"{total} at the end of the text {'was' if explanation.cut_off == 1 else 'were'} not read")
    if isinstance(explanation, Attribution):
        if explanation.steps is not None and (explanation.gap or 0.0) > LARGEST_GAP:
            missed = f"{100 * (explanation.gap or 0.0):.0f} %"
            notes.append(f"the contributions miss their sum by {missed}: compare them with --method occlusion")
        if explanation.unreadable:
            notes.append("hardly any token is known: the answer is a guess")
    elif explanation.translation_cut_off:
        notes.append(f"the end of the translation ({counted(explanation.translation_cut_off, 'token')}) was not read")
    return notes


def notes_on_features(explanation: Explanation) -> list[str]:
    """What was not found in the categories and numbers of a row."""
    if not isinstance(explanation, Attribution):
        return []
    return [f"{quoted(each.column)} {each.note}" for each in explanation.features if each.note]

"""Words that give the label away: a file name, a field of a form, an id, a source.

A topic has decisive words too (a "quarterback" is in sports news), and so has praise. What is reported decides the
label nearly without exception and is either no ordinary word (it has digits or signs: `id_neg`, `label:`, `4/10`), or
in so large a part of its class as no ordinary word that is absent from all others.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from seqlab.diagnosis.examined import Examined, Rows
from seqlab.diagnosis.findings import Finding, Outcome, Severity
from seqlab.diagnosis.lengths import SAMPLED
from seqlab.metrics.unspaced_text import writing_of
from seqlab.text_format import counted, part_of, quoted

PRECISE = 0.98
"""The share of texts with a word that have one label, at least."""
FEWEST = 10
"""Texts with the word, at least."""
COVERED_BY_WORD, COVERED_BY_SIGN = 0.25, 0.02
"""The share of a class that has the word, at least: an ordinary word, and what is none."""
MOSTLY = 0.5
"""The share of a class from which on a leak decides what a model learns."""
SIGNIFICANT = 0.01
"""The probability that any word of the data is so decisive by chance, at most."""
NAMED = 5

_AROUND = "\"'“”‘’«»().,;!?…*"
_ORDINARY = re.compile(r"[#@]?[^\W\d_]+(?:['’\-.][^\W\d_]+)*")
_TAGS = str.maketrans("<>", "  ")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Leak:
    """A word that nearly decides the label."""

    word: str
    """Lower case, without punctuation around it; `0` stands for any digits if several words differ in them alone."""
    label: str
    texts: int
    """Different training texts with the word."""
    precise: float
    """The share of them that have the label."""
    covered: float
    """The share of the texts of the label that have the word."""
    z: float
    """Standard deviations above what chance would give."""


def leaks(data: Examined) -> Outcome:
    """Words of the training texts whose presence decides the label."""
    rows = data.splits["train"]
    found = leaking_words(rows.texts["text"], rows.labels)
    groups: dict[str, list[Leak]] = defaultdict(list)
    for leak in found:
        groups[leak.label].append(leak)
    findings = [_finding(data, rows, leak_group) for leak_group in groups.values()]
    return Outcome(findings, {"words": [vars(leak) for leak in found]})


def leaking_words(texts: Sequence[str], labels: Sequence[str]) -> list[Leak]:
    """The leaks, those that cover the largest part of a class first."""
    different = list(dict.fromkeys(zip(texts, labels, strict=True)))  # a text that is repeated is no further evidence
    classes = Counter(label for _, label in different)
    by_character = writing_of(texts[:SAMPLED]) != "spaced"
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for text, label in different:
        for word in words_of(text, by_character=by_character):
            counts[word][label] += 1
    tests = len(counts)
    found = [leak for word, count in counts.items() if (leak := _leak(word, count, classes, tests))]
    written = {(_DIGITS.sub("0", leak.word), leak.texts) for leak in found if leak.word != _DIGITS.sub("0", leak.word)}
    kept = [leak for leak in found if (leak.word, leak.texts) not in written]  # `id_0` adds nothing to `id_7`
    return sorted(kept, key=lambda leak: (-leak.covered, leak.word))


def words_of(text: str, *, by_character: bool = False) -> set[str]:
    """The different words of a text; of those with digits also the form in which every number is 0, and of a name of a
    field its value too (`label: good`)."""
    lowered = text.casefold().translate(_TAGS)
    if by_character:
        return set(lowered)
    written = [word.strip(_AROUND) for word in lowered.split()]
    fields = {f"{name} {value}" for name, value in pairwise(written) if name.endswith((":", "="))}
    words = {*written, *fields}
    return words | {_DIGITS.sub("0", word) for word in words if not word.isalpha()} - {""}


def is_ordinary(word: str) -> bool:
    """Whether a word is made of letters, with apostrophes, hyphens or points between them, or a hashtag or name of
    a user."""
    return _ORDINARY.fullmatch(word) is not None


def _leak(word: str, count: Counter[str], classes: Counter[str], tests: int) -> Leak | None:
    (label, hits), texts, rows = count.most_common(1)[0], count.total(), classes.total()
    share = classes[label] / rows
    precise, covered = hits / texts, hits / classes[label]
    if texts < FEWEST or precise < PRECISE or not word:
        return None
    if covered < (COVERED_BY_WORD if is_ordinary(word) else COVERED_BY_SIGN):
        return None
    if tests * binomial_tail(hits, texts, share) > SIGNIFICANT or 1 - precise > (1 - share) / 10:
        return None
    z = (hits - texts * share) / math.sqrt(texts * share * (1 - share))
    return Leak(word, label, texts, precise, covered, z)


def binomial_tail(hits: int, trials: int, probability: float) -> float:
    """P(X >= hits) for so many trials."""
    log, log_other = math.log(probability), math.log1p(-probability)
    terms = (
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * log + (trials - k) * log_other
        for k in range(hits, trials + 1)
    )
    return min(math.fsum(map(math.exp, terms)), 1.0)


def _finding(data: Examined, rows: Rows, found: Sequence[Leak]) -> Finding:
    named = ", ".join(f"{quoted(leak.word)} ({part_of(leak.texts, len(rows), 'text')})" for leak in found[:NAMED])
    more = f" and {counted(len(found) - NAMED, 'other')}" if len(found) > NAMED else ""
    message = (
        f"nearly every text with {named}{more} has the label {quoted(found[0].label)}: the texts may hold their labels"
    )
    severity: Severity = "error" if found[0].covered >= MOSTLY else "warning"
    return Finding(severity, message, len(found), data.instances(_rows_with(rows, [leak.word for leak in found])))


def _rows_with(rows: Rows, words: Iterable[str]) -> Iterator[tuple[Rows, int, str]]:
    """The first row of each word."""
    by_character = writing_of(rows.texts["text"][:SAMPLED]) != "spaced"
    for word in words:
        for row, text in enumerate(rows.texts["text"]):
            if word in words_of(text, by_character=by_character):
                yield rows, row, f"{quoted(word)}, {rows.answer(row)}"
                break

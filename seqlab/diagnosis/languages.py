"""Texts in another language or script than the others, and sides of pairs in the wrong language."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from seqlab.data.records import SplitName
from seqlab.diagnosis.examined import Examined, Rows
from seqlab.diagnosis.findings import Finding, Outcome, Severity
from seqlab.progress import ProgressStep
from seqlab.text_format import part_of, verb

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SAMPLED = 5_000
"""Texts of a split and side whose language is found out, evenly spread."""
FEWEST_LETTERS = 40
"""A text with fewer is in no certain language; of scripts with a sign per syllable or word, a quarter of them."""
FEWEST_OF_SCRIPT = 10
"""The same of scripts: a shorter text may be a name."""
CERTAIN = 0.9
"""The probability from which on a language is believed."""
READ = 500
"""Characters of a text that are read."""
MOSTLY = 0.5
"""The share of texts in one language from which on the others are odd ones."""
NOTED_SHARE = 1e-3
"""The share of texts in other languages from which on they are a warning: one in some thousands is a quotation."""
HINT = "languages are told apart by script alone without py3langid: pip install 'seqlab[doctor]'"

_NO_LANGUAGE = re.compile(r"https?://\S+|<[^<>]*>|[@#]\w+|\d+")
_DENSE = frozenset(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"))
_NAMES = {"CJK": "Han", "HIRAGANA": "Kana", "KATAKANA": "Kana", "FULLWIDTH": "Latin", "KATAKANA-HIRAGANA": "Kana"}

JAPANESE = {"Han", "Kana"}
"""Scripts of one language."""

Identify = Callable[[str], str]
"""The language (`en`) or script (`Cyrillic`) of a text; empty if it is not certain."""


def languages(data: Examined) -> Outcome:
    """The language of most texts of each side, and the texts in others."""
    identify = _identifier()
    sampled = {split: _sample(len(rows)) for split, rows in data.splits.items()}
    findings: list[Finding] = []
    figures = {}
    total = len(data.sides) * sum(map(len, sampled.values()))
    with data.progress.step("recognizing languages", total, "texts") as step:
        for side in data.sides:
            found = {
                split: _identified(data.splits[split], side, rows, identify, step) for split, rows in sampled.items()
            }
            _add_scripts(data, side, found)
            counts = Counter(name for names in found.values() for name in names.values() if name)
            figures[side] = dict(counts.most_common())
            findings += _others(data, side, found, counts)
    findings += _same_on_both_sides(data, figures)
    if find_spec("py3langid") is None:
        findings.append(Finding("note", HINT))
    skipped = "" if any(figures.values()) else "the texts are too short to tell their language"
    return Outcome(findings, figures, skipped, _all_clear(figures) if data.is_pairs else "")


def _all_clear(figures: Mapping[str, Mapping[str, int]]) -> str:
    """What is true of pairs without a finding: each side was looked at on its own."""
    of_sides = ", ".join(f"{side} {next(iter(counts), '(too short to tell)')}" for side, counts in figures.items())
    return f"the sentences of each side are in one language: {of_sides}"


def script_of(text: str) -> str:
    """The script of most letters of a text, such as `Latin`; empty for a text without letters."""
    counts = Counter(map(_script, filter(str.isalpha, text[:READ])))
    return counts.most_common(1)[0][0] if counts else ""


@functools.cache
def _script(letter: str) -> str:
    """The first word of its Unicode name: Python does not know scripts."""
    name = unicodedata.name(letter, "other").split(" ")[0]
    return _NAMES.get(name, name.capitalize())


def _identifier() -> Identify:
    """The language by py3langid, or the script. Short texts are in none."""
    if find_spec("py3langid") is None:
        return lambda text: script_of(text) if _is_long(text, FEWEST_OF_SCRIPT) else ""
    model = _model()

    def identify(text: str) -> str:
        cleaned = _NO_LANGUAGE.sub(" ", text[:READ])
        if not _is_long(cleaned, FEWEST_LETTERS):
            return ""
        language, probability = model.classify(cleaned)
        return str(language) if probability >= CERTAIN else ""

    return identify


@functools.cache
def _model() -> LanguageIdentifier:
    """Read once: 0.3 s."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _is_long(text: str, fewest: int) -> bool:
    letters = [letter for letter in text[:READ] if letter.isalpha()]
    dense = sum(unicodedata.name(letter, "").split(" ")[0] in _DENSE for letter in letters if not letter.isascii())
    return len(letters) + 3 * dense >= fewest


def _sample(size: int) -> Sequence[int]:
    """Rows that are evenly spread."""
    return range(size) if size <= SAMPLED else [position * size // SAMPLED for position in range(SAMPLED)]


def _add_scripts(data: Examined, side: str, found: Mapping[SplitName, dict[int, str]]) -> None:
    """Name the script of texts in no certain language, if it is not that of most texts."""
    scripts = {
        (split, row): script_of(text)
        for split, names in found.items()
        for row in names
        if _is_long(text := data.splits[split].texts[side][row], FEWEST_OF_SCRIPT)
    }
    usual = Counter(scripts.values()).most_common(1)
    for (split, row), script in scripts.items():
        if not found[split][row] and {script, usual[0][0]} not in ({script}, JAPANESE):
            found[split][row] = script


def _identified(rows: Rows, side: str, chosen: Sequence[int], identify: Identify, step: ProgressStep) -> dict[int, str]:
    """Row → language; empty if it is not certain."""
    found = {}
    for row in chosen:
        found[row] = identify(rows.texts[side][row])
        step.advance()
    return found


def _others(
    data: Examined, side: str, found: Mapping[SplitName, Mapping[int, str]], counts: Counter[str]
) -> Iterator[Finding]:
    """The texts that are not in the most frequent language."""
    if not counts:
        return
    name, most = counts.most_common(1)[0]
    total = sum(map(len, found.values()))
    which = f"{side} sentence" if data.is_pairs else data.unit
    if most < MOSTLY * counts.total():
        shares = ", ".join(f"{each} {count / counts.total():.0%}" for each, count in counts.most_common(4))
        yield Finding("warning", f"the {which}s are in several languages: {shares}", counts.total() - most)
        return
    places = [
        (data.splits[split], row, each)
        for split, names in found.items()
        for row, each in names.items()
        if each and each != name
    ]
    if places:
        sampled = "" if total == data.size else " that were looked at"
        message = (
            f"{part_of(len(places), total, which)}{sampled} {verb(len(places), 'seems', 'seem')} not to be in {name}: "
            f"{_named(counts, name)}"
        )
        severity: Severity = "warning" if len(places) >= NOTED_SHARE * total else "note"
        yield Finding(severity, message, len(places), data.instances(places))


def _named(counts: Counter[str], without: str) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common(6) if name != without)


def _same_on_both_sides(data: Examined, figures: dict[str, dict[str, int]]) -> Iterator[Finding]:
    if not data.is_pairs or not all(figures.values()):
        return
    source, target = (next(iter(figures[side])) for side in data.sides)
    if source == target and find_spec("py3langid") is not None:
        yield Finding("error", f"both sides are mostly in {source}: are they the right columns?", data.size)

"""What can be wrong with labels: missing in training, alike but not equal, or with a single example."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import chain
from typing import Literal

from seqlab.data.datasets.dataset import Dataset
from seqlab.data.records import SPLITS, Records, SplitName
from seqlab.errors import DataError
from seqlab.text_format import counted, quoted, without_invisible

SHOWN = 5
"""Labels that a message names."""

MISSING = frozenset(
    ("n/a", "#n/a", "na", "<na>", "nan", "-nan", "null", "nil", "none", "missing", "?", "??", "-", "--", "–", "—", ".")
)
"""What programs and people write where a value is missing, in lower case."""

_NUMBER = re.compile(r"[+-]?(\d[\d_]*(\.\d*)?|\.\d+)(e[+-]?\d{1,4})?")
_DASH = re.compile("[\u2010-\u2015\u2212]")
_QUOTE = re.compile('[\u2018-\u201f\u2032\u2033\u02bc`\u00b4\u00ab\u00bb"]')
_BETWEEN_WORDS = re.compile(r"(?<=\w)[_\s-]+(?=[^\W_])")
_OF_OTHERS, _OF_LATIN = (
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0458\u0455"  # Cyrillic
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",  # Greek
    "abekmhopctyxijsabezhikmnoptyx",
)
_LIKE_LATIN = str.maketrans(_OF_OTHERS + _OF_OTHERS.upper(), _OF_LATIN + _OF_LATIN.upper())
"""Letters that look like a Latin one, they or their capitals."""

Way = Literal["case", "letters", "unseen", "number", "writing"]
"""In which labels that look alike can differ."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


def check_labels(splits: Mapping[SplitName, Records], dataset: Dataset) -> None:
    """Training needs two labels, and all labels of the other splits. Raises DataError."""
    if "label" not in splits["train"].columns:
        return
    known = set(splits["train"]["label"])
    for split in SPLITS[1:]:
        rows = [row for row, label in enumerate(splits[split]["label"]) if label not in known]
        if rows:
            raise DataError(_unknown_labels(splits[split], rows, split, known, dataset))
    if len(known) == 1:
        remedy = "raise data.take" if dataset.take else "give examples of another label, or another label column"
        label = quoted(known.pop())
        raise DataError(
            f"{dataset.name}: every training example has the label {label}, so there is nothing to classify; {remedy}"
        )


def notes_on_labels(splits: Mapping[SplitName, Records]) -> list[str]:
    """Labels that look alike, that stand for a missing one, that have one example, or that a split lacks, so that its
    metrics say nothing of them."""
    if "label" not in splits["train"].columns:
        return []
    counts = Counter(chain.from_iterable(splits[split]["label"] for split in SPLITS))
    notes = [_alike(labels, counts) for labels in look_alikes(counts)]
    notes += [
        f"{counted(counts[label], 'example')} with the label {quoted(label)}, which is a class like the others: remove "
        "the rows if it stands for a missing label"
        for label in sorted(counts)
        if label.casefold() in MISSING
    ]
    if single := sorted(label for label, count in counts.items() if count == 1):
        notes.append(
            f"{counted(len(single), 'label')} with a single example: {_named(single)}: a misspelt label, or too few "
            "examples to learn it"
        )
    for split in SPLITS[1:]:
        missing = sorted(set(splits["train"]["label"]).difference(splits[split]["label"]))
        if missing:
            notes.append(f"the {split} split has no example of {counted(len(missing), 'label')}: {_named(missing)}")
    return notes


def look_alikes(labels: Iterable[str]) -> list[list[str]]:
    """Groups of labels that differ only in case, spaces, hyphens, quotation marks, invisible characters, letters of
    other alphabets that look the same, or the way to write a number (1, 01, 1e0)."""
    groups: dict[str, list[str]] = defaultdict(list)
    for label in sorted(labels):
        groups[_folded(label)].append(label)
    return [group for group in groups.values() if len(group) > 1]


def _folded(label: str, kept: Way | None = None) -> str:
    """The same text for labels that look alike. `kept`: a way to differ that still tells them apart."""
    text = label if kept == "unseen" else _seen(label)
    if kept != "writing":
        text = " ".join(unicodedata.normalize("NFKC", text).split())
        text = _QUOTE.sub("'", _DASH.sub("-", text))
    if kept != "case":
        text = text.casefold().replace("i\u0307", "i").replace("\u0131", "i")  # Turkish I
    if kept != "letters":
        text = text.translate(_LIKE_LATIN)
    if kept != "number" and _NUMBER.fullmatch(text):
        return _number(text)
    return text if kept == "writing" else _BETWEEN_WORDS.sub(" ", text)


def _number(text: str) -> str:
    """The same text for numbers of equal value. Exact, unlike `Decimal.normalize`, which rounds to 28 digits."""
    sign, digits, exponent = Decimal(text).as_tuple()
    significant = "".join(map(str, digits)).lstrip("0")
    shorter = significant.rstrip("0")
    return f"{'-' if sign else ''}{shorter}e{int(exponent) + len(significant) - len(shorter)}" if shorter else "0"


def _seen(label: str) -> str:
    return _CONTROL.sub("", without_invisible(label))


def _alike(labels: list[str], counts: Mapping[str, int]) -> str:
    named = [f"{quoted(label)} ({counted(counts[label], 'example')})" for label in labels]
    return (
        f"the labels {', '.join(named[:-1])} and {named[-1]} are {len(labels)} classes, and differ only in "
        f"{_difference(labels)}: write them alike in the file if they mean the same"
    )


def _difference(labels: list[str]) -> str:
    """All ways in which labels that look alike differ."""
    joined = sorted({each for each in "".join(labels) if len(_plain(each)) > 1 and _is_counted(each, labels)})
    written = f"how {', '.join(f'{quoted(each)} ({_plain(each)})' for each in joined)} is written, or in case"
    names: dict[Way, str] = {
        "case": written if joined else "case",
        "letters": f"letters that look the same in another alphabet ({_foreign(labels)})",
        "unseen": "characters that cannot be seen",
        "number": "how the number is written",
        "writing": "spaces, punctuation or the width of characters",
    }
    ways = [way for way in names if len({_folded(label, kept=way) for label in labels}) > 1]
    if joined and "case" not in ways:
        ways.insert(0, "case")
    if not ways:  # two ways are one in these labels, such as a digit of another width, which is another number too
        ways = ["number"] if _NUMBER.fullmatch(_folded(labels[0], kept="number")) else ["case", "writing"]
    *most, last = [names[way] for way in ways]
    return f"{', '.join(most)}{', ' if ways[-1] == 'writing' else ' and '}{last}" if most else last


def _is_counted(letter: str, labels: list[str]) -> bool:
    """Whether labels differ in how often they have a letter."""
    return len({label.count(letter) for label in labels}) > 1


def _foreign(labels: Iterable[str]) -> str:
    """The letters that look like Latin ones, with their alphabets."""
    letters = sorted({each for label in labels for each in label if ord(each.lower()) in _LIKE_LATIN})
    return ", ".join(f"{quoted(each)} is {unicodedata.name(each).split()[0].capitalize()}" for each in letters)


def _plain(letter: str) -> str:
    """A letter as it is compared: two of them for a ligature."""
    return unicodedata.normalize("NFKC", letter).casefold()


def _unknown_labels(records: Records, rows: list[int], split: SplitName, known: set[str], dataset: Dataset) -> str:
    """The message for rows of a split whose labels are in no training example."""
    row = rows[0]
    label = records["label"][row]
    location = records["id"][row] if "id" in records.columns else f"row {row + 1}"
    alike = [group for group in look_alikes([*known, label]) if label in group]
    if alike:
        other = next(each for each in alike[0] if each != label)
        remedy = f"it differs from {quoted(other)} only in {_difference([label, other])}: write them alike"
    else:
        remedy = "raise data.take" if dataset.take else "add training examples of it, or remove that row"
    others = f" ({counted(len(rows) - 1, 'more row')} with such labels)" if len(rows) > 1 else ""
    return (
        f"{dataset.name}: the label {quoted(label)} of the {split} split ({location}) is in no training example, so no "
        f"model can predict it; {remedy}{others}"
    )


def _named(labels: list[str]) -> str:
    return ", ".join(map(quoted, labels[:SHOWN])) + (" …" if len(labels) > SHOWN else "")

"""Examples whose text has nothing to read for a vectorizer: what training says of them, and `seqlab init` before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from seqlab.data.records import Records, SplitName
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text_format import natural_key, part_of, verb

_WORD = re.compile(r"[^\W_]")


def without_tokens(texts: Sequence[str], vectorizer: FittedVectorizer | None, rows: Iterable[int]) -> list[int]:
    """The `rows` whose text has no token; without a vectorizer, those whose text is empty."""
    if vectorizer is None:
        return [row for row in rows if not texts[row].strip()]
    return [row for row in rows if not vectorizer.tokens(texts[row])]


def without_words(texts: Sequence[str]) -> list[int]:
    """The rows whose text has no letter and no digit: those without a token are among them, unless letters are
    markup."""
    return [row for row, text in enumerate(texts) if not _WORD.search(text)]


def note_on_empty(split: SplitName, records: Records, empty: Sequence[int]) -> str:
    """The line for the user about the `empty` rows of a split; there must be one. It names the first in the files:
    splits are shuffled."""
    first = f"row {min(empty) + 1}"
    if "id" in records.columns:
        first = min((str(records["id"][row]) for row in empty), key=natural_key)
    return (
        f"{part_of(len(empty), len(records), 'example')} of the {split.replace('train', 'training')} split "
        f"{verb(len(empty), 'has', 'have')} a text with nothing to read (first: {first}): "
        f"{verb(len(empty), 'it is', 'they are')} {'learned' if split == 'train' else 'scored'} all the same, "
        "but predict gives such texts no answer; remove the rows"
    )

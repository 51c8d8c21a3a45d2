"""Sizes of encoded splits, and notes on tokens that training never had and on texts that were cut."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from seqlab.data import long_text
from seqlab.data.columns import Locations
from seqlab.data.datasets import Dataset
from seqlab.data.long_text import LongText, LongTexts
from seqlab.data.records import Records, SplitName
from seqlab.data.spool import portions
from seqlab.data.store import Store
from seqlab.metrics.unspaced_text import Writing, writing_of
from seqlab.tasks.empty_texts import note_on_empty, without_tokens
from seqlab.text.cutting import Lines
from seqlab.text.untrained import chosen, is_untrained, untrained_ids, untrained_tokens
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import NO_ID
from seqlab.text_format import natural_key, quoted, verb

ANSWERS = frozenset(("label", "number"))
"""The columns of what is predicted of an example."""
NAMED = 5
"""Tokens that a note names."""
NOTED_SHARE = 0.01
"""The share of unknown tokens from which on a note says that training has none."""
SAMPLED = 200
"""Texts by which the script is recognized."""
CHARACTERS_OF_A_WORD = 5
"""Words of scripts without spaces have fewer characters: those of Chinese one or two, of Thai four."""
HARDLY_KNOWN = 0.5
"""The share of unknown tokens from which on a model can hardly read a split."""


class _Tokens(NamedTuple):
    """How many tokens a split has, and how many of them are unknown, have no id, or are in no training text."""

    tokens: int
    unknown: int
    without_id: int
    untrained: int


class EncodedSplits:
    """Counts what is in the splits of one dataset as they are encoded, and writes the notes on them.

    `sizes`: split → `examples`, `tokens`, `unknown_share` and `mean_tokens` (per example), all sides together.
    """

    def __init__(self, data: Dataset, vectorizers: Mapping[str, FittedVectorizer]) -> None:
        self.data, self.vectorizers = data, vectorizers
        self.sizes: dict[SplitName, dict[str, float]] = {}
        self._notes: list[str] = []
        self._cut: list[str] = []
        self._limits: list[str] = []
        self._unknown_shares: dict[SplitName, dict[str, float]] = {}
        self._unspaced: set[tuple[SplitName, str]] = set()
        self._untrained = {side: untrained_ids(each.vocabulary) for side, each in vectorizers.items()}

    @property
    def notes(self) -> list[str]:
        """Lines for the user."""
        on_unknown = (note for side in self.vectorizers for note in self._notes_on_unknown(side))
        return [*self._notes, *self._note_on_cut(), *on_unknown]

    def add(self, split: SplitName, records: Records, store: Store) -> None:
        """The training split comes first: what it holds is trained, whatever the vocabulary was learned from."""
        found = {side: self._read(store, side, learn=split == "train") for side in self.vectorizers}
        tokens = sum(each.tokens for each in found.values())
        self.sizes[split] = {
            "examples": len(store),
            "tokens": tokens,
            "unknown_share": sum(each.unknown for each in found.values()) / max(tokens, 1),
            "mean_tokens": tokens / len(store),
        }
        self._unknown_shares[split] = {side: each.unknown / max(each.tokens, 1) for side, each in found.items()}
        self._notes += self._note_on_empty(split, records, store)
        for side, each in found.items():
            if _writing(self.data.texts(records)[side][:SAMPLED]) != "spaced":
                self._unspaced.add((split, side))
            if split == "train":
                self._notes += self._note_on_collisions(side)
                self._notes += self._note_on_script(side, self.data.texts(records)[side], each.tokens)
            self._notes += self._notes_on_untrained(split, side, records, each)
        self._count_cut(split, store)

    def _read(self, store: Store, side: str, *, learn: bool) -> _Tokens:
        """Counts the tokens of a side; `learn`: its split is training."""
        values = store.ragged(f"{side}_ids").values
        for ids in portions(values) if learn else ():
            self._untrained[side][ids[ids >= 0]] = False
        counts = np.zeros(3, np.int64)
        for ids in portions(values):
            unknown = ids == _unknown_id(self.vectorizers[side])
            counts += (unknown.sum(), (ids == NO_ID).sum(), chosen(ids, self._untrained[side]).sum())
        return _Tokens(len(values), *counts.tolist())

    def _note_on_empty(self, split: SplitName, records: Records, store: Store) -> Iterator[str]:
        """A note if a split has examples with an empty text and no features."""
        data, vectorizer = self.data, self.vectorizers.get("text")
        if not ANSWERS & records.columns.keys() or data.feature_columns or not data.has_text:
            return
        texts = data.input_texts(records)
        every = range(len(texts))
        short = every if vectorizer is None else np.flatnonzero(store.ragged("text_ids").lengths <= 1).tolist()
        if empty := without_tokens(texts, vectorizer, short):
            yield note_on_empty(split, records, empty)

    def _note_on_collisions(self, side: str) -> Iterator[str]:
        vocabulary = self.vectorizers[side].vocabulary
        if vocabulary.hashed_tokens is not None:
            yield (
                f"{vocabulary.hashed_tokens:,} different tokens of {self._name('train', side)} share "
                f"{len(vocabulary.tokens):,} buckets, with {vocabulary.collisions:,} collisions"
            )

    def _note_on_script(self, side: str, texts: Sequence[str], tokens: int) -> Iterator[str]:
        """That most tokens are whole clauses, because the script has no spaces to split at."""
        characters = sum(map(len, texts.texts if isinstance(texts, LongTexts) else texts))
        if ("train", side) in self._unspaced and characters > CHARACTERS_OF_A_WORD * tokens:
            option = self._option(side)
            yield (
                f"{self._name('train', side)} is in a script without spaces between words, and is split at spaces: its "
                f"tokens are whole clauses. Use {option}: characters, or {option}: subwords"
            )

    def _notes_on_untrained(self, split: SplitName, side: str, records: Records, found: _Tokens) -> Iterator[str]:
        """Characters without an id, and subwords that no training text has, with the place of the first."""
        improbable = "the model skips them, and each is scored as very improbable (docs/language_models.md)"
        kinds = (
            (found.without_id, "not in the training text", improbable),
            (found.untrained, "unseen in training", "the model learned nothing about them"),
        )
        for count, what, effect in kinds:
            if count:
                total = f"{count:,} of {found.tokens:,} tokens of {self._name(split, side)}"
                yield f"{total} {verb(count, 'is', 'are')} {what} ({self._examples(side, records)}): {effect}"

    def _examples(self, side: str, records: Records) -> str:
        """Tokens of the first text with some that training never had, and where that is."""
        texts = self.data.texts(records)[side]
        lines = _located_lines(records, texts, self.vectorizers[side]) if "line" in records.columns else None
        for location, text in lines or _located(records, texts):
            if found := untrained_tokens(text, self.vectorizers[side]):
                named = ", ".join(map(quoted, found[:NAMED])) + (" …" if len(found) > NAMED else "")
                return f"{named}; first in {location}"
        return "between texts"

    def _count_cut(self, split: SplitName, store: Store) -> None:
        """Which rows were cut on any side, and by which options."""
        cut = np.zeros(len(store), bool)
        for side, vectorizer in self.vectorizers.items():
            if f"{side}_cut_off" in store:
                of_side = np.asarray(store.flat(f"{side}_cut_off")) > 0
                kept = store.ragged(f"{side}_ids").lengths[of_side].max(initial=0)
                if of_side.any():
                    limit = vectorizer.max_length
                    shorter = limit is None or limit > kept
                    self._limits.append("model.context" if shorter else f"{self._option(side)}.max_length")
                cut |= of_side
        if cut.any():
            self._cut.append(f"{cut.sum():,} of {len(cut):,} {split.replace('train', 'training')}")

    def _note_on_cut(self) -> Iterator[str]:
        if self._cut:
            *others, last = self._cut
            which = f"{', '.join(others)} and {last}" if others else last
            texts, limits = "texts" if len(self.vectorizers) == 1 else "pairs", " or ".join(dict.fromkeys(self._limits))
            yield f"{which} {texts} are longer than {limits}: they were cut"

    def _notes_on_unknown(self, side: str) -> Iterator[str]:
        """That most tokens are unknown, or some although training has none."""
        shares = {split: sides[side] for split, sides in self._unknown_shares.items() if split != "train"}
        vectorizer = self.vectorizers[side]
        if not shares or "train" not in self._unknown_shares or vectorizer.vocabulary.unknown is None:
            return
        split = max(shares, key=shares.__getitem__)
        share, option, name = shares[split], self._option(side), self._name(split, side)
        if share >= HARDLY_KNOWN > self._unknown_shares["train"][side]:
            remedy = f"Training has few of its words: give more examples, or use {option}: subwords or characters"
            if (split, side) in self._unspaced:
                remedy = (
                    f"A script without spaces between words (Chinese, Japanese, Thai …) needs {option}: characters, or "
                    "subwords, and a model that reads tokens in order, such as recurrent"
                )
            yield f"{share:.1%} of the tokens of {name} are unknown: a model can hardly read it. {remedy}"
        elif share >= NOTED_SHARE and self._unknown_shares["train"][side] == 0:
            counts = np.asarray(vectorizer.vocabulary.counts)
            higher = int(counts[counts > 0].min()) + 1  # as many as the rarest word lacks
            rarest = f"set {option}.min_count: {higher} (the rarest words of training are unknown then), or "
            yield (
                f"{share:.1%} of the tokens of {name} are unknown, but none of training, so that the model does not "
                f"learn what [UNK] means: {rarest if vectorizer.character_counts is None else ''}use {option}: "
                "subwords, which has no unknown tokens"
            )

    def _name(self, split: SplitName, side: str) -> str:
        of_side = f"{side} side of the " if len(self.vectorizers) > 1 else ""
        return f"the {of_side}{split.replace('train', 'training')} split"

    def _option(self, side: str) -> str:
        return f"vectorizer.{side}" if len(self.vectorizers) > 1 else "vectorizer"


def _unknown_id(vectorizer: FittedVectorizer) -> int:
    unknown = vectorizer.vocabulary.unknown
    return NO_ID if unknown is None else unknown


def _writing(texts: Sequence[str]) -> Writing:
    if not isinstance(texts, LongTexts):
        return writing_of(texts)
    return writing_of(Lines(LongText.joined(texts.texts, "\n")))


def _located_lines(records: Records, texts: Sequence[str], vectorizer: FittedVectorizer) -> Iterator[tuple[str, str]]:
    """Running text is one record in each split: each line, with file and line. Of a long one, without the lines of
    parts that have nothing that training never had."""
    for row, text in enumerate(LongTexts.of(texts).texts):
        number = records["line"][row]
        for part in Lines(text):
            if len(text) <= long_text.BLOCK or _has_untrained(part, vectorizer):
                for of_line, line in enumerate(re.findall("[^\n]*\n|[^\n]+", part), start=number):
                    yield f"{records['file'][row]}, line {of_line:,}", line
            number += part.count("\n")


def _has_untrained(text: str, vectorizer: FittedVectorizer) -> bool:
    return bool(is_untrained(vectorizer.encode([text]).ids.values, vectorizer.vocabulary).any())


def _located(records: Records, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each text with the id of its record, in the order of the files: splits are shuffled."""
    if "id" in records.columns:
        ids = records["id"]
        if isinstance(ids, Locations):
            in_files = np.argsort(ids.numbers, kind="stable").tolist()
        else:
            in_files = sorted(range(len(ids)), key=lambda row: natural_key(str(ids[row])))
        yield from ((str(ids[row]), texts[row]) for row in in_files)
    else:
        yield from ((f"row {row + 1}", text) for row, text in enumerate(texts))

"""The sections of a starter config that depend on how texts are written: which tokens suit them, and which model."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from seqlab.data.datasets import Dataset
from seqlab.data.long_text import LongTexts
from seqlab.data.records import Corpus, Records
from seqlab.metrics.unspaced_text import share_without_words, writing_of

COMMENT_COLUMN = 25
SAMPLE = 2_000
"""Texts that are looked at."""
BEGINNING = 1_000_000
"""Characters of running text that are looked at."""
CHARACTERS = ("  name: characters", "for a script without spaces between words")
SENTENCE_WORDS = (
    ("  name: words", "others: subwords, characters"),
    ("  standardize: none", "keep upper case"),
    ("  split: punctuation", "punctuation marks are tokens of their own"),
    ("  min_count: 1", "those that occur less often in training are unknown"),
)
SYMBOLS = (
    ("  standardize: lower", "keep emoji and punctuation"),
    ("  split: punctuation", "each of them is a token of its own"),
)
"""Options of words for texts without words, such as emoji alone."""
MANY_SYMBOLS = 0.1
"""Share of texts without words from which on these options are written."""
READS_CHARACTERS = (
    ("  name: recurrent", "reads one character after another"),
    ("  cell: gru", "lstm, gru or simple_rnn"),
    ("  units: 32", "size of its state"),
    ("  embedding: 32", "width of the vector of a character"),
    ("  bidirectional: true", "whether the text is read from both ends"),
    ("  pooling: max", "summary of a text: the last state, or mean or max of all"),
)
"""Lines of a section for texts without spaces between words, each with a comment that is true of any value: those of
a starter for the user's files are the defaults."""
READS_WORDS = (
    "# The words of a text, or groups of them.",
    "vectorizer:",
    ("  name: words", "others: subwords, characters"),
    ("  ngrams: 2", "1: words; 2: pairs of neighbours too; 3: triples"),
    ("  max_tokens: 20000", "the most frequent of them; the others are ignored"),
    ("  output: multi_hot", "which of them occur; count: how often they occur"),
    "",
    "# A network of one hidden layer, a strong and fast baseline.",
    "model:",
    ("  name: bag", "others: seqlab parts model"),
    ("  hidden: 16", "units of the hidden layer; 0: none"),
    ("  dropout: 0.5", "share of the units dropped in training"),
)
"""Sections for texts, in the place of a model of rows without them: lines, and lines with a comment."""


def suited_to(config: str, dataset: Dataset, corpus: Corpus) -> str:
    """The config with a vectorizer and a model that can read the texts of the data."""
    if dataset.has_text and not re.search("(?m)^vectorizer:", config):
        config = with_section(config, "model", [_commented_line(line) for line in READS_WORDS])
    texts = dataset.texts(first_rows(corpus))
    is_predicted = not corpus.splits["train"].columns.keys().isdisjoint(("label", "number"))
    if not re.search("(?m)^  name: characters", config):
        unspaced = {side: writing_of(of_side) != "spaced" for side, of_side in texts.items()}
        for section, lines in _for_scripts_without_spaces(unspaced, is_predicted=is_predicted):
            config = with_section(config, section, lines)
    has_symbols = any(share_without_words(of_side) >= MANY_SYMBOLS for of_side in texts.values())
    if has_symbols and "  standardize: " not in config:
        options = "".join(f"{line}\n" for line in _commented(SYMBOLS))
        config = re.sub(r"(?m)^  name: words .*\n", rf"\g<0>{options}", config)
    return config


def with_section(config: str, name: str, lines: Sequence[str]) -> str:
    """The config with other lines for a section and the comment above it."""
    head, rest = re.split(rf"(?m)(?:^#.*\n)*^{name}:\n(?:  .*\n)*", config, maxsplit=1)
    return head + "".join(f"{line}\n" for line in lines) + rest


def first_rows(corpus: Corpus) -> Records:
    """The first training examples."""
    train = corpus.splits["train"]
    first = train.rows(range(min(SAMPLE, len(train))))
    running = {name: column for name, column in first.columns.items() if isinstance(column, LongTexts)}
    beginnings = {name: LongTexts([text[:BEGINNING] for text in column.texts]) for name, column in running.items()}
    return replace(first, columns={**first.columns, **beginnings}) if beginnings else first


def _for_scripts_without_spaces(unspaced: Mapping[str, bool], *, is_predicted: bool) -> Iterator[tuple[str, list[str]]]:
    """Sections for texts of which some sides have no spaces between words, and their lines."""
    if not any(unspaced.values()):
        return
    if all(unspaced.values()):
        yield "vectorizer", ["vectorizer:", *_commented([CHARACTERS])]
    else:
        sides = {side: [CHARACTERS] if characters else SENTENCE_WORDS for side, characters in unspaced.items()}
        blocks = [(f"  {side}:", *(f"  {line}" for line in _commented(lines))) for side, lines in sides.items()]
        yield "vectorizer", ["vectorizer:", *itertools.chain.from_iterable(blocks)]
    if is_predicted:
        yield "model", ["model:", *_commented(READS_CHARACTERS)]


def _commented(lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"{aligned(line)}# {comment}" for line, comment in lines)


def _commented_line(line: str | tuple[str, str]) -> str:
    return line if isinstance(line, str) else next(_commented([line]))


def aligned(text: str) -> str:
    return text.ljust(COMMENT_COLUMN) if len(text) < COMMENT_COLUMN else f"{text} "

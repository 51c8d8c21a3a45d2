"""Chooses the columns of a user's own table by their usual names, else by what is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from seqlab.data.features import NotANumber, read_number
from seqlab.data.tables import Table
from seqlab.data.tables.delimited import COMMENT, comment_advice
from seqlab.errors import DataError, RequestError
from seqlab.text_format import counted, quoted

TEXT_NAMES = ("text", "review", "sentence", "content", "body", "message", "comment", "tweet", "description", "title")
LABEL_NAMES = ("label", "labels", "class", "category", "sentiment", "target", "rating", "stars", "y", "topic", "intent")
SOURCE_NAMES, TARGET_NAMES = ("source", "src", "from", "input"), ("target", "tgt", "to", "output")
ID_NAMES = ("id", "index", "idx", "no", "number", "date", "url")
"""Usual names of columns, in lower case."""
NUMBER_NAMES = ("target", "y", "value", "price", "score", "rating", "stars", "label", "amount", "cost")
"""Usual names of columns with the number to predict, in lower case."""
FEWEST_ROWS = 3
"""One for each split."""
MOST_LABELS = 200
SAMPLE = 2_000
"""Rows from which columns are chosen."""
WORDS_OF_TEXT = 3.0
"""Mean number of words from which on a column is read as text and not as categories."""
LEAST_VARIETY = 0.1
"""Share of different values from which on a column is rather a text than a label."""
MOST_OTHERS = 5
"""Other text columns that are named."""
FLATTEN = "lists and objects are no texts: write what is needed of them as columns of their own, with jq for example"

_COMMA_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?(\s*[€$£%])?")
_SURE_COMMA = re.compile(r",(\d{1,2}|\d{4,})(?!\d)|(?<!\d)0,")
"""A number that may have a decimal comma, and what shows that it has."""


class Columns:
    """Chooses columns by their usual names, else by their content. One that is empty, or without a name, cannot be
    chosen."""

    def __init__(self, table: Table) -> None:
        self.names = list(table.columns)
        self.empty = [
            name
            for position, name in enumerate(self.names)
            if not any(cells[position].strip() for _, cells in table.rows)
        ]
        self.nested = table.nested
        self.named = [name for name in self.names if name and name not in (*self.empty, *self.nested)]
        self.rows = [cells for _, cells in table.rows[:SAMPLE]]

    def text(self, exclude: Sequence[str]) -> str:
        """The column with a usual name, else the one with the longest texts. Numbers are no texts."""
        free = [name for name in self.named if name not in exclude]
        expected = "a text and a label" if exclude else "a text"
        if not free:
            raise self._too_few(expected)
        texts = [name for name in free if not self._holds_numbers(name)]
        if not texts:
            raise self._unsuitable(f"{expected}, and numbers are no text")
        prose = [name for name in texts if name.lower() not in ID_NAMES]
        various = [name for name in prose if len(set(self._cells(name))) >= LEAST_VARIETY * len(self.rows)]
        return self._usual(TEXT_NAMES, texts) or max(various or prose or texts, key=self._mean_length)

    def other_texts(self, chosen: Collection[str]) -> list[str]:
        """The first columns of texts that could be read too."""
        return [name for name in self.named if name not in chosen and self._has_sentences(name)][:MOST_OTHERS]

    def text_and_label(self) -> dict[str, str]:
        label = self._usual(LABEL_NAMES, self.named) or self._like_labels()
        return {"text": self.text(exclude=[label]), "label": label}

    def pair(self) -> dict[str, str]:
        if len(self.named) < 2:
            raise self._too_few("two languages")
        texts = [name for name in self.named if not self._holds_numbers(name)]
        source, target = (self._usual(names, texts) for names in (SOURCE_NAMES, TARGET_NAMES))
        if source is None or target is None:
            sentences = [name for name in self.named if self._has_sentences(name)]
            if len(sentences) < 2:
                raise self._unsuitable("two with sentences, one per language")
            longest = sorted(sentences, key=self._mean_length, reverse=True)[:2]
            source, target = sorted(longest, key=self.names.index)
        return {"source": source, "target": target}

    def _like_labels(self) -> str:
        """The column with the fewest different values, at least two, that repeat."""
        if len(self.rows) < FEWEST_ROWS:
            rows = counted(len(self.rows), "row")
            raise DataError(f"the table has {rows} below the first, too few for training, validation and test")
        found = {name: len(set(self._cells(name))) for name in self.named}
        labels = [
            name
            for name, count in found.items()
            if 2 <= count <= min(MOST_LABELS, max(2, len(self.rows) // 2)) and name.lower() not in ID_NAMES
        ]
        if not labels:
            names = ", ".join(map(quoted, self.names))
            raise RequestError(
                f"none of the columns {names} looks like a label (a few values that repeat): "
                "write the config without --data, and name the column in it" + self._hints()
            )
        return min(labels, key=lambda name: (found[name], -self.names.index(name)))

    def _too_few(self, expected: str) -> RequestError:
        only = f"the table has only the column {quoted(self.named[0])}" if self.named else "the table has no column"
        name = " with a name in the first row" if "" in self.names else ""
        others = ", ".join(f"{quoted(other)} ({self._kind(other)})" for other in (*self.empty, *self.nested))
        beside = f" beside {others}" if others else ""
        return RequestError(f"{only}{name}{beside}; expected {expected}{self._hints()}")

    def _unsuitable(self, expected: str) -> RequestError:
        """The error for a table without columns of the kind that is `expected`: what each of them holds."""
        found = ", ".join(f"{quoted(name)} ({self._kind(name)})" for name in self.names)
        return RequestError(
            f"the columns of the table are {found}; expected {expected}: name another file, or write the config "
            f"without --data, and name the columns in it{self._hints()}"
        )

    def _hints(self) -> str:
        """What else may be wrong with a table without the columns that are expected."""
        hints = [*self._on_comments(), *([FLATTEN] if self.nested else ())]
        return "".join(f"; {hint}" for hint in hints)

    def _on_comments(self) -> list[str]:
        return [comment_advice(name) for name in self.names if len(self.names) == 1 and name.startswith(COMMENT)]

    def notes(self) -> list[str]:
        """What of the table is left out, or should be."""
        columns = ", ".join(f"{quoted(name)} ({self._kind(name)})" for name in self.nested)
        commas = [f"{quoted(name)} ({self._kind(name)})" for name in self.named if self._with_decimal_comma(name)]
        return [
            *self._on_comments(),
            *([f"not read: {columns}; {FLATTEN}"] if columns else ()),
            *([f"not read: {', '.join(commas)}; with a decimal point they can be"] if commas else ()),
        ]

    def _kind(self, name: str) -> str:
        if name in self.empty:
            return "empty"
        if name in self.nested:
            return f"nested: {', '.join(self._fields(name))}" if self._fields(name) else "a list"
        if self._is_numeric(name, all_rows=False):
            return "numbers"
        if example := self._with_decimal_comma(name):
            return f"numbers with a decimal comma, such as {example}"
        return "text" if self._has_sentences(name) else counted(len(set(self._cells(name))), "different value")

    def _has_sentences(self, name: str) -> bool:
        """Whether the cells of a column may be sentences: no numbers, no names of rows, no few values that repeat."""
        different = len(set(self._cells(name)))
        repeat = different <= MOST_LABELS and different * 2 <= len(self.rows)
        return not (self._holds_numbers(name) or repeat or name.lower() in ID_NAMES)

    def _holds_numbers(self, name: str) -> bool:
        """Whether the column is no text: numbers, those with a decimal comma too."""
        return self._is_numeric(name, all_rows=False) or bool(self._with_decimal_comma(name))

    def _with_decimal_comma(self, name: str) -> str:
        """The first number with a decimal comma, if all cells are such numbers or whole ones; else empty.

        `1,234` alone may be a thousand: some number must have other than three digits behind the comma.
        """
        cells = [cell for cell in self._cells(name) if cell]
        if not all(_COMMA_NUMBER.fullmatch(cell) for cell in cells):
            return ""
        return next((cell for cell in cells if _SURE_COMMA.search(cell)), "")

    def _fields(self, name: str) -> list[str]:
        """The keys of the objects in a nested column; none for lists."""
        objects = (json.loads(cell) for cell in self._cells(name) if cell.startswith("{"))
        return list(dict.fromkeys(key for each in objects for key in each))[:MOST_OTHERS]

    def _is_numeric(self, name: str, *, all_rows: bool = True) -> bool:
        """Whether all cells are numbers, those that are missing aside unless `all_rows` must have one."""
        try:
            numbers = [read_number(cell) for cell in self._cells(name)]
        except NotANumber:
            return False
        return None not in numbers if all_rows else any(number is not None for number in numbers)

    def _usual(self, usual: Sequence[str], among: Sequence[str]) -> str | None:
        by_name = {name.strip().lower(): name for name in among}
        return next((by_name[name] for name in usual if name in by_name), None)

    def _mean_length(self, name: str) -> float:
        return sum(map(len, self._cells(name))) / max(len(self.rows), 1)

    def _cells(self, name: str) -> list[str]:
        position = self.names.index(name)
        return [cells[position].strip() for cells in self.rows]

    def number_and_inputs(self) -> dict[str, Any]:
        """The column with the number to predict, and what predicts it: the text alone, or `features`."""
        numeric = [name for name in self.named if self._is_numeric(name) and name.lower() not in ID_NAMES]
        if not numeric:
            held = ", ".join(f"{quoted(name)} ({self._kind(name)})" for name in self.names)
            commas = [name for name in self.named if self._with_decimal_comma(name)]
            if commas:
                raise RequestError(
                    f"none of the columns has numbers with a decimal point; they are {held}: write the one that is to "
                    f"be predicted with a point ({self._with_decimal_comma(commas[-1]).replace(',', '.')})"
                )
            raise RequestError(
                f"none of the columns {held} has a number in every row: clean the one that is to be predicted, or "
                "write the config without --data, and name the column in it" + self._hints()
            )
        label = self._usual(NUMBER_NAMES, numeric) or numeric[-1]
        text, categories, numbers = self._inputs([name for name in self.named if name != label])
        if not (categories or numbers):
            return {"text": text if text is not None else self.text(exclude=[label]), "label": label}
        found = {"text": text, "categories": categories, "numbers": numbers}
        return {"features": {kind: columns for kind, columns in found.items() if columns}, "label": label}

    def _inputs(self, names: Sequence[str]) -> tuple[str | None, list[str], list[str]]:
        """The column with the text, those with categories, and those with numbers. Numbers of rows and other columns
        that tell nothing are left out."""
        texts: list[str] = []
        categories: list[str] = []
        numbers: list[str] = []
        for name in names:
            cells = [cell for cell in self._cells(name) if cell]
            different = len(set(cells))
            if name.lower() in ID_NAMES or different < 2 or self._with_decimal_comma(name):
                continue
            if self._is_numeric(name, all_rows=False):
                numbers.append(name)
            elif sum(len(cell.split()) for cell in cells) / len(cells) >= WORDS_OF_TEXT:
                texts.append(name)
            elif different <= min(MOST_LABELS, max(2, len(self.rows) // 2)):
                categories.append(name)
        return (
            (self.text(exclude=[name for name in self.named if name not in texts]) if texts else None),
            categories,
            numbers,
        )


def is_number(name: str) -> bool:
    """Whether what stands where a name of a column is expected is a number."""
    try:
        return read_number(name) is not None
    except NotANumber:
        return False

"""The base of tables whose rows have something to predict, from a text, from categories and numbers, or from both."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from seqlab.data.columns import Column as RecordsColumn
from seqlab.data.columns import Combined, Locations, Texts, TextsWriter
from seqlab.data.datasets.dataset import SourceSplits
from seqlab.data.datasets.table_dataset import Column, Columns, TextColumns
from seqlab.data.features import FeatureColumns
from seqlab.data.records import Records, SourceFile
from seqlab.data.tables import BadRows, Rows
from seqlab.progress import Progress
from seqlab.registry import Options

RESERVED = ("id", "label", "number", "features", "content")
"""Names of columns of the records, which a list of text columns cannot use."""
OTHERWISE = "leave the cell empty if there is none, or name the column in data.features.categories"


class Features(Options):
    """What a row is predicted from: a text, categories and numbers."""

    text: Columns | None = None
    """The column with the text, or a list of columns that are joined by a space; null: no text."""
    categories: Annotated[tuple[Column, ...], Field(strict=False)] = ()
    """Columns with one of several values, which are looked up and embedded."""
    numbers: Annotated[tuple[Column, ...], Field(strict=False)] = ()
    """Columns with numbers, which are normalized by the mean and deviation of the training split."""

    @property
    def text_columns(self) -> list[str | int]:
        if self.text is None:
            return []
        return self.text if isinstance(self.text, list) else [self.text]

    @property
    def columns(self) -> FeatureColumns:
        return FeatureColumns(tuple(map(str, self.categories)), tuple(map(str, self.numbers)))

    def named(self) -> Iterator[tuple[tuple[str | int, ...], str | int]]:
        """Where each column is named below `features`, and the column, without those of the text."""
        for option in ("categories", "numbers"):
            for position, column in enumerate(getattr(self, option)):
                yield (option, position), column


class InputTable(TextColumns):
    """Rows with a label and what it is predicted from. Subclasses say what a label is."""

    answers: ClassVar[str]
    """The column of the records that holds the labels."""

    label: Column = "label"
    """The column with the label."""
    features: Features | None = None
    """Columns with categories and numbers beside the text, or instead of it; null: the text alone."""

    @model_validator(mode="after")
    def _label_is_no_text(self) -> Self:
        if self.label in self.text_columns:
            raise PydanticCustomError("label_in_text", "the column of the label cannot be part of the text")
        reserved = [name for name in RESERVED if name in self.text_columns and len(self.text_columns) > 1]
        if reserved:
            message = "'{name}' cannot be in a list of text columns; rename it"
            raise PydanticCustomError("reserved", message, {"name": reserved[0]})
        return self

    @model_validator(mode="after")
    def _each_column_is_one_input(self) -> Self:
        problems = dict(self._problems_of_features())
        if problems:
            details = [
                InitErrorDetails(type=PydanticCustomError("feature", "{m}", {"m": message}), loc=path, input=column)
                for path, (column, message) in problems.items()
            ]
            raise ValidationError.from_exception_data(type(self).__name__, details)
        return self

    def _problems_of_features(self) -> Iterator[tuple[tuple[str | int, ...], tuple[str | int, str]]]:
        """Key path below `data` → the value there, and what is wrong with it."""
        if self.features is None:
            return
        if not (self.features.text_columns or self.features.columns):
            yield ("features",), ("", "names no column: give text, categories or numbers")
        seen: dict[str | int, str] = dict.fromkeys(self.features.text_columns, "text")
        for path, column in self.features.named():
            if column == self.label:
                message = f"'{column}' is the column of the label, which is to be predicted: remove it here"
                yield ("features", *path), (column, message)
            elif column in seen:
                yield ("features", *path), (column, f"'{column}' is named twice, in {seen[column]} too: remove one")
            seen[column] = str(path[0])

    @property
    def text_columns(self) -> list[str | int]:
        return super().text_columns if self.features is None else self.features.text_columns

    @property
    def feature_columns(self) -> FeatureColumns:
        return FeatureColumns() if self.features is None else self.features.columns

    @property
    def chosen(self) -> list[tuple[str, str | int]]:
        named = [] if self.features is None else list(self.features.named())
        return [*super().chosen, ("label", self.label), *((f"features.{path[0]}", column) for path, column in named)]

    def unused_options(self) -> Mapping[str, str]:
        unused = super().unused_options()
        return unused if self.features is None else {**unused, "text": "features.text names the columns with the text"}

    @abstractmethod
    def answer_of(self, number: int, cell: str, bad: BadRows) -> str | float:
        """The label in a cell; `bad` receives what is none."""

    @abstractmethod
    def answers_of(self, answers: Iterator[Any]) -> RecordsColumn[Any]:
        """All labels as a column."""

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        table, bad = self._table(sources, progress)
        texts, (labels, *others) = table.rows.cells[: len(self.text_fields)], table.rows.cells[len(self.text_fields) :]
        columns: dict[str, Sequence[Any]] = dict(zip(self.text_fields, texts, strict=True))
        numbered = zip(table.rows.each_number(), labels, strict=True)
        columns[self.answers] = self.answers_of((self.answer_of(number, cell, bad) for number, cell in numbered))
        columns["id"] = Locations(path.name, table.rows.numbers)
        if self.feature_columns:
            columns |= self._features(table.rows, texts, others, bad)
        bad.check()
        keys = ("content",) if self.feature_columns else self.text_fields
        return SourceSplits(Records(columns, keys), notes=table.notes)

    def _features(
        self, rows: Rows, texts: Sequence[Texts], others: Sequence[Texts], bad: BadRows
    ) -> dict[str, RecordsColumn[Any]]:
        """The cells beside the text, and what identifies a row."""
        writers, contents = [TextsWriter() for _ in others], TextsWriter()
        for row in zip(rows.each_number(), *texts, *others, strict=True):
            number, of_row, beside = row[0], row[1 : 1 + len(texts)], row[1 + len(texts) :]
            features = self.feature_columns.read(number, beside, bad, OTHERWISE)
            for writer, cell in zip(writers, features, strict=True):
                writer.append(cell)
            # Equal texts are in one split, whatever stands beside them. Rows without a text are told apart.
            contents.append("\x1f".join(of_row if any(map(str.strip, of_row)) else features))
        return {"features": Combined([writer.finish() for writer in writers], tuple), "content": contents.finish()}

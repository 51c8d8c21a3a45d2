"""Looks at the user's own files and says which dataset reads them, with which options."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.data.datasets.dataset import Dataset
from seqlab.data.datasets.pair_tables import PairTable
from seqlab.data.sources.locations import read_bytes
from seqlab.data.sources.text_encoding import TextEncoding, likely_encoding, read_text
from seqlab.data.tables import FORMATS, Table, TableFormat, format_of, read_table
from seqlab.data.tables.delimited import DELIMITERS, Delimited
from seqlab.errors import DataError, RequestError
from seqlab.registry import Registry
from seqlab.text_format import counted, quoted

TEXT_NAMES = ("text", "review", "sentence", "content", "body", "message", "comment", "tweet", "description", "title")
LABEL_NAMES = ("label", "labels", "class", "category", "sentiment", "target", "rating", "stars", "y", "topic", "intent")
SOURCE_NAMES, TARGET_NAMES = ("source", "src", "from", "input"), ("target", "tgt", "to", "output")
ID_NAMES = ("id", "index", "idx", "no", "number", "date", "url")
"""Usual names of columns, in lower case."""
MOST_LABELS = 200
SAMPLE = 2_000
"""Rows from which columns are chosen."""


@dataclass(frozen=True)
class Found:
    """A dataset for the files: its options with a comment for each, and how much data there is."""

    options: dict[str, Any]
    comments: dict[str, str] = field(default_factory=dict)
    size: int = 0
    """Rows, files or lines; of running text characters."""
    summary: str = ""
    """What was found, on one line."""


def inspect(paths: Sequence[Path], datasets: Registry[Dataset]) -> Found:
    """The dataset among `datasets` that reads the files. Raises RequestError or DataError if none does."""
    for path in paths:
        if not path.exists():
            raise RequestError(f"there is no file {path}")
    if len(paths) == 2 and "parallel_text" in datasets:
        return _parallel(*paths)
    if len(paths) > 1:
        raise RequestError(f"{counted(len(paths), 'file')} are given, but this task reads one; name one --data")
    path = paths[0]
    if path.is_dir():
        return _folder(path, datasets)
    if table_format := format_of(path):
        return _table(path, table_format, datasets)
    if "text_file" in datasets:
        return _text(path)
    raise RequestError(f"{path} is not a table: expected a name that ends in {', '.join(FORMATS)} (or .gz after it)")


def _folder(path: Path, datasets: Registry[Dataset]) -> Found:
    if "text_folder" not in datasets:
        raise RequestError(f"{path} is a directory, which this task does not read: name a file")
    train = path / "train"
    root = train if train.is_dir() else path
    classes = sorted(each.name for each in root.iterdir() if each.is_dir() and not each.name.startswith("."))
    if len(classes) < 2:
        raise RequestError(f"{root} has {counted(len(classes), 'directory')}; expected one directory per class")
    size = sum(1 for name in classes for _ in (root / name).iterdir())
    summary = f"{counted(size, 'file')} of {len(classes)} classes: {_listed(classes)}"
    return Found({"name": "text_folder", "path": path}, {"path": "one directory per class"}, size, summary)


def _parallel(source: Path, target: Path) -> Found:
    encodings = {_encoding(path) for path in (source, target)}
    if len(encodings) > 1:
        raise RequestError(f"{source} and {target} have different encodings: save both as UTF-8")
    size = read_text(source, encoding := encodings.pop()).count("\n")
    options = {"name": "parallel_text", "source": source, "target": target, **_unless_utf8(encoding)}
    comments = {"source": "one sentence per line", "target": "its translations, on the same lines"}
    return Found(options, comments, size, f"{counted(size, 'line')} of sentences")


def _text(path: Path) -> Found:
    encoding = _encoding(path)
    size = len(read_text(path, encoding))
    options = {"name": "text_file", "path": path, **_unless_utf8(encoding)}
    return Found(options, {"encoding": "the file is not UTF-8"}, size, counted(size, "character"))


def _table(path: Path, table_format: TableFormat, datasets: Registry[Dataset]) -> Found:
    table_format, table = _readable(path, table_format)
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix.removeprefix(".")
    name = "jsonl" if suffix == "ndjson" else suffix
    if name not in datasets:
        raise RequestError(f"{path}: this task does not read {name} files")
    dataset = datasets[name]
    columns = _Columns(table)
    if issubclass(dataset, PairTable):
        chosen = columns.pair()
    elif "label" in dataset.model_fields:
        chosen = columns.text_and_label()
    else:
        chosen = {"text": columns.text(exclude=())}
    table_format, table, chosen = _without_header(path, table_format, table, chosen)
    options: dict[str, Any] = {"name": name, "path": path, **_changed(table_format), **chosen}
    comments = {
        "text": "the column with the text; [a, b] joins several",
        "label": "the column with the label",
        "source": "the column with the sentence",
        "target": "the column with its translation",
        "delimiter": "the character between two cells",
        "encoding": "the file is not UTF-8",
        "header": "the first row is an example; columns are numbers",
        "quotes": "double quotes are ordinary characters",
    }
    named = {key: table.columns[value] if isinstance(value, int) else value for key, value in chosen.items()}
    summary = f"{counted(len(table.rows), 'row')}, " + ", ".join(f"{key} in {value!r}" for key, value in named.items())
    if "label" in named:
        summary += f" ({_labels(table, named['label'])})"
    characters = sum(len(cell) for _, cells in table.rows for cell in cells)
    return Found(options, comments, characters if chosen.keys() == {"text"} else len(table.rows), summary)


def _labels(table: Table, column: str) -> str:
    position = table.columns.index(column)
    return _listed([f"{label} {n:,}" for label, n in Counter(cells[position] for _, cells in table.rows).most_common()])


def _readable(path: Path, table_format: TableFormat) -> tuple[TableFormat, Table]:
    """The first way in which the table can be read with more than one column; else the first way at all."""
    first_error: Exception | None = None
    only_column: tuple[TableFormat, Table] | None = None
    for each in _ways(path, table_format):
        try:
            table = read_table(path, each)
        except DataError as error:
            first_error = first_error or error
            continue
        if len(table.columns) > 1:
            return each, table
        only_column = only_column or (each, table)
    if only_column:
        return only_column  # a list of texts
    raise first_error or RequestError(f"{path} cannot be read")


def _ways(path: Path, table_format: TableFormat) -> Iterator[TableFormat]:
    if isinstance(table_format, TextEncoding):
        table_format = table_format.model_copy(update={"encoding": _encoding(path)})
    yield table_format
    if isinstance(table_format, Delimited):
        for quotes in (True, False):
            for delimiter in (table_format.delimiter, *DELIMITERS.replace(table_format.delimiter, "")):
                yield table_format.model_copy(update={"delimiter": delimiter, "quotes": quotes})


def _encoding(path: Path) -> str:
    """UTF-8, or what the file looks like; reading reports a file that is neither."""
    content = read_bytes(path) if path.suffix != ".gz" else b""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return likely_encoding(content) or "utf-8"
    return (likely_encoding(content) or "utf-8") if b"\0" in content else "utf-8"


def _unless_utf8(encoding: str) -> dict[str, str]:
    return {} if encoding == "utf-8" else {"encoding": encoding}


def _changed(table_format: TableFormat) -> dict[str, Any]:
    """The options that differ from the defaults of the format."""
    return table_format.model_dump(exclude_defaults=True)


def _without_header(
    path: Path, table_format: TableFormat, table: Table, chosen: dict[str, str]
) -> tuple[TableFormat, Table, dict[str, Any]]:
    """If the first row is an example, the table read without a header, and numbers of columns."""
    if not isinstance(table_format, Delimited) or not _first_row_is_an_example(table, chosen):
        return table_format, table, dict(chosen)
    numbers = {key: table.columns.index(column) for key, column in chosen.items()}
    headless = table_format.model_copy(update={"header": False})
    read = read_table(path, headless)
    names = tuple(map(str, range(len(read.columns))))
    return headless, dataclasses.replace(read, columns=names), dict(numbers)


def _first_row_is_an_example(table: Table, chosen: dict[str, str]) -> bool:
    """A label that occurs below it, or a name like a sentence: no names of columns."""
    if any(name.lower() in (*TEXT_NAMES, *LABEL_NAMES, *SOURCE_NAMES, *TARGET_NAMES) for name in table.columns):
        return False
    label = chosen.get("label")
    if label is not None:
        position = table.columns.index(label)
        return any(cells[position].strip() == label for _, cells in table.rows[:SAMPLE])
    return any(len(chosen[key].split()) > 3 for key in chosen)


class _Columns:
    """Chooses columns by their usual names, else by their content."""

    def __init__(self, table: Table) -> None:
        self.names = list(table.columns)
        self.rows = [cells for _, cells in table.rows[:SAMPLE]]

    def text(self, exclude: Sequence[str]) -> str:
        """The column with a usual name, else the one with the longest texts."""
        free = [name for name in self.names if name not in exclude]
        if not free:
            raise RequestError(f"the table has only the column {quoted(self.names[0])}; expected a text and a label")
        return self._usual(TEXT_NAMES, free) or max(free, key=self._mean_length)

    def text_and_label(self) -> dict[str, str]:
        label = self._usual(LABEL_NAMES, self.names) or self._like_labels()
        return {"text": self.text(exclude=[label]), "label": label}

    def pair(self) -> dict[str, str]:
        if len(self.names) < 2:
            raise RequestError(f"the table has only the column {quoted(self.names[0])}; expected two languages")
        source, target = (self._usual(names, self.names) for names in (SOURCE_NAMES, TARGET_NAMES))
        if source is None or target is None:
            longest = sorted(self.names, key=self._mean_length, reverse=True)[:2]
            source, target = sorted(longest, key=self.names.index)
        return {"source": source, "target": target}

    def _like_labels(self) -> str:
        """The column with the fewest different values, at least two, that repeat."""
        found = {name: len({cells[i].strip() for cells in self.rows}) for i, name in enumerate(self.names)}
        labels = [
            name
            for name, count in found.items()
            if 2 <= count <= min(MOST_LABELS, max(2, len(self.rows) // 2)) and name.lower() not in ID_NAMES
        ]
        if not labels:
            names = ", ".join(map(quoted, self.names))
            raise RequestError(
                f"none of the columns {names} looks like a label (a few values that repeat): "
                "write the config without --data, and name the column in it"
            )
        return min(labels, key=lambda name: (found[name], -self.names.index(name)))

    def _usual(self, usual: Sequence[str], among: Sequence[str]) -> str | None:
        by_name = {name.strip().lower(): name for name in among}
        return next((by_name[name] for name in usual if name in by_name), None)

    def _mean_length(self, name: str) -> float:
        position = self.names.index(name)
        return sum(len(cells[position]) for cells in self.rows) / max(len(self.rows), 1)


def _listed(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")

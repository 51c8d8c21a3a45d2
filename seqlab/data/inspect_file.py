"""Looks at the user's own files and says which dataset reads them, with which options."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.data.datasets.dataset import Dataset
from seqlab.data.datasets.pair_tables import PairTable
from seqlab.data.sources.locations import refuse_streams
from seqlab.data.sources.text_encoding import encoding_of, read_text
from seqlab.data.tables import FORMATS, Table, TableFormat, format_of, read_table
from seqlab.data.tables.delimited import Delimited
from seqlab.data.tables.recognized import recognized
from seqlab.errors import DataError, RequestError
from seqlab.registry import Registry
from seqlab.text_format import counted, quoted

TEXT_NAMES = ("text", "review", "sentence", "content", "body", "message", "comment", "tweet", "description", "title")
LABEL_NAMES = ("label", "labels", "class", "category", "sentiment", "target", "rating", "stars", "y", "topic", "intent")
SOURCE_NAMES, TARGET_NAMES = ("source", "src", "from", "input"), ("target", "tgt", "to", "output")
ID_NAMES = ("id", "index", "idx", "no", "number", "date", "url")
"""Usual names of columns, in lower case."""
KINDS = {
    "json": 'save it as JSON Lines, one object per line and FILE.jsonl as its name: jq -c ".[]" FILE.json > FILE.jsonl '
    "(if it has one object per line already, rename it)",
    "spreadsheet": "export the sheet as CSV, and name that file",
    "document": "save its text as a plain text file (.txt, UTF-8), and name that file",
    "archive": "unpack it, and name the file or folder in it",
}
OTHER_SUFFIXES = {
    **dict.fromkeys((".json", ".geojson"), "json"),
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers"), "spreadsheet"),
    **dict.fromkeys((".pdf", ".doc", ".docx", ".odt", ".rtf", ".epub"), "document"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst"), "archive"),
}
"""Files that no dataset reads: their suffix → their kind, and what to do with it."""
FEWEST_ROWS = 3
"""One for each split."""
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
        refuse_streams(path)
        if (kind := OTHER_SUFFIXES.get(_suffix(path))) and not path.is_dir():
            raise RequestError(f"{path} is a file that seqlab does not read ({_suffix(path)}): {KINDS[kind]}")
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
    raise RequestError(
        f"{path} is not a table: expected a name that ends in {', '.join(FORMATS)} (or .gz after it); "
        f"{_instead_of_a_table(path, datasets)}"
    )


def _instead_of_a_table(path: Path, datasets: Registry[Dataset]) -> str:
    """What to do with a file of plain text, where a table is read."""
    with contextlib.suppress(DataError):
        if "\t" in read_text(path, encoding_of(path)).partition("\n")[0]:
            return "its first line has cells between tabs: rename it to .tsv"
    if "parallel_text" in datasets:
        return "for two files with one sentence per line, give --data twice"
    if "text_folder" in datasets:
        return (
            "make a table of it, with a text and a label in each row, or name a folder with a directory per class "
            "(one running text without labels is for the task language_model)"
        )
    return "rename it if it is one"


def _suffix(path: Path) -> str:
    """The last suffix in lower case, without that of gzip."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _folder(path: Path, datasets: Registry[Dataset]) -> Found:
    if "text_folder" not in datasets:
        raise RequestError(f"{path} is a directory, which this task does not read: name a file")
    train = path / "train"
    root = train if train.is_dir() else path
    classes = sorted(each.name for each in root.iterdir() if each.is_dir() and not each.name.startswith("."))
    if len(classes) < 2:
        raise RequestError(f"{root} has {counted(len(classes), 'directory')}; expected one directory per class")
    size = sum(1 for name in classes for _ in (root / name).iterdir())
    summary = f"{counted(size, 'file')} of {len(classes)} classes"
    return Found({"name": "text_folder", "path": path}, {"path": "one directory per class"}, size, summary)


def _parallel(source: Path, target: Path) -> Found:
    encodings = {encoding_of(path) for path in (source, target)}
    if len(encodings) > 1:
        raise RequestError(f"{source} and {target} have different encodings: save both as UTF-8")
    size = read_text(source, encoding := encodings.pop()).count("\n")
    options = {"name": "parallel_text", "source": source, "target": target, **_unless_utf8(encoding)}
    comments = {"source": "one sentence per line", "target": "its translations, on the same lines"}
    return Found(options, comments, size, f"{counted(size, 'line')} of sentences")


def _text(path: Path) -> Found:
    encoding = encoding_of(path)
    size = len(read_text(path, encoding))
    options = {"name": "text_file", "path": path, **_unless_utf8(encoding)}
    return Found(options, {"encoding": "the file is not UTF-8"}, size, counted(size, "character"))


def _table(path: Path, table_format: TableFormat, datasets: Registry[Dataset]) -> Found:
    table_format, table = recognized(path, table_format)
    suffix = _suffix(path).removeprefix(".")
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
    characters = sum(len(cell) for _, cells in table.rows for cell in cells)
    return Found(options, comments, characters if chosen.keys() == {"text"} else len(table.rows), summary)


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
    """Chooses columns by their usual names, else by their content. One without a name cannot be chosen."""

    def __init__(self, table: Table) -> None:
        self.names = list(table.columns)
        self.named = [name for name in self.names if name]
        self.rows = [cells for _, cells in table.rows[:SAMPLE]]

    def text(self, exclude: Sequence[str]) -> str:
        """The column with a usual name, else the one with the longest texts."""
        free = [name for name in self.named if name not in exclude]
        if not free:
            raise self._too_few("a text and a label" if exclude else "a text")
        return self._usual(TEXT_NAMES, free) or max(free, key=self._mean_length)

    def text_and_label(self) -> dict[str, str]:
        label = self._usual(LABEL_NAMES, self.named) or self._like_labels()
        return {"text": self.text(exclude=[label]), "label": label}

    def pair(self) -> dict[str, str]:
        if len(self.named) < 2:
            raise self._too_few("two languages")
        source, target = (self._usual(names, self.named) for names in (SOURCE_NAMES, TARGET_NAMES))
        if source is None or target is None:
            longest = sorted(self.named, key=self._mean_length, reverse=True)[:2]
            source, target = sorted(longest, key=self.names.index)
        return {"source": source, "target": target}

    def _like_labels(self) -> str:
        """The column with the fewest different values, at least two, that repeat."""
        if len(self.rows) < FEWEST_ROWS:
            rows = counted(len(self.rows), "row")
            raise DataError(f"the table has {rows} below the first, too few for training, validation and test")
        found = {name: len({cells[i].strip() for cells in self.rows}) for i, name in enumerate(self.names)}
        labels = [
            name
            for name, count in found.items()
            if 2 <= count <= min(MOST_LABELS, max(2, len(self.rows) // 2)) and name and name.lower() not in ID_NAMES
        ]
        if not labels:
            names = ", ".join(map(quoted, self.names))
            raise RequestError(
                f"none of the columns {names} looks like a label (a few values that repeat): "
                "write the config without --data, and name the column in it"
            )
        return min(labels, key=lambda name: (found[name], -self.names.index(name)))

    def _too_few(self, expected: str) -> RequestError:
        only = f"the table has only the column {quoted(self.named[0])}" if self.named else "the table has no column"
        name = " with a name in the first row" if self.named != self.names else ""
        return RequestError(f"{only}{name}; expected {expected}")

    def _usual(self, usual: Sequence[str], among: Sequence[str]) -> str | None:
        by_name = {name.strip().lower(): name for name in among}
        return next((by_name[name] for name in usual if name in by_name), None)

    def _mean_length(self, name: str) -> float:
        position = self.names.index(name)
        return sum(len(cells[position]) for cells in self.rows) / max(len(self.rows), 1)

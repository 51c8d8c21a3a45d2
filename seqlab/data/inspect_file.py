"""Looks at the user's own files and says which dataset reads them, with which options."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.data.datasets.dataset import Dataset
from seqlab.data.datasets.documents import Documents
from seqlab.data.datasets.numbered_tables import NumberedTable
from seqlab.data.datasets.pair_tables import PairTable
from seqlab.data.inspect_columns import (
    LABEL_NAMES,
    NUMBER_NAMES,
    SAMPLE,
    SOURCE_NAMES,
    TARGET_NAMES,
    TEXT_NAMES,
    Columns,
    is_number,
)
from seqlab.data.sources.locations import missing, refuse_streams
from seqlab.data.sources.text_encoding import encoding_of, line_beyond_ascii, read_text
from seqlab.data.tables import FORMATS, Table, TableFormat, format_of, read_table
from seqlab.data.tables.delimited import Delimited
from seqlab.data.tables.recognized import recognized
from seqlab.errors import DataError, RequestError
from seqlab.registry import Registry
from seqlab.text_format import counted, quoted, unix_newlines, visible

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


def is_data_file(path: Path) -> bool:
    """Whether the name of a file says that it holds data. One of .txt or .json may hold anything."""
    suffix = _suffix(path)
    return path.name.lower().endswith(".gz") or suffix in FORMATS or OTHER_SUFFIXES.get(suffix, "json") != "json"


@dataclass(frozen=True)
class Found:
    """A dataset for the files: its options with a comment for each, and how much data there is."""

    options: dict[str, Any]
    comments: dict[str, str] = field(default_factory=dict)
    size: int = 0
    """Rows, files or lines; of running text characters."""
    summary: str = ""
    """What was found, on one line."""
    notes: tuple[str, ...] = ()
    """What the user should look at."""


def inspect(paths: Sequence[Path], datasets: Registry[Dataset]) -> Found:
    """The dataset among `datasets` that reads the files. Raises RequestError or DataError if none does."""
    return _with_line_to_check(_found(paths, datasets), paths)


def _with_line_to_check(found: Found, paths: Sequence[Path]) -> Found:
    """With a line of the file, if its encoding is a guess: bytes tell one of eight bits from another only by what the
    text then looks like."""
    encoding = found.options.get("encoding", "utf")
    if encoding.startswith("utf"):
        return found
    path, text = next((path, text) for path in paths if not (text := read_text(path, encoding)).isascii())
    note = (
        f"{path.name} is not UTF-8; {encoding} is a guess. Does this line read well? {quoted(line_beyond_ascii(text))} "
        "If it does not, set data.encoding to the encoding that the file was saved in (mac_roman, windows-1250 …)"
    )
    short = line_beyond_ascii(text, before=8, after=11)
    comments = found.comments | {"encoding": f"a guess: does this read well? {visible(short)}"}
    return dataclasses.replace(found, comments=comments, notes=(*found.notes, note))


def _found(paths: Sequence[Path], datasets: Registry[Dataset]) -> Found:
    for path in paths:
        if not path.exists():
            raise RequestError(missing(path))
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
        return _text(path, datasets["text_file"])
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
        raise RequestError(
            f"{root} has {counted(len(classes), 'directory', 'directories')}; expected one directory per class"
        )
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


def _text(path: Path, dataset: type[Dataset]) -> Found:
    encoding = encoding_of(path)
    text = read_text(path, encoding)
    options = {"name": "text_file", "path": path, **_unless_utf8(encoding)}
    documents = sum(1 for line in unix_newlines(text).split("\n") if line.strip())
    summary = counted(documents, "document") if issubclass(dataset, Documents) else counted(len(text), "character")
    return Found(options, {"encoding": "the file is not UTF-8"}, len(text), summary)


def _table(path: Path, table_format: TableFormat, datasets: Registry[Dataset]) -> Found:
    table_format, table = recognized(path, table_format)
    suffix = _suffix(path).removeprefix(".")
    name = "jsonl" if suffix == "ndjson" else suffix
    if name not in datasets:
        raise RequestError(f"{path}: this task does not read {name} files")
    dataset = datasets[name]
    columns = Columns(table)
    chosen: dict[str, Any]
    if issubclass(dataset, PairTable):
        chosen = columns.pair()
    elif issubclass(dataset, NumberedTable):
        chosen = columns.number_and_inputs()
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
        "features.text": "the column with the text; [a, b] joins several",
        "features.categories": "columns with one of several values",
        "features.numbers": "columns with numbers",
    }
    others = columns.other_texts(list(chosen.values())) if "text" in chosen and table_format.names_columns else []
    summary = f"{counted(len(table.rows), 'row')}, {', '.join(_summaries(chosen, table.columns, others))}"
    characters = sum(len(cell) for _, cells in table.rows for cell in cells)
    size = characters if chosen.keys() == {"text"} else len(table.rows)
    return Found(options, comments, size, summary, tuple(columns.notes()))


def _summaries(chosen: Mapping[str, Any], names: Sequence[str], others: Sequence[str] = ()) -> Iterator[str]:
    """`label in 'stars'` of each column; `numbers: 2` of several. `others`: columns that could be the text too."""
    for key, value in chosen.items():
        if isinstance(value, dict):
            yield from _summaries(value, names)
        elif isinstance(value, list):
            yield f"{key}: {len(value):,}"
        else:
            more = f" (other text columns: {', '.join(map(visible, others))})" if key == "text" and others else ""
            yield f"{key} in {(names[value] if isinstance(value, int) else value)!r}{more}"


def _numbered(chosen: Any, names: Sequence[str]) -> Any:
    """The chosen columns by number, as a table without a header needs them."""
    match chosen:
        case dict():
            return {key: _numbered(value, names) for key, value in chosen.items()}
        case list():
            return [_numbered(value, names) for value in chosen]
        case _:
            return names.index(chosen)


def _unless_utf8(encoding: str) -> dict[str, str]:
    return {} if encoding == "utf-8" else {"encoding": encoding}


def _changed(table_format: TableFormat) -> dict[str, Any]:
    """The options that differ from the defaults of the format."""
    return table_format.model_dump(exclude_defaults=True)


def _without_header(
    path: Path, table_format: TableFormat, table: Table, chosen: dict[str, Any]
) -> tuple[TableFormat, Table, dict[str, Any]]:
    """If the first row is an example, the table read without a header, and numbers of columns."""
    if not isinstance(table_format, Delimited) or not _first_row_is_an_example(table, chosen):
        return table_format, table, dict(chosen)
    headless = table_format.model_copy(update={"header": False})
    read = read_table(path, headless)
    names = tuple(map(str, range(len(read.columns))))
    return headless, dataclasses.replace(read, columns=names), _numbered(chosen, table.columns)


def _first_row_is_an_example(table: Table, chosen: Mapping[str, Any]) -> bool:
    """A label that occurs below it, or a name like a sentence: no names of columns."""
    if any(
        name.lower() in (*TEXT_NAMES, *LABEL_NAMES, *NUMBER_NAMES, *SOURCE_NAMES, *TARGET_NAMES)
        for name in table.columns
    ):
        return False
    label = chosen.get("label")
    if label is not None and is_number(label):
        return True
    if label is not None:
        position = table.columns.index(label)
        return any(cells[position].strip() == label for _, cells in table.rows[:SAMPLE])
    return any(len(chosen[key].split()) > 3 for key in chosen)

"""`seqlab data`: list, download, verify and inspect datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import AsJson, Overrides, Plugins
from seqlab.cli.completion import complete_dataset, complete_dataset_or_config
from seqlab.cli.console import print_indented, print_json, print_line, print_table, print_text
from seqlab.cli.data_doctor import doctor
from seqlab.cli.datasets import dataset_or_config, named_dataset
from seqlab.cli.progress import terminal_progress
from seqlab.text_format import number_text, visible, visible_name

if TYPE_CHECKING:
    from seqlab.config import Experiment
    from seqlab.data.datasets import Dataset
    from seqlab.data.records import Corpus, Records, SourceFile
    from seqlab.progress import Progress

commands = typer.Typer()
data_commands = typer.Typer(no_args_is_help=True)
commands.add_typer(data_commands, name="data", help="List, download, verify and inspect datasets.")

data_commands.command("doctor")(doctor)

MAX_ROWS, MAX_LABELS, MAX_ROW_CHARACTERS, MAX_EXAMPLE_CHARACTERS = 5, 20, 300, 3000


@data_commands.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the datasets and where their files are."""
    from seqlab.experiment.inspect_data import catalogue

    entries = catalogue()
    if as_json:
        print_json(list(map(asdict, entries)))
        return
    shown = {"your own": "your own files", "missing": "not downloaded", "embedded": "embedded"}
    for each in entries:
        print_line(f"{each.name}: {shown.get(each.state) or each.paths[0]}")
        print_indented(each.help.partition("\n")[0])


@data_commands.command("prepare")
def prepare_command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The name of a dataset.", autocompletion=complete_dataset)
    ],
) -> None:
    """Download the files of a dataset if they are missing, and verify them."""
    from seqlab.experiment.inspect_data import locate_data

    dataset = named_dataset(name)
    progress = terminal_progress()
    with progress.step(f"preparing {name}"):
        sources = locate_data(dataset, progress)
    _print_sources(sources)
    _print_terms(dataset)


@data_commands.command("show")
def show_command(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME|CONFIG", help="A dataset or a config.", autocompletion=complete_dataset_or_config),
    ],
    overrides: Overrides,
    plugins: Plugins,
    batch: Annotated[
        bool, typer.Option("--batch", help="Show the first batch of a config: shapes, dtypes, and one example.")
    ] = False,
    dense: Annotated[
        bool, typer.Option("--dense", help="Show the first batch of bags as an array: its shape, and the first row.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the sizes and labels of a dataset, its first rows, licence and citation."""
    from seqlab import config
    from seqlab.experiment.inspect_data import load_data

    progress = terminal_progress()
    if dense:
        _print_dense(config.load(name, overrides, plugins=tuple(plugins)).experiment, progress)
    if batch:
        _print_batch(config.load(name, overrides, plugins=tuple(plugins)).experiment, progress)
    if batch or dense:
        return
    source = dataset_or_config(name, overrides, plugins)
    dataset = source.data if isinstance(source, config.Experiment) else source
    found = load_data(dataset, progress)
    if as_json:
        print_json(_as_json(dataset, found))
        return
    _print_sources(found.sources)
    _print_splits(dataset, found)
    _print_rows(dataset, found.splits["train"])
    _print_terms(dataset)
    for note in found.notes:
        print_line(note)


def _print_sources(sources: Sequence[SourceFile]) -> None:
    if not sources:
        print_line("the dataset is embedded and has no files")
        return
    verified = {True: "verified", False: "differs from the published file", None: "no published checksum"}
    for source in sources:  # paths and checksums are copied: each is whole, on a line of its own
        print_line(source.path)
        print_line(f"    {source.size:,} bytes, {verified[source.official]}")
        print_line(f"    sha256 {source.sha256}")


def _as_json(dataset: Dataset, found: Corpus) -> dict[str, object]:
    return {
        "dataset": dataset.component_name(),
        "files": [source.to_json() for source in found.sources],
        "splits": {
            split: {"examples": len(records), "labels": dict(Counter(records.columns.get("label", ())))}
            for split, records in found.splits.items()
        },
        "notes": list(found.notes),
        "licence": dataset.licence.strip(),
        "citation": dataset.citation.strip(),
    }


def _print_terms(dataset: Dataset) -> None:
    for what, text in (("licence", dataset.licence), ("citation", dataset.citation)):
        if text:
            print_line()
            print_text(f"{what}: {text.strip()}")


def _print_splits(dataset: Dataset, corpus: Corpus) -> None:
    """One row per split: its size, the mean length of its texts in characters, and the count of each label."""
    counts = {split: Counter(records.columns.get("label", ())) for split, records in corpus.splits.items()}
    labels = sorted({label for counted in counts.values() for label in counted})[:MAX_LABELS]
    lengths = {split: _mean_lengths(dataset, records) for split, records in corpus.splits.items()}
    fields = list(next(iter(lengths.values())))
    headings = ["mean length"] if len(fields) == 1 else [f"mean {field} length" for field in fields]
    rows = [
        (split, len(records), *lengths[split].values(), *(counts[split][label] for label in labels))
        for split, records in corpus.splits.items()
    ]
    print_line()
    print_table(("split", "examples", *headings, *labels), rows)


def _mean_lengths(dataset: Dataset, records: Records) -> dict[str, int]:
    """Text field → mean number of characters."""
    from seqlab.experiment.inspect_data import characters_of

    return {
        field: round(characters_of(texts) / max(len(records), 1)) for field, texts in dataset.texts(records).items()
    }


def _print_batch(experiment: Experiment, progress: Progress) -> None:
    """The tensors of the first batch of the first epoch, and its first example as text, tokens, ids and target."""
    from seqlab.experiment.inspect_data import first_batch

    batch = first_batch(experiment, progress)
    print_table(("tensor", "shape", "dtype"), batch.tensors)
    print_line()
    print_line(f"first example, number {batch.row:,} of {batch.rows:,}:")
    for name, text in batch.item_as_text.items():
        print_line(f"{name}: {_shortened(text, MAX_EXAMPLE_CHARACTERS)}")
    for name, array in batch.item.items():
        print_line(f"{name} = {_shortened(' '.join(map(str, array.tolist())), MAX_EXAMPLE_CHARACTERS)}")


def _print_dense(experiment: Experiment, progress: Progress) -> None:
    """The first batch of bags as an array with a column per token, and what is not 0 in its first row."""
    from seqlab.experiment.inspect_data import dense_batch

    found = dense_batch(experiment, progress)
    share = found.nonzero / (found.rows * found.width)
    print_line(f"array ({found.rows}, {found.width}) float32: {found.bytes / 1e6:,.1f} MB, {share:.2%} of it not 0")
    print_line(f"first row: {len(found.columns):,} of {found.width:,} values are not 0")
    print_table(
        ("column", "value", "token"),
        [
            (int(column), f"{value:.7g}", visible(token))
            for column, value, token in zip(found.columns, found.values, found.tokens, strict=True)
        ],
    )


def _print_rows(dataset: Dataset, records: Records) -> None:
    """`label: text`, `source → target`, or the text alone; categories and numbers after the text."""
    from seqlab.experiment.inspect_data import beginnings

    first = records.rows(range(min(MAX_ROWS, len(records))))
    longest = MAX_ROW_CHARACTERS
    fields = [[_cut(*each, longest) for each in beginnings(of, longest)] for of in dataset.texts(first).values()]
    print_line()
    labels = [f"{visible_name(label)}: " for label in first["label"]] if "label" in first.columns else [""] * len(first)
    if "number" in first.columns:
        labels = [f"{number_text(number)}: " for number in first["number"]]
    if "features" in first.columns:
        fields.append([_shortened(dataset.feature_columns.shown(row), MAX_ROW_CHARACTERS) for row in first["features"]])
    between = " → " if "features" not in first.columns else " | "
    for label, *texts in zip(labels, *fields, strict=True):
        print_line(label + between.join(texts))


def _shortened(text: str, longest: int) -> str:
    """The first `longest` characters on one line. Cut anywhere, because not every script uses spaces."""
    line = " ".join(visible(text).split())
    return _cut(line[:longest], len(line), longest)


def _cut(beginning: str, characters: int, longest: int) -> str:
    """The beginning of a line of so many characters."""
    return beginning if characters <= longest else f"{beginning} … ({characters:,} characters)"

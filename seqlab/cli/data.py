"""`seqlab data`: the datasets there are, where their files come from, and what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import Overrides, Plugins
from seqlab.cli.console import print_line, print_table, print_text
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError
from seqlab.text_format import visible

if TYPE_CHECKING:
    from seqlab.config import Experiment
    from seqlab.data.datasets import Dataset
    from seqlab.data.records import Corpus, Records, SourceFile
    from seqlab.progress import Progress

commands = typer.Typer()
data_commands = typer.Typer(no_args_is_help=True)
commands.add_typer(data_commands, name="data", help="List, fetch, verify and look at datasets.")

SHOWN_ROWS, SHOWN_LABELS, SHOWN_CHARACTERS, SHOWN_OF_AN_ITEM = 5, 20, 300, 3000


@data_commands.command("list")
def list_command() -> None:
    """List the datasets, and whether their files are on this machine."""
    print_table(
        ("dataset", "files", ""), [(part.component_name(), _state(part), _summary(part)) for part in _datasets()]
    )


@data_commands.command("prepare")
def prepare_command(name: Annotated[str, typer.Argument(help="The name of a dataset.")]) -> None:
    """Download the files of a dataset, unless they are on this machine, and verify them."""
    from seqlab.data.splits import load_splits

    dataset = _dataset(name)
    progress = terminal_progress()
    with progress.step(f"preparing {name}"):
        sources = load_splits.locate(dataset, progress).sources
    _print_sources(sources)
    _print_terms(dataset)


@data_commands.command("show")
def show_command(
    name: Annotated[str, typer.Argument(metavar="NAME|CONFIG", help="A dataset, or a config that names one.")],
    overrides: Overrides,
    plugins: Plugins,
    batch: Annotated[
        bool, typer.Option("--batch", help="Show the first batch of a config: shapes, types, text, tokens, target.")
    ] = False,
) -> None:
    """Show the first rows of a dataset, its sizes and labels, licence and citation."""
    from seqlab import config
    from seqlab.data.splits import load_splits

    progress = terminal_progress()
    if batch:
        _print_batch(config.load(name, overrides, plugins=tuple(plugins)).experiment, progress)
        return
    known = name in [part.component_name() for part in _datasets()]
    dataset = _dataset(name) if known else config.load(name, overrides, plugins=tuple(plugins)).experiment.data
    found = load_splits.load(dataset, progress)
    _print_sources(found.sources)
    _print_splits(dataset, found)
    _print_rows(dataset, found.splits["train"])
    _print_terms(dataset)
    for note in found.notes:
        print_line(note)


def _datasets() -> list[type[Dataset]]:
    """Every name once. The first dataset stands for all of its name: what they read is the same."""
    from seqlab.data.datasets.catalogue import first_of_each_name

    return first_of_each_name()


def _dataset(name: str) -> Dataset:
    """The dataset with its default options. Raises RequestError when it has none by that name, or needs options."""
    from seqlab.registry import did_you_mean

    parts = {part.component_name(): part for part in _datasets()}
    if name not in parts:
        known = list(parts)
        raise RequestError(f"there is no dataset '{name}'; {did_you_mean(name, known)}there are {', '.join(known)}")
    dataset = _with_defaults(parts[name])
    if dataset is None:
        raise RequestError(
            f"'{name}' reads your own files: name them in a config and show that (`seqlab parts dataset {name}` lists "
            "the options)"
        )
    return dataset


def _with_defaults(part: type[Dataset]) -> Dataset | None:
    """The dataset, or None where it cannot do without options: a file of one's own has no default."""
    from pydantic import ValidationError

    try:
        return part.model_validate({})
    except ValidationError:
        return None


def _state(part: type[Dataset]) -> str:
    dataset = _with_defaults(part)
    if dataset is None:
        return "your own"
    try:
        paths = dataset.find()
    except RequestError:
        return "not on this machine"
    return str(paths[0]) if paths else "embedded"


def _summary(part: type[Dataset]) -> str:
    return part.component_help().partition("\n")[0]


def _print_sources(sources: Sequence[SourceFile]) -> None:
    if not sources:
        print_line("the data are embedded: there are no files")
        return
    verified = {True: "the published bytes", False: "not the published bytes", None: "no published checksum"}
    print_table(
        ("file", "bytes", "sha256", ""),
        [(source.path, source.size, source.sha256, verified[source.official]) for source in sources],
    )


def _print_terms(dataset: Dataset) -> None:
    for what, text in (("licence", dataset.licence), ("citation", dataset.citation)):
        if text:
            print_line()
            print_text(f"{what}: {text.strip()}")


def _print_splits(dataset: Dataset, corpus: Corpus) -> None:
    """A row a split: its size, how long its texts are (in characters), and how often each label stands in it."""
    counts = {split: Counter(records.columns.get("label", ())) for split, records in corpus.splits.items()}
    labels = sorted({label for counted in counts.values() for label in counted})[:SHOWN_LABELS]
    lengths = {split: _mean_lengths(dataset, records) for split, records in corpus.splits.items()}
    kinds = list(next(iter(lengths.values())))
    headings = ["mean length"] if len(kinds) == 1 else [f"mean {kind} length" for kind in kinds]
    rows = [
        (split, len(records), *lengths[split].values(), *(counts[split][label] for label in labels))
        for split, records in corpus.splits.items()
    ]
    print_line()
    print_table(("split", "examples", *headings, *labels), rows)


def _mean_lengths(dataset: Dataset, records: Records) -> dict[str, int]:
    """Mean number of characters of each kind of text."""
    return {kind: round(sum(map(len, texts)) / max(len(records), 1)) for kind, texts in dataset.texts(records).items()}


def _print_batch(experiment: Experiment, progress: Progress) -> None:
    """The first batch of the first epoch, and its first item in every form on its way to the model."""
    from seqlab.experiment.inspect_data import first_batch

    batch = first_batch(experiment, progress)
    print_table(("tensor", "shape", "type"), batch.tensors)
    print_line()
    print_line(f"first item, number {batch.row:,} of {batch.rows:,}:")
    for name, text in batch.item_as_text.items():
        print_line(f"{name}: {_shortened(text, SHOWN_OF_AN_ITEM)}")
    for name, array in batch.item.items():
        print_line(f"{name} = {_shortened(' '.join(map(str, array.tolist())), SHOWN_OF_AN_ITEM)}")


def _print_rows(dataset: Dataset, records: Records) -> None:
    """`label: text`, or `source → target`; what has no label is printed after a bare colon."""
    first = records.rows(range(min(SHOWN_ROWS, len(records))))
    kinds = [[_shortened(text, SHOWN_CHARACTERS) for text in texts] for texts in dataset.texts(first).values()]
    print_line()
    for label, *texts in zip(first.columns.get("label", [""] * len(first)), *kinds, strict=True):
        print_line(f"{label}: {texts[0]}" if len(texts) == 1 else " → ".join(texts))


def _shortened(text: str, longest: int) -> str:
    """The beginning on one line, cut anywhere: not every script sets spaces, and a text may be a megabyte."""
    line = " ".join(visible(text).split())
    return line if len(line) <= longest else f"{line[:longest]} … ({len(line):,} characters)"

"""`seqlab vocabulary`: the tokens of a run or a config, and a text as tokens and ids and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, Plugins, RunsDirectory
from seqlab.cli.console import print_json, print_line, print_table
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError

if TYPE_CHECKING:
    from seqlab.text.vectorizer import FittedVectorizer

commands = typer.Typer()

DEFAULT_TOP = 20


@commands.command()
def vocabulary(
    source: Annotated[
        str, typer.Argument(metavar="RUN|CONFIG", help="A run, or a config whose vocabulary is learned.")
    ],
    runs_dir: RunsDirectory,
    plugins: Plugins,
    side: Annotated[
        Literal["source", "target"] | None, typer.Option(help="Of a translation run: which side's vocabulary.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many tokens to show.")] = DEFAULT_TOP,
    encode: Annotated[str | None, typer.Option(metavar="TEXT", help="Show this text as tokens and ids.")] = None,
    decode: Annotated[str | None, typer.Option(metavar="IDS", help="Show these ids as text: '4 17 3'.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the most frequent tokens with their counts, or a text as tokens and ids, or ids as text."""
    ids = None if decode is None else _ids(decode)
    vectorizer = _vectorizer(source, side, runs_dir, plugins)
    if encode is not None:
        shown = _encoded(vectorizer, encode)
    elif ids is not None:
        shown = _decoded(vectorizer, ids)
    else:
        _print_top(vectorizer, top, as_json)
        return
    if as_json:
        print_json(shown)
    else:
        for name, value in shown.items():
            print_line(f"{name:<9}{_spaced(value)}")


def _vectorizer(source: str, side: str | None, runs_dir: Path, plugins: list[str]) -> FittedVectorizer:
    """Of a run as it was saved; of a config as its training split teaches it. Neither needs TensorFlow."""
    from seqlab.config import load, recipe_names
    from seqlab.experiment.inspect_data import vectorizers_of

    is_config = source in recipe_names() or Path(source).is_file()
    run = None if is_config else runs.find(source, runs_dir, status="finished")
    experiment = load(run.config_file if run else source, plugins=tuple(plugins)).experiment
    if run:
        run.refuse_changes()
    return _of_side(vectorizers_of(experiment, run, terminal_progress()), side)


def _of_side(sides: Mapping[str, FittedVectorizer], side: str | None) -> FittedVectorizer:
    """The one that was asked for; where there is one alone, or both sides share it, nobody has to ask."""
    one = next(iter(sides.values()))
    if side is None and any(each is not one for each in sides.values()):
        raise RequestError("there are two vocabularies: ask for one with --side source or --side target")
    if side is not None and side not in sides:
        raise RequestError(f"there is no {side} side: this is no translation, leave --side out")
    return one if side is None else sides[side]


def _print_top(vectorizer: FittedVectorizer, top: int, as_json: bool) -> None:
    words = vectorizer.vocabulary
    specials = len(words.specials)
    rows = [
        (specials + place, token, int(words.counts[place]), int(words.document_counts[place]))
        for place, token in enumerate(words.tokens[:top])
    ]
    if as_json:
        columns = ("id", "token", "count", "documents")
        tokens = [dict(zip(columns, row, strict=True)) for row in rows]
        print_json({"size": len(words), "specials": words.specials, "documents": words.documents, "tokens": tokens})
        return
    print_line(f"{len(words):,} ids: {specials} special, {len(words.tokens):,} tokens from {words.documents:,} texts")
    print_line()
    print_table(("id", "token", "count", "texts"), rows)


def _encoded(vectorizer: FittedVectorizer, text: str) -> dict[str, Any]:
    encoded = vectorizer.encode([text])
    ids = encoded.ids[0].tolist()
    shown = {"tokens": vectorizer.tokens(text), "ids": ids, "decoded": vectorizer.decode(ids)}
    if encoded.weights is not None:
        shown["weights"] = [float(weight) for weight in encoded.weights]
    return shown


def _decoded(vectorizer: FittedVectorizer, ids: list[int]) -> dict[str, Any]:
    largest = len(vectorizer.vocabulary) - 1
    for each in ids:
        if not 0 <= each <= largest:
            raise RequestError(f"there is no id {each}: the ids are 0 to {largest}")
    return {"ids": ids, "decoded": vectorizer.decode(ids)}


def _ids(written: str) -> list[int]:
    try:
        return [int(each) for each in written.replace(",", " ").split()]
    except ValueError:
        raise RequestError(f"'{written}' is not a list of ids; write it like '4 17 3'") from None


def _spaced(value: Any) -> str:
    """Tokens are set apart by bars, because an n-gram holds spaces."""
    if isinstance(value, str):
        return value
    if all(isinstance(each, str) for each in value):
        return " | ".join(value)
    return " ".join(f"{each:.4g}" if isinstance(each, float) else str(each) for each in value)

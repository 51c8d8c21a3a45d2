"""`seqlab vocabulary`: the tokens of a run or a config; texts as tokens and ids, and ids as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, Overrides, Plugins, RunOption, RunsDirectory, chosen_run, note_which
from seqlab.cli.completion import complete_run_or_config
from seqlab.cli.console import print_json, print_line, print_table
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError
from seqlab.text_format import counted, joined_tokens, visible_token

if TYPE_CHECKING:
    from seqlab.text.vectorizer import FittedVectorizer

commands = typer.Typer()

DEFAULT_TOP = 20


@commands.command()
def vocabulary(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|CONFIG",
            default_factory=lambda: None,
            show_default=False,
            help="A run, or a config: its vocabulary is built from the training split.",
            autocompletion=complete_run_or_config,
        ),
    ],
    overrides: Overrides,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    run: RunOption = None,
    side: Annotated[Literal["source", "target"] | None, typer.Option(help="The side of a translation run.")] = None,
    top: Annotated[int, typer.Option(min=1, max=1_000_000_000, help="Number of tokens to show.")] = DEFAULT_TOP,
    encode: Annotated[str | None, typer.Option(metavar="TEXT", help="Show a text as tokens and ids.")] = None,
    decode: Annotated[str | None, typer.Option(metavar="IDS", help="Show ids as text: '4 17 3'.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the most frequent tokens with their counts, a text as tokens and ids, or ids as text."""
    ids = None if decode is None else _ids(decode)
    vectorizer = _vectorizer(chosen_run(source, run), run is None, overrides, side, runs_dir, plugins)
    if encode is not None:
        result = _encoded(vectorizer, encode)
    elif ids is not None:
        result = _decoded(vectorizer, ids)
    else:
        _print_top(vectorizer, top, as_json)
        return
    if as_json:
        print_json(result)
    else:
        for name, value in result.items():
            print_line(f"{name:<9}{_joined(value)}")


def _vectorizer(
    source: str, may_be_config: bool, overrides: list[str], side: str | None, runs_dir: Path, plugins: list[str]
) -> FittedVectorizer:
    """The saved vectorizer of a run, or the vectorizer of a config fitted now. Neither needs TensorFlow."""
    from seqlab.config import load
    from seqlab.config.recipes import is_config as names_config
    from seqlab.experiment.inspect_data import vectorizers_of

    is_config = may_be_config and names_config(source)
    run = None if is_config else note_which(runs.find(source, runs_dir), source, runs_dir)
    if run and overrides:
        raise RequestError(f"the vocabulary of run {run.id} is what it was trained with: remove {overrides[0]}")
    experiment = load(run.config_file if run else source, overrides, plugins=tuple(plugins)).experiment
    if run:
        run.refuse_changes()
    if experiment.vectorizer is None and experiment.data.has_text:
        raise RequestError(f"the encoder of '{experiment.model.name}' reads texts as they are: there is no vocabulary")
    return _of_side(vectorizers_of(experiment, run, runs_dir, terminal_progress()), side)


def _of_side(sides: Mapping[str, FittedVectorizer], side: str | None) -> FittedVectorizer:
    """The vectorizer of a side. `side` may be None if there is only one vocabulary."""
    if not sides:
        raise RequestError("the data have no text, so there is no vocabulary")
    first = next(iter(sides.values()))
    if side is None and any(each is not first for each in sides.values()):
        raise RequestError("there are two vocabularies: choose one with --side source or --side target")
    if side is not None and side not in sides:
        raise RequestError(f"there is no {side} side: only translation has sides, remove --side")
    return first if side is None else sides[side]


def _print_top(vectorizer: FittedVectorizer, top: int, as_json: bool) -> None:
    words = vectorizer.vocabulary
    specials = len(words.specials)
    rows = [
        (specials + index, token, int(words.counts[index]), int(words.document_counts[index]))
        for index, token in enumerate(words.tokens[:top])
    ]
    if as_json:
        columns = ("id", "token", "count", "documents")
        tokens = [dict(zip(columns, row, strict=True)) for row in rows]
        print_json({"size": len(words), "specials": words.specials, "documents": words.documents, "tokens": tokens})
        return
    learned = f"{counted(len(words.tokens), 'token')} from {counted(words.documents, 'text')}"
    print_line(f"{counted(len(words), 'id')}: {specials} special, {learned}")
    print_line()
    print_table(
        ("id", "token", "count", "texts"), [(index, visible_token(token), *rest) for index, token, *rest in rows]
    )


def _encoded(vectorizer: FittedVectorizer, text: str) -> dict[str, Any]:
    encoded = vectorizer.encode([text])
    ids = encoded.ids[0].tolist()
    result = {"tokens": vectorizer.tokens(text), "ids": ids, "decoded": vectorizer.decode(ids)}
    if encoded.weights is not None:
        result["weights"] = [float(weight) for weight in encoded.weights]
    return result


def _decoded(vectorizer: FittedVectorizer, ids: list[int]) -> dict[str, Any]:
    largest = len(vectorizer.vocabulary) - 1
    for each in ids:
        if not 0 <= each <= largest:
            raise RequestError(f"invalid id {each}: ids are 0 to {largest}")
    return {"ids": ids, "decoded": vectorizer.decode(ids)}


def _ids(text: str) -> list[int]:
    try:
        return [int(each) for each in text.replace(",", " ").split()]
    except ValueError:
        raise RequestError(f"'{text}' is not a list of ids such as '4 17 3'") from None


def _joined(value: str | list[Any]) -> str:
    if isinstance(value, str):
        return value
    if all(isinstance(each, str) for each in value):
        return joined_tokens(value)
    return " ".join(f"{each:.4g}" if isinstance(each, float) else str(each) for each in value)

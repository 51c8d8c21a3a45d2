"""`seqlab similar`: how alike texts are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import RUN_HELP, AsJson, Plugins, RunsDirectory, note_which
from seqlab.cli.completion import complete_encoder, complete_run
from seqlab.cli.console import print_json, print_line, print_note
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import is_interactive, process_texts
from seqlab.errors import RequestError
from seqlab.runs.references import IN_CONFIGS
from seqlab.text_format import counted, quoted

if TYPE_CHECKING:
    import numpy as np

commands = typer.Typer()


@commands.command()
def similar(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    texts: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT TEXT",
            default_factory=list,
            show_default=False,
            help="Two texts or more; - reads one per line from stdin.",
        ),
    ],
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help=f"{RUN_HELP}  \\[default: the latest finished run with vectors of texts]",
            show_default=False,
            autocompletion=complete_run,
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            "--encoder",
            metavar="NAME|FOLDER",
            help="A sentence encoder instead of a run: universal, wordllama, the folder of a SavedModel, or its "
            "address on TensorFlow Hub.",
            show_default=False,
            autocompletion=complete_encoder,
        ),
    ] = None,
    matrix: Annotated[bool, typer.Option("--matrix", help="One row of cosines per text, instead of pairs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how alike texts are: the cosine of their vectors, from -1 to 1.

    A line is a pair of texts and its cosine. The vector of a run is what its last layer reads; of word vectors, their
    mean.
    """
    if run is not None and encoder is not None:
        raise RequestError("--run and --encoder: the vectors are of the one or the other; remove one of them")
    if encoder is not None and encoder.startswith(IN_CONFIGS):
        raise RequestError(f"--encoder {encoder}: for a run, --run {encoder.removeprefix(IN_CONFIGS)}")
    if len(texts) == 1 and texts != ["-"]:
        raise RequestError(f"there is nothing to compare '{texts[0]}' with: give two texts or more")
    if not texts and is_interactive():
        raise RequestError('give two texts or more: seqlab similar "a good film" "a fine movie"; or - for stdin')

    def process(given: Iterable[str]) -> None:
        read = [text for text in given if text.strip() or texts != ["-"]]
        if len(read) < 2:
            raise RequestError(f"stdin has {counted(len(read), 'line')}: give two texts or more, one per line")
        _print(read, _cosines(read, run, encoder, runs_dir, plugins), matrix, as_json)

    process_texts(texts, None, process)


def _cosines(texts: list[str], run: str | None, encoder: str | None, runs_dir: Path, plugins: list[str]) -> np.ndarray:
    from seqlab import experiment
    from seqlab.experiment import text_similarity
    from seqlab.experiment.load import refuse_texts

    progress = terminal_progress()
    if encoder is not None:
        vectors = text_similarity.vectors_of_encoder(encoder, texts, progress)
    else:
        reference = run or "latest"
        found = note_which(
            experiment.find(reference, runs_dir, able_to=text_similarity.CAPABILITY), reference, runs_dir
        )
        refuse_texts(found, "texts alone have no vector there; give another run, or --encoder")
        loaded = experiment.load(found, plugins=plugins, progress=progress)
        vectors = text_similarity.vectors_of_run(loaded, texts)
        for text in text_similarity.hardly_known(loaded, texts):
            print_note(f"hardly any token is known, the cosine says little: {quoted(text)}")
    return text_similarity.cosines(vectors, texts)


def _print(texts: list[str], cosines: np.ndarray, matrix: bool, as_json: bool) -> None:
    if matrix and as_json:
        print_json({"texts": texts, "cosines": [[round(each, 6) for each in row] for row in cosines.tolist()]})
        return
    if matrix:
        for row in cosines:
            print_line(*(f"{each:.4f}" for each in row))
        return
    pairs = [(a, b) for a in range(len(texts)) for b in range(a + 1, len(texts))]
    if as_json:
        print_json([{"texts": [texts[a], texts[b]], "cosine": round(float(cosines[a, b]), 6)} for a, b in pairs])
        return
    for a, b in pairs:
        print_line(texts[a], texts[b], f"{cosines[a, b]:.4f}")

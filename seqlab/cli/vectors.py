"""`seqlab vectors`: write word vectors to files, and draw them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from seqlab.cli.arguments import Plugins, RunArgument, RunOption, RunsDirectory, chosen_run
from seqlab.cli.console import print_line, print_note
from seqlab.cli.neighbors import MatrixOption, Side, VectorsOption, VectorsRequest
from seqlab.reports.output_file import cannot_write, refuse_unwritable

commands = typer.Typer()
vectors_commands = typer.Typer(no_args_is_help=True)
commands.add_typer(vectors_commands, name="vectors", help="Export and draw the word vectors of a run or a file.")

DEFAULT_WORDS = 200


def _request(
    argument: str | None, option: str | None, vectors: str | None, side: Side, matrix: MatrixOption, runs_dir: Path,
    plugins: list[str],
) -> VectorsRequest:  # fmt: skip
    """The run is the argument RUN or `--run`, by default the latest."""
    run = chosen_run(argument, option, default="latest")
    given = run if vectors is None or argument is not None or option is not None else None
    return VectorsRequest(given, vectors, side, matrix, runs_dir, plugins)


@vectors_commands.command("export")
def export_command(
    run: RunArgument,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE",
            help="The file; its ending chooses the format: .txt or .vec (word2vec text), .bin (word2vec binary), .npz "
            "(NumPy), .tsv (TensorBoard's projector, with FILE.metadata.tsv beside it).",
        ),
    ],
    run_option: RunOption = None,
    vectors: VectorsOption = None,
    side: Side = None,
    matrix: MatrixOption = None,
) -> None:  # fmt: skip
    """Write word vectors to a file that other programs read."""
    from seqlab.vectors.write_vectors import files_written, write_vectors

    request = _request(run, run_option, vectors, side, matrix, runs_dir, plugins)
    read = request.file()
    for path in files_written(output):
        refuse_unwritable(path, read=read)
    found = request.read()
    try:
        written = write_vectors(found, output)
    except OSError as error:
        raise cannot_write(output, error) from error
    for path in written:
        print_line(path)
    print_note(f"{len(found):,} words, {found.dimensions:,} dimensions")


@vectors_commands.command("map")
def map_command(
    run: RunArgument,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="PICTURE",
            help="A picture (.png, .pdf, .svg, .jpg), or a page (.html) that shows words under the pointer.",
        ),
    ],
    run_option: RunOption = None,
    vectors: VectorsOption = None,
    words: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="The words to draw, separated by commas.", show_default=False),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Number of words: the first ones, by default {DEFAULT_WORDS}; with --words: neighbors of each.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        Literal["pca", "tsne"],
        typer.Option(help="pca: the two directions of largest variance; tsne: neighborhoods (needs scikit-learn)."),
    ] = "pca",
    side: Side = None,
    matrix: MatrixOption = None,
) -> None:  # fmt: skip
    """Draw words where their vectors are, in two dimensions."""
    from seqlab.reports.vector_map import check_map, draw_map, map_of

    check_map(output, method)
    found = _request(run, run_option, vectors, side, matrix, runs_dir, plugins).read()
    chosen = None if words is None else [word.strip() for word in words.split(",") if word.strip()]
    default = DEFAULT_WORDS if chosen is None else 0
    drawn = map_of(found, method, words=chosen, top=default if top is None else top)
    try:
        notes = draw_map(drawn, output)
    except OSError as error:
        raise cannot_write(output, error) from error
    for note in notes:
        print_note(note)
    print_line(output)

"""`seqlab translate`: translations of sentences, their scores and attention."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab import runs
from seqlab.cli.answers import FileEncoding, Spreadsheet, TableRequest, TextColumns
from seqlab.cli.arguments import RUN_HELP, AsJson, Plugins, RunsDirectory, SetOverrides, TextFile, note_which
from seqlab.cli.completion import complete_first_run, complete_run
from seqlab.cli.console import print_json, print_line, print_note
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import TextNotes, process_texts
from seqlab.decoding.beam_options import BeamOptions
from seqlab.errors import RequestError
from seqlab.reports.output_file import cannot_write
from seqlab.text_format import counted, part_of, quoted, verb

if TYPE_CHECKING:
    from seqlab.experiment import LoadedRun
    from seqlab.tasks.translation.results import TranslationResult

commands = typer.Typer()
OF_THE_RUN = r"  \[default: that of the run]"


# Longer than 40 lines, because each option is a parameter with its help.
@commands.command()
def translate(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    overrides: SetOverrides,
    text_columns: TextColumns,
    arguments: Annotated[
        list[str],
        typer.Argument(
            metavar="[RUN] SENTENCE",
            default_factory=list,
            show_default=False,
            help="Sentences to translate; - reads stdin. With --file, or with two or more arguments, the first is a "
            "run if there is such a run.",
            autocompletion=complete_first_run,
        ),
    ],
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help=f"{RUN_HELP} All arguments are sentences then.  "
            r"\[default: the latest finished translation run]",
            show_default=False,
            autocompletion=complete_run,
        ),
    ] = None,
    file: TextFile = None,
    encoding: FileEncoding = None,
    beam_width: Annotated[
        int | None, typer.Option(help=f"Hypotheses kept at each step; 1: greedy search.{OF_THE_RUN}")
    ] = None,
    length_penalty: Annotated[
        float | None,
        typer.Option(help=f"0: compare total log probabilities; larger values prefer longer translations.{OF_THE_RUN}"),
    ] = None,
    coverage_penalty: Annotated[
        float | None, typer.Option(help=f"Penalty for unattended source words.{OF_THE_RUN}")
    ] = None,
    unknown_penalty: Annotated[
        float | None,
        typer.Option(help=f"Subtracted from the log probability of [UNK]; 0.69 halves its probability.{OF_THE_RUN}"),
    ] = None,
    replace_unknown: Annotated[
        bool, typer.Option("--replace-unknown", help="Replace [UNK] with the source word that has the most attention.")
    ] = False,
    n_best: Annotated[int, typer.Option(help="Number of translations per sentence.")] = BeamOptions.n_best,
    attention: Annotated[bool, typer.Option("--attention", help="Show the attention weights in the terminal.")] = False,
    show_steps: Annotated[
        bool, typer.Option("--show-steps", help="Show the hypotheses of every step with their log probabilities.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write a table (.csv, .tsv, .jsonl, .parquet), or draw the attention weights (.png, .svg, .pdf).",
        ),
    ] = None,
    spreadsheet: Spreadsheet = None,
    as_json: AsJson = False,
) -> None:
    """Translate sentences, or each line of a file. Prints one line per sentence; blank lines stay blank.

    RUN can be the first argument or --run. Without --file, a single argument is
    a sentence. With --n-best a line is score, tab, translation.
    """
    from seqlab import experiment
    from seqlab.reports.answer_table import is_table

    penalties = {
        "length_penalty": length_penalty,
        "coverage_penalty": coverage_penalty,
        "unknown_penalty": unknown_penalty,
    }
    given = {name: value for name, value in {"beam_width": beam_width, **penalties}.items() if value is not None}
    # Refuses what no run can do before one is loaded.
    BeamOptions().changed({**given, "n_best": n_best if beam_width is not None else min(n_best, 1)})
    reference, sentences = _split_run(arguments, run, runs_dir, from_file=file is not None)
    picture = None if output is None or is_table(output) else output
    request = TableRequest(file, text_columns, output if picture is None else None, spreadsheet, as_json, encoding)
    if picture is not None:
        _check_picture(picture, sentences)
    request.check(sentences)
    found = note_which(experiment.find(reference, runs_dir, able_to="translate"), reference, runs_dir)
    table = request.read(found, plugins, overrides)
    loaded = experiment.load(found, plugins=plugins, overrides=overrides, progress=terminal_progress())
    beam = loaded.beam({**given, "n_best": n_best})
    for note in loaded.translation_notes(beam, replace_unknown=replace_unknown, steps=show_steps):
        print_note(note)
    printer = _TranslationPrinter(loaded, beam, replace_unknown, attention, show_steps, picture, as_json)
    if table is None and request.output is None:
        process_texts(sentences, file, printer, encoding)
    elif n_best > 1 or attention or show_steps:
        raise RequestError("a table has one translation per row: remove --n-best, --attention and --show-steps")
    else:
        request.answer(table, sentences, ("translation",), printer.answers)


def _check_picture(picture: Path, sentences: list[str]) -> None:
    """Raises RequestError before a model is loaded for a picture that cannot be drawn."""
    from seqlab.reports.plots import refuse_picture

    if len(sentences) != 1:
        raise RequestError("a picture shows the attention of one sentence: give exactly one")
    refuse_picture(picture)


def _split_run(arguments: list[str], option: str | None, runs_dir: Path, *, from_file: bool) -> tuple[str, list[str]]:
    """The run and the sentences. The first argument is a run if it resolves as one, has no spaces and is not alone.

    With `--file` there are no sentences among the arguments, and the only argument is the run.
    """
    if option is not None:
        return option, arguments
    if arguments and " " not in arguments[0] and runs.resolves(arguments[0], runs_dir):
        if len(arguments) > 1 or from_file:
            return arguments[0], arguments[1:]
        print_note(
            f"{quoted(arguments[0])} is translated as a sentence; for the run: --run {shlex.quote(arguments[0])}"
        )
    return "latest", arguments


@dataclass(frozen=True)
class _TranslationPrinter:
    """Translates sentences and prints what the options request."""

    loaded: LoadedRun
    beam: BeamOptions
    replace_unknown: bool
    attention: bool
    show_steps: bool
    picture: Path | None
    as_json: bool

    def __call__(self, sentences: Iterable[str]) -> None:
        inputs, printed = tee(sentences)
        answers = self.loaded.stream_translations(
            inputs, beam=self.beam, replace_unknown=self.replace_unknown, steps=self.show_steps
        )
        notes = TextNotes()
        for sentence, answer in zip(printed, answers, strict=True):
            self._print(sentence, answer)
            for what, warning in _warnings(sentence, answer):
                notes.note(what, warning)
        notes.note_rest()

    def answers(self, sentences: Iterable[str]) -> Iterator[tuple[str | None]]:
        """The translation of each sentence; None for a blank one."""
        notes = TextNotes()
        inputs, named = tee(sentences)
        answers = self.loaded.stream_translations(inputs, beam=self.beam, replace_unknown=self.replace_unknown)
        for sentence, answer in zip(named, answers, strict=True):
            yield (answer.label if answer.hypotheses else None,)
            for what, warning in _warnings(sentence, answer):
                notes.note(what, warning)
        notes.note_rest()

    def _print(self, sentence: str, answer: TranslationResult) -> None:
        if self.as_json:
            print_json({"text": sentence, "translation": answer.label, **self._json_fields(answer)}, indent=None)
            return
        for number, step in enumerate(answer.steps, start=1):
            print_line(f"step {number}")
            for prefix, log_probability in step:
                print_line(f"  {log_probability:8.3f}  {prefix}")
        self._print_translations(answer)
        if answer.hypotheses and (self.attention or self.picture):
            self._print_attention(answer)

    def _print_translations(self, answer: TranslationResult) -> None:
        if self.beam.n_best == 1 or not answer.hypotheses:
            print_line(answer.label)
            return
        for each in answer.hypotheses:
            print_line(f"{each.score:.4f}", each.text)

    def _print_attention(self, answer: TranslationResult) -> None:
        best = answer.hypotheses[0]
        if not any(map(any, best.attention)):
            print_note("this model has no attention weights")
            return
        rows, columns = [*best.tokens, "[END]"][: len(best.attention)], [*answer.source_tokens, "[END]"]
        if self.attention:
            from seqlab.cli.attention import print_attention

            print_attention(rows, columns, best.attention)
        if self.picture is not None:
            from seqlab.reports.plots import draw_attention

            try:
                note = draw_attention(rows, columns, best.attention, self.picture)
            except OSError as error:
                raise cannot_write(self.picture, error) from error
            if note:
                print_note(note)
            print_note(f"wrote {self.picture}")

    def _json_fields(self, answer: TranslationResult) -> dict[str, Any]:
        """The fields of an answer, without attention and steps unless they are requested."""
        fields = asdict(answer)
        if not self.attention:
            for each in fields["hypotheses"]:
                del each["attention"]
        if not self.show_steps:
            del fields["steps"]
        return fields


def _warnings(sentence: str, answer: TranslationResult) -> Iterator[tuple[str, str]]:
    """What may be wrong with a translation: in words that follow "more texts", and in a sentence."""
    if answer.unreadable:
        yield "have unknown tokens", _unknown_tokens_warning(sentence, answer)
    read = len(answer.source_tokens)
    if answer.cut_off:
        total = read + answer.cut_off
        yield (
            "are too long",
            f"only the first {read:,} of {total:,} tokens {verb(read, 'was', 'were')} read: {quoted(sentence)}",
        )
    if answer.hypotheses and not answer.hypotheses[0].complete:
        written = counted(len(answer.hypotheses[0].tokens), "token")
        yield "have a translation that was cut", f"the translation was cut at {written}: {quoted(sentence)}"


def _unknown_tokens_warning(sentence: str, answer: TranslationResult) -> str:
    unknown = (
        f"{part_of(answer.unknown, len(answer.source_tokens), 'token')} {verb(answer.unknown, 'is', 'are')} unknown"
    )
    warning = f"{unknown}, the translation is a guess: {quoted(sentence)}"
    return f"{warning}; is the sentence in the target language?" if answer.reversed_direction else warning

"""`seqlab explain`: what moved the answer of a run, in the terminal, as JSON, or as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab.cli.answers import FileEncoding, TableRequest, TextColumns
from seqlab.cli.arguments import (
    AsJson,
    Plugins,
    RunArgument,
    RunOption,
    RunsDirectory,
    SetOverrides,
    TextFile,
    note_which,
    split_run,
)
from seqlab.cli.console import print_json, print_line, print_note, print_sentence
from seqlab.cli.explanation import print_explanation
from seqlab.cli.predict import hint_if_unknown
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import TextNotes, is_interactive, process_texts
from seqlab.errors import RequestError
from seqlab.explanations.as_json import plain
from seqlab.explanations.options import METHODS, ExplainOptions, Method
from seqlab.explanations.results import Attribution, Explanation, Faithfulness
from seqlab.explanations.wording import faithfulness_in_words, notes_of
from seqlab.text_format import counted, quoted

if TYPE_CHECKING:
    from seqlab.experiment import LoadedRun

commands = typer.Typer()

TEXT_HINT = "RUN comes first, then the texts: seqlab explain latest TEXT"


# Longer than 40 lines, because each option is a parameter with its help.
@commands.command()
def explain(
    run: RunArgument,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    overrides: SetOverrides,
    text_columns: TextColumns,
    texts: Annotated[
        list[str],
        typer.Argument(metavar="TEXT", default_factory=list, show_default=False, help="Texts; - reads stdin."),
    ],
    run_option: RunOption = None,
    file: TextFile = None,
    encoding: FileEncoding = None,
    method: Annotated[
        Method | None,
        typer.Option(metavar="METHOD", help=f"{', '.join(METHODS)}; by default the best that the model allows."),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option("--class", metavar="LABEL", help="Explain this class instead of the predicted one."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="SENTENCE", help="Of a translator: explain this translation of the text."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="The parts that are listed, the largest first.")] = 10,
    faithful: Annotated[
        bool, typer.Option("--faithfulness", help="Measure how faithful the contributions are to the model.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a page (.html) instead of printing.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what moved the answer to a text, token by token.

    Of a classifier or a regression: what each token adds to the score. Of a
    language model: how surprising each token is. Of a translator: the
    probability of each token, and what it attended to.
    """
    from seqlab import experiment

    reference, texts = split_run(run, run_option, texts)
    options = ExplainOptions(method, label, faithful, target)
    with hint_if_unknown("" if run_option else TEXT_HINT):
        found = note_which(experiment.find(reference, runs_dir, able_to="explain"), reference, runs_dir)
    request = TableRequest(file, text_columns, None, None, as_json, encoding)
    request.check(texts)
    _check(options, texts, file, output, as_json)
    table = request.read(found, plugins, overrides)
    loaded = experiment.load(found, plugins=plugins, overrides=overrides, progress=terminal_progress())
    printer = _Printer(loaded, options, top, as_json, output)
    if table is None:
        process_texts(texts, file, printer, encoding)
    else:
        printer(table.examples())


def _check(options: ExplainOptions, texts: list[str], file: str | None, output: Path | None, as_json: bool) -> None:
    """Raises RequestError before a model is loaded."""
    if options.target is not None and (file is not None or len(texts) != 1 or texts == ["-"]):
        raise RequestError("--target is the translation of one sentence: give exactly one")
    if output is None:
        return
    from seqlab.reports.explanation_page import check_page

    if as_json:
        raise RequestError("--json prints to the terminal: remove it, or the page (-o)")
    if not texts and file is None and is_interactive():
        raise RequestError(f"give the texts that {output} explains, or --file FILE")
    check_page(output)


@dataclass
class _Printer:
    """Explains texts as they come, and prints or collects what is found."""

    loaded: LoadedRun
    options: ExplainOptions
    top: int
    as_json: bool
    output: Path | None
    judged: list[Faithfulness] = field(default_factory=list)
    explained: int = 0

    def __call__(self, examples: Iterable[Any]) -> None:
        found = self._noted(self.loaded.stream_explanations(examples, self.options))
        if self.output is not None:
            self._write_page(found, self.output)
        else:
            for explanation in found:
                self._print(explanation)
        if not self.explained:
            print_note("there are no texts to explain")
        if len(self.judged) > 1:
            self._print_mean()

    def _noted(self, found: Iterable[Explanation]) -> Iterator[Explanation]:
        """The same, with notes on what cannot be explained."""
        notes = TextNotes()
        for explanation in found:
            yield explanation
            self.explained += 1
            if explanation.empty:
                notes.unanswered(quoted(explanation.text))
            for note in notes_of(explanation):
                notes.note("are not read as they are", f"{note}: {quoted(explanation.text)}")
            if isinstance(explanation, Attribution) and explanation.faithfulness is not None:
                self.judged.append(explanation.faithfulness)
        notes.note_rest()

    def _print(self, explanation: Explanation) -> None:
        if self.as_json:
            print_json(plain(explanation), indent=None)
            return
        if self.explained:
            print_line()
        print_explanation(explanation, self.top)

    def _print_mean(self) -> None:
        from seqlab.explanations.faithfulness import mean_faithfulness

        mean = mean_faithfulness(self.judged)
        what = f"mean of {counted(len(self.judged), 'text')}"
        if self.as_json:
            print_note(f"{what}: {faithfulness_in_words(mean)}")
            return
        print_line()
        print_sentence(f"{what}: {faithfulness_in_words(mean)}")

    def _write_page(self, found: Iterable[Explanation], output: Path) -> None:
        from seqlab.reports.explanation_page import write_page

        for note in write_page(found, output, run=self.loaded.run.id, top=self.top, judged=self.judged):
            print_note(note)
        print_note(f"wrote {output}")

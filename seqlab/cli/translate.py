"""`seqlab translate`: sentences in another language, and where the model looked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import tee
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, Plugins, RunsDirectory
from seqlab.cli.console import note, print_json, print_line
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import answer_all
from seqlab.decoding.beam_options import BeamOptions
from seqlab.errors import RequestError
from seqlab.text_format import counted, quoted

if TYPE_CHECKING:
    from seqlab.experiment import LoadedRun
    from seqlab.tasks.translation.results import TranslationResult

commands = typer.Typer()

TOLD = 3
"""Sentences that cannot be read and are told one by one; of a longer file only their number is."""


@commands.command()
def translate(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    sentences: Annotated[
        list[str],
        typer.Argument(
            metavar="SENTENCE", default_factory=list, show_default=False, help="What to translate; - is stdin."
        ),
    ],
    run: Annotated[
        str, typer.Option(metavar="RUN", help="A translation run; the latest finished one if not given.")
    ] = "latest",
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="A file with one sentence per line; - is stdin.")
    ] = None,
    beam_width: Annotated[
        int, typer.Option(help="Beginnings that are kept at every step; 1: greedy.")
    ] = BeamOptions.width,
    length_penalty: Annotated[
        float, typer.Option(help="0: the most probable translation; more: longer ones.")
    ] = BeamOptions.length_penalty,
    coverage_penalty: Annotated[
        float, typer.Option(help="What it costs to leave source words without a look.")
    ] = BeamOptions.coverage_penalty,
    unknown_penalty: Annotated[
        float, typer.Option(help="Taken from the unknown word's log-probability; 0.69 halves its probability.")
    ] = BeamOptions.unknown_penalty,
    replace_unknown: Annotated[
        bool, typer.Option("--replace-unknown", help="Write an unknown word as the source word that was looked at.")
    ] = False,
    n_best: Annotated[
        int, typer.Option(help="So many translations of each sentence, with their scores.")
    ] = BeamOptions.n_best,
    attention: Annotated[bool, typer.Option("--attention", help="Show where the model looked at each word.")] = False,
    show_steps: Annotated[
        bool, typer.Option("--show-steps", help="Show the candidates of every step with their log-probabilities.")
    ] = False,
    picture: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PICTURE", help="Draw the attention into this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Translate a sentence, or each line of a file: one line each, blank lines stay blank.

    With --n-best a line holds the score, a tab and the translation.
    """
    from seqlab import experiment

    beam = BeamOptions(beam_width, length_penalty, coverage_penalty, unknown_penalty, n_best)
    if picture is not None and len(sentences) != 1:
        raise RequestError("a picture shows the attention of one sentence: give exactly one")
    found = runs.find(run, runs_dir, task="translation", status="finished")
    with terminal_progress().step("loading the run"):
        loaded = experiment.load(found, plugins=plugins)
    shown = _Shown(loaded, beam, replace_unknown, attention, show_steps, picture, as_json)
    answer_all(sentences, file, shown)


class _Shown:
    """Translates texts and prints what was asked for."""

    def __init__(
        self,
        loaded: LoadedRun,
        beam: BeamOptions,
        replace_unknown: bool,
        attention: bool,
        show_steps: bool,
        picture: Path | None,
        as_json: bool,
    ) -> None:
        self.loaded, self.beam, self.replace_unknown = loaded, beam, replace_unknown
        self.attention, self.show_steps, self.picture, self.as_json = attention, show_steps, picture, as_json

    def __call__(self, texts: Iterable[str]) -> None:
        asked, shown = tee(texts)
        answers = self.loaded.stream_translations(
            asked, beam=self.beam, replace_unknown=self.replace_unknown, steps=self.show_steps
        )
        strange = 0
        for text, answer in zip(shown, answers, strict=True):
            self._show(text, answer)
            strange += answer.unreadable
            if answer.unreadable and strange <= TOLD:
                note(self._why_strange(text, answer))
        if strange > TOLD:
            note(f"the same of {strange - TOLD:,} more sentences")

    def _why_strange(self, text: str, answer: TranslationResult) -> str:
        tokens, verb = counted(len(answer.source_tokens), "token"), "is" if answer.unknown == 1 else "are"
        said = f"{answer.unknown} of {tokens} {verb} unknown, this is a guess: {quoted(text)}"
        return f"{said}; is that the language in which this run writes?" if answer.reversed_direction else said

    def _show(self, text: str, answer: TranslationResult) -> None:
        if self.as_json:
            print_json({"text": text, "translation": answer.label, **self._asked_for(answer)}, indent=None)
        else:
            for number, step in enumerate(answer.steps, start=1):
                print_line(f"step {number}")
                for beginning, log_probability in step:
                    print_line(f"  {log_probability:8.3f}  {beginning}")
            self._print_translations(answer)
        if answer.hypotheses and (self.attention or self.picture) and not self.as_json:
            self._show_attention(answer)

    def _print_translations(self, answer: TranslationResult) -> None:
        if self.beam.n_best == 1 or not answer.hypotheses:
            print_line(answer.label)
            return
        for each in answer.hypotheses:
            print_line(f"{each.score:.4f}", each.text)

    def _show_attention(self, answer: TranslationResult) -> None:
        best = answer.hypotheses[0]
        if not any(map(any, best.attention)):
            note("this model has no attention: it looks nowhere")
            return
        rows, columns = [*best.tokens, "[END]"][: len(best.attention)], [*answer.source_tokens, "[END]"]
        if self.attention:
            from seqlab.cli.attention import print_attention

            print_attention(rows, columns, best.attention)
        if self.picture is not None:
            from seqlab.reports.plots import draw_attention

            draw_attention(rows, columns, best.attention, self.picture)
            note(f"drawn into {self.picture}")

    def _asked_for(self, answer: TranslationResult) -> dict[str, Any]:
        """Every field of an answer but what is long and was not asked for."""
        fields = asdict(answer)
        if not self.attention:
            for each in fields["hypotheses"]:
                del each["attention"]
        if not self.show_steps:
            del fields["steps"]
        return fields

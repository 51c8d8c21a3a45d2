"""`seqlab generate`: text from a language model."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, Plugins, RunArgument, RunOption, RunsDirectory, chosen_run
from seqlab.cli.console import print_json, print_line, print_note, print_table, print_text
from seqlab.cli.progress import terminal_progress
from seqlab.text_format import visible

if TYPE_CHECKING:
    from seqlab.decoding.options import Sampling
    from seqlab.experiment import LoadedRun

commands = typer.Typer()


@commands.command()
def generate(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    run: RunArgument,
    run_option: RunOption = None,
    prompt: Annotated[
        str | None, typer.Option(help="What the text goes on from; if not given, it begins where a line begins.")
    ] = None,
    length: Annotated[int, typer.Option(min=1, help="How many tokens to write.")] = 500,
    temperature: Annotated[float, typer.Option(help="Below 1 bolder, above 1 wilder; 0: always the likeliest.")] = 1.0,
    top_k: Annotated[int | None, typer.Option(help="Draw from the k likeliest tokens only.")] = None,
    top_p: Annotated[float, typer.Option(help="Draw from the likeliest tokens that hold this probability.")] = 1.0,
    min_p: Annotated[
        float, typer.Option(help="Draw from tokens at least this share as likely as the likeliest.")
    ] = 0.0,
    repetition_penalty: Annotated[float, typer.Option(help="Above 1: what was written gets less likely.")] = 1.0,
    samples: Annotated[int, typer.Option(min=1, max=1024, help="How many texts to write.")] = 1,
    seed: Annotated[int | None, typer.Option(help="The same seed writes the same text.")] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Then say how varied the text is, and what of it is copied.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write text with a language model. A single text appears while it is written.

    Without RUN, the latest finished run of a language model.
    """
    from seqlab import experiment
    from seqlab.decoding.options import Sampling

    chosen = secrets.randbelow(2**31) if seed is None else seed
    sampling = Sampling(temperature, top_k, top_p, min_p, repetition_penalty, chosen)
    found = runs.find(chosen_run(run, run_option, "latest"), runs_dir, task="language_model", status="finished")
    with terminal_progress().step("loading the run"):
        loaded = experiment.load(found, plugins=plugins)
    if report:
        loaded.require_data()  # what was written is compared with the training text
    stream = samples == 1 and not as_json
    if prompt and (out_of_vocabulary := loaded.out_of_vocabulary(prompt)):
        print_note(f"the training text does not hold {_listed(out_of_vocabulary)}: read as unknown")
    texts = _written(loaded, prompt, length, samples, sampling, stream=stream)
    if seed is None and temperature:
        print_note(f"written with --seed {chosen}")
    if as_json:
        written: dict[str, Any] = {"run": found.id, "prompt": prompt, "seed": chosen, "texts": texts}
        print_json(written | ({"report": loaded.report(texts)} if report else {}))
        return
    if not stream:
        for number, text in enumerate(texts, start=1):
            print_text(f"--- {number} ---\n{prompt or ''}{text}")
    if report:
        _print_report(loaded.report(texts))


def _written(
    loaded: LoadedRun, prompt: str | None, length: int, samples: int, sampling: Sampling, *, stream: bool
) -> list[str]:
    """The texts behind the prompt; a single one is printed as it comes."""
    pieces: list[list[str]] = []
    for piece in loaded.written(prompt, length=length, samples=samples, sampling=sampling):
        if stream:
            begin = (prompt or "") if not pieces else ""
            sys.stdout.write(visible(begin + piece[0], keep="\n\t"))
            sys.stdout.flush()
        pieces.append(piece)
    if stream:
        sys.stdout.write("\n")
    return ["".join(parts) for parts in zip(*pieces, strict=True)]


def _print_report(report: dict[str, Any]) -> None:
    print_line()
    print_table(("what", ""), [(name, _shown(value)) for name, value in report.items() if name != "longest_copied"])
    copied = report["longest_copied"]
    if copied is None:
        print_line("nothing of it stands in the training text")
        return
    print_line(
        f"longest passage copied from the training text, {len(copied['text'])} characters, line {copied['line']}:"
    )
    print_text(copied["text"])


def _listed(tokens: list[str], most: int = 5) -> str:
    """The first few, in quotation marks."""
    more = f" and {len(tokens) - most} more" if len(tokens) > most else ""
    return ", ".join(repr(token) for token in tokens[:most]) + more


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)

"""`seqlab generate`: text from a language model."""

from __future__ import annotations

import functools
import inspect
import secrets
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

from seqlab.cli.arguments import AsJson, Plugins, RunArgument, RunOption, RunsDirectory, chosen_run, note_which
from seqlab.cli.console import print_json, print_line, print_note, print_table, print_text
from seqlab.cli.plain_help import hide_types
from seqlab.cli.plugins import import_plugin, named_plugins
from seqlab.cli.progress import terminal_progress
from seqlab.text_format import counted, unix_newlines, visible

if TYPE_CHECKING:
    from seqlab.decoding.sampling_options import ProcessorOption, SamplingOptions
    from seqlab.experiment import LoadedRun


class _WithSamplingOptions(TyperCommand):
    """A command with an option for every option of the logits processors, plug-ins included.

    They are added when the command is parsed, not when it is listed: plug-ins are known then, and `seqlab --help` does
    not pay for describing them.
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        if not extra.get("resilient_parsing"):  # the shell's completion runs no code of others
            for module in named_plugins(args):
                import_plugin(module)
        from seqlab.decoding.sampling_options import processor_options

        app = typer.Typer(add_completion=False, context_settings=dict(self.context_settings))
        app.command(self.name)(_spelled_out(generate, processor_options()))
        command = get_command(app)
        hide_types(command, typer.Context(command, parent=parent))
        return command.make_context(info_name, args, parent=parent, **extra)


def _spelled_out(function: Callable[..., None], options: Mapping[str, ProcessorOption]) -> Callable[..., None]:
    """The function with `options` in place of `**options` in its signature, which Typer reads."""

    @functools.wraps(function)
    def with_options(**arguments: Any) -> None:
        function(**arguments)

    keyword_only = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        parameter.replace(kind=keyword_only)
        for parameter in inspect.signature(function, eval_str=True).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    for name, option in options.items():
        of_type: Any = option.type | None if option.optional else option.type
        annotation = Annotated[of_type, typer.Option(help=option.help)]
        parameters.append(inspect.Parameter(name, keyword_only, default=option.default, annotation=annotation))
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions may have one
    return with_options


def generate(  # over 40 lines, half of them options; the docstring is the help
    runs_dir: RunsDirectory,
    plugins: Plugins,
    run: RunArgument,
    run_option: RunOption = None,
    prompt: Annotated[
        str | None, typer.Option(help="The text to continue; by default a line end, after which nothing else was read.")
    ] = None,
    length: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many tokens to generate.")] = 500,
    samples: Annotated[int, typer.Option(min=1, max=1024, help="How many texts to generate.")] = 1,
    seed: Annotated[
        int | None, typer.Option(help="The same seed and options give the same text; by default a random one.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Also print how varied the text is, and what it copies from training.")
    ] = False,
    as_json: AsJson = False,
    **options: bool | float | None,
) -> None:
    """Generate text with a language model. A single text is printed as it is generated.

    Without RUN, the latest finished run of a language model.
    """
    from seqlab import experiment
    from seqlab.decoding.sampling_options import SamplingOptions

    chosen = secrets.randbelow(2**31) if seed is None else seed
    sampling = SamplingOptions(seed=chosen, **options)
    reference = chosen_run(run, run_option, "latest")
    found = note_which(experiment.find(reference, runs_dir, able_to="generate"), reference, runs_dir)
    loaded = experiment.load(found, plugins=plugins, progress=terminal_progress())
    if report:
        loaded.require_data()  # the report compares the text with the training text
    stream = samples == 1 and not as_json
    prompt = None if prompt is None else unix_newlines(prompt)
    for note in loaded.prompt_notes(prompt) if prompt else ():
        print_note(note)
    texts = _generated(loaded, prompt, length, samples, sampling, stream=stream)
    if seed is None and not sampling.greedy:
        print_note(f"generated with --seed {chosen}")
    if as_json:
        result: dict[str, Any] = {"run": found.id, "prompt": prompt, "seed": chosen, "texts": texts}
        print_json(result | ({"report": loaded.report(texts)} if report else {}))
        return
    if not stream:
        _print_numbered(texts, prompt or "")
    if report:
        _print_report(loaded.report(texts))


commands = typer.Typer()
commands.command(cls=_WithSamplingOptions)(_spelled_out(generate, {}))


def _generated(
    loaded: LoadedRun, prompt: str | None, length: int, samples: int, sampling: SamplingOptions, *, stream: bool
) -> list[str]:
    """The texts after the prompt; with `stream` the only one is printed as it is generated."""
    pieces: list[list[str]] = []
    for piece in loaded.stream_text(prompt, length=length, samples=samples, sampling=sampling):
        if stream:
            begin = (prompt or "") if not pieces else ""
            sys.stdout.write(visible(begin + piece[0], keep="\n\t"))
            sys.stdout.flush()
        pieces.append(piece)
    if stream:
        sys.stdout.write("\n")
    return ["".join(parts) for parts in zip(*pieces, strict=True)]


def _print_numbered(texts: list[str], prompt: str) -> None:
    for number, text in enumerate(texts, start=1):
        print_text(f"--- {number} ---\n{prompt}{text}")


def _print_report(report: dict[str, Any]) -> None:
    print_line()
    print_table(
        ("of the text", ""), [(name, _shown(value)) for name, value in report.items() if name != "longest_copied"]
    )
    copied = report["longest_copied"]
    if copied is None:
        print_line("no passage of it occurs in the training text")
        return
    print_line(
        f"longest passage copied from the training text, {counted(len(copied['text']), 'character')}, line "
        f"{copied['line']}:"
    )
    print_text(copied["text"])


def _shown(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)

"""`seqlab serve`: an API and a page for trained runs."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.util import find_spec
from typing import Annotated

import typer

from seqlab.cli.arguments import RUN_HELP, AsJson, Plugins, RunsDirectory, SetOverrides, note_which
from seqlab.cli.completion import complete_run
from seqlab.cli.console import print_error, print_json, print_note
from seqlab.cli.failures import bug_message
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError
from seqlab.progress import SILENT
from seqlab.text_format import visible

commands = typer.Typer()

NEEDED = ("fastapi", "uvicorn")
INSTALL = 'pip install "seqlab[serve]"'


# Longer than 40 lines, because each option is a parameter with its help.
@commands.command()
def serve(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    overrides: SetOverrides,
    references: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN", default_factory=list, show_default=False, help=RUN_HELP, autocompletion=complete_run
        ),
    ],
    run_option: Annotated[
        list[str],
        typer.Option(
            "--run",
            metavar="RUN",
            default_factory=list,
            show_default=False,
            help="A run, instead of the argument RUN. Can be repeated.",
            autocompletion=complete_run,
        ),
    ],
    hosts: Annotated[
        list[str],
        typer.Option(
            "--allow-host",
            metavar="NAME",
            default_factory=list,
            show_default=False,
            help="Also answer requests to this name of the machine. Can be repeated.",
        ),
    ],
    origins: Annotated[
        list[str],
        typer.Option(
            "--allow-origin",
            metavar="ORIGIN",
            default_factory=list,
            show_default=False,
            help="Also answer pages of another server, such as https://example.org (CORS). Can be repeated.",
        ),
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0: any free one.")] = 8000,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address; 0.0.0.0 for all of this machine.")
    ] = "127.0.0.1",
    max_waiting: Annotated[
        int, typer.Option(min=1, max=100_000, help="Requests of a run that wait or are answered; others get 429.")
    ] = 64,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=86_400, help="Seconds without progress after which a request ends.")
    ] = 60.0,
    warms_up: Annotated[
        bool,
        typer.Option(
            "--warm-up/--no-warm-up",
            help="Have each run answer once before the server does: the first answer takes up to some seconds longer.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Serve runs on this machine: an API with server-sent events, and a page that uses it.

    Ctrl-C stops it. SIGTERM lets the requests in progress end first.
    """
    asked = [*references, *run_option]
    if not asked:
        raise RequestError("RUN is missing: give one run or several (`seqlab runs list` lists them)")
    _refuse_without_packages()
    from seqlab import experiment, runs
    from seqlab.serving.app import application
    from seqlab.serving.limits import Limits
    from seqlab.serving.origins import is_loopback
    from seqlab.serving.server import listen, run, server_of, url_of
    from seqlab.serving.warm_up import warm_up

    found = {each.id: each for each in (note_which(runs.find(a, runs_dir), a, runs_dir) for a in asked)}
    limits, progress = Limits(max_waiting, timeout), terminal_progress()
    with listen(host, port) as listening:
        loaded = [
            replace(  # what a request computes is of no interest here
                experiment.load(each, plugins=plugins, overrides=overrides, progress=progress), progress=SILENT
            )
            for each in found.values()
        ]
        app, service = application(
            loaded, bound=host, hosts=hosts, origins=origins, limits=limits, report_bug=_report_bug
        )
        url = url_of(listening)

        def ready() -> None:
            if not is_loopback(host):
                print_note("anyone who reaches this address can use the runs: there is no password, and no encryption")
            print_note(f"serving at {url} (Ctrl-C stops)")
            for each in found:
                print_note(f"  {each}")
            if as_json:
                print_json({"url": url, "pid": os.getpid(), "runs": list(found)}, indent=None)

        try:
            if warms_up:
                progress.say("answering once with each run (--no-warm-up skips this)")
                warm_up(service.runs, _report_bug)
            run(server_of(app, limits, ready), listening, lambda text: print_note(visible(text)))
        finally:
            service.runs.close()
        print_note("stopped")


def _report_bug(error: Exception) -> None:
    print_error(bug_message(error))


def _refuse_without_packages() -> None:
    """Raises RequestError, with the command that installs them, before anything is loaded."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise RequestError(f"a server needs {' and '.join(missing)}: {INSTALL}")

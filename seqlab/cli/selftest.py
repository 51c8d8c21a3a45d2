"""`seqlab selftest`: tests of guarantees on this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from seqlab.cli.arguments import AsJson, ConfigArgument, Overrides
from seqlab.cli.console import print_json, print_line
from seqlab.cli.progress import terminal_progress
from seqlab.errors import SeqlabError

selftest = typer.Typer(no_args_is_help=True, help="Test on this machine what seqlab guarantees.")
commands = typer.Typer()
commands.add_typer(selftest, name="selftest")


@selftest.command()
def resume(
    config: ConfigArgument,
    overrides: Overrides,
    kills: Annotated[int, typer.Option(min=1, max=1000, help="Number of times the second training is killed.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Train once without interruption and once killed and resumed, and compare the two runs bit for bit."""
    from seqlab.config import load
    from seqlab.experiment.resume_selftest import prove_resume

    loaded = load(config, overrides)
    with tempfile.TemporaryDirectory(prefix="seqlab-selftest-") as folder:
        proof = prove_resume(loaded, Path(folder), kills=kills, progress=terminal_progress())
    if as_json:
        print_json({"kills": proof.kills, "identical": not proof.differences, "differences": list(proof.differences)})
    else:
        verdict = "different" if proof.differences else "identical bit for bit"
        print_line(f"killed {proof.kills} times and resumed: {verdict} (weights, metrics, predictions)")
    if proof.differences:
        raise SeqlabError(f"the resumed run differs from the uninterrupted run in {', '.join(proof.differences)}")
    if proof.kills < kills:
        raise SeqlabError(
            f"training finished after {proof.kills} of {kills} kills: train longer, for example with training.epochs=50"
        )

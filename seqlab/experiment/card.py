"""The model card of a run."""

from __future__ import annotations

from collections.abc import Iterable

from seqlab.config import load as load_config
from seqlab.errors import RequestError
from seqlab.experiment.load import example_command
from seqlab.experiment.run_session import reference
from seqlab.reports.card import CardFacts, card
from seqlab.runs import Run


def model_card(run: Run, *, plugins: Iterable[str] = ()) -> str:
    """A model card in Markdown. Raises RequestError for a run that is not finished."""
    if (status := run.status()) != "finished":
        raise RequestError(f"run {run.id} is {status}: only a finished run has a model card")
    experiment = load_config(run.config_file, plugins=tuple(plugins)).experiment
    data = experiment.data
    return card(
        run,
        CardFacts(
            _first_paragraph(experiment.model.component_help()),
            _first_paragraph(data.component_help()),
            data.licence,
            data.citation,
            example_command(run, reference(run)),
        ),
    )


def _first_paragraph(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())

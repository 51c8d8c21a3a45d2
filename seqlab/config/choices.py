"""The components that a config chose, as its task uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqlab.tasks.task import Choices

if TYPE_CHECKING:
    from seqlab.config.experiment import Experiment


def choices_of(experiment: Experiment) -> Choices:
    """Options of the model that the section `training` decides have their values."""
    model: Any = experiment.model  # of a registry of the task
    return Choices(experiment.data, experiment.vectorizer, model.for_training(experiment.training))

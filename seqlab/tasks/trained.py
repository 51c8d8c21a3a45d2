"""The model of a trained run, in the one way that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqlab.runs import Run
from seqlab.tasks.task import Choices, FittedTask, Task

if TYPE_CHECKING:
    import keras


def trained(task: Task, choices: Choices, run: Run) -> tuple[FittedTask, keras.Model]:
    """What the task learned of the training split, and the model with the weights that validation chose.

    Raises DataError for a file of the run that is damaged or does not fit the others.
    """
    from seqlab.training.weights import load_weights

    fitted = task.restore(choices, run.directory)
    model = fitted.build(None)
    load_weights(model, run.weights_file)
    return fitted, model

"""Kinds of experiments: one package a task, found by name in `TASKS`.

To add one, write a package with the same file names as its neighbors, `register` its task, and import it here. Nothing
outside this package asks which task it is dealing with: it asks what a task can do (`tasks_able_to`).
"""

from seqlab.tasks.classification import CLASSIFICATION
from seqlab.tasks.language_modeling import LANGUAGE_MODELING
from seqlab.tasks.regression import REGRESSION
from seqlab.tasks.task import TASKS, Choices, FittedTask, Predictor, Task, register, tasks_able_to
from seqlab.tasks.translation import TRANSLATION
from seqlab.tasks.word_vectors import WORD_VECTORS

__all__ = [
    "CLASSIFICATION",
    "LANGUAGE_MODELING",
    "REGRESSION",
    "TASKS",
    "TRANSLATION",
    "WORD_VECTORS",
    "Choices",
    "FittedTask",
    "Predictor",
    "Task",
    "register",
    "tasks_able_to",
]

"""Kinds of experiments: one file a task, found by name in `TASKS`.

To add one: subclass `Task` in a file of this folder and add it to `TASKS` here. Nothing else in seqlab asks which
task it is dealing with.
"""

from seqlab.tasks.classification.task import Classification
from seqlab.tasks.language_modeling.task import LanguageModel
from seqlab.tasks.task import Task
from seqlab.tasks.translation.task import Translation

TASKS: dict[str, type[Task]] = {task.name: task for task in (Classification, LanguageModel, Translation)}

__all__ = ["TASKS", "Classification", "LanguageModel", "Task", "Translation"]

"""What goes into a prediction and what comes out: examples as users give them, and answers as they are shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seqlab.data.datasets import Dataset
from seqlab.errors import RequestError
from seqlab.experiment.input_texts import each_text
from seqlab.tasks import Task
from seqlab.tasks.given_rows import Example, rows_expected
from seqlab.text_format import quoted

Answer = str | float | None
Given = Example | Iterable[Example]
"""One example, or several."""

USELESS_MODEL = "its weights are damaged, or training diverged; restore the run from a copy, or train again"


def each_example(examples: Given, data: Dataset) -> Iterator[Example]:
    """The texts, or rows, one or several, if its data have features. Raises RequestError for anything else."""
    if not data.feature_columns:
        return each_text(examples)  # type: ignore[arg-type]  # what is no text is refused
    kind = type(examples).__name__
    if isinstance(examples, Mapping):
        return iter([examples])
    if kind == "DataFrame":
        raise RequestError('got a DataFrame; give its rows: table.to_dict("records")')
    if isinstance(examples, str | bytes) or not isinstance(examples, Iterable):
        raise RequestError(f"got {quoted(examples)}: {rows_expected(data)}")
    return iter(examples)


def answers_of(task: Task, prediction: Any) -> tuple[Answer, ...]:
    """The values of `Task.answers`; the first is None if there was nothing to answer."""
    first, *others = (getattr(prediction, name) for name in task.answers)
    return (None if first == "" else first, *others)


def is_useless(answers: Iterable[Answer]) -> bool:
    """Whether there is an answer with a number that is not finite: the weights are."""
    first, *others = answers
    return first is not None and any(isinstance(each, float) and math.isnan(each) for each in (first, *others))

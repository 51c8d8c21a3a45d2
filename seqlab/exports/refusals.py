"""Runs that a format cannot hold, as far as their configs tell: refused before TensorFlow is imported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from seqlab.errors import RequestError
from seqlab.tasks import TASKS, given_rows
from seqlab.text.plugin_functions import is_reference

BAGS, IDS = ("sklearn", "sklearn_int8"), ("onnx", "litert", "openvino")
"""Formats of bags, and those whose models take the ids of tokens."""


def refuse_by_config(run: str, name: str, experiment: Any) -> None:
    """Raises RequestError for a run, given by its id and the `Experiment` of its config, that a format cannot hold."""
    able = TASKS[experiment.task].capabilities
    model: Any = experiment.model
    answers_examples = "notes_on_rows" in able
    if name == "saved_model" and not answers_examples and not {"generate", "translate"} & set(able):
        raise no_answers(run, experiment.task)
    if name == "word2vec":
        return
    if name in BAGS and not (answers_examples and model.reads == "bag"):
        raise no_bag(run, model.name)
    if name == "sklearn_int8" and "predict_from" not in able:
        raise no_labels()
    if name in IDS and not answers_examples:
        raise no_example(run, experiment.task, name)
    if name != "saved_model" and (columns := experiment.data.feature_columns.names):
        raise reads_columns(columns)
    if answers_examples and model.reads == "text":
        raise reads_vectors()
    precision = experiment.runtime.precision.removeprefix("mixed_")
    if precision != "float32" and name in {*BAGS, *IDS}:
        raise half_precision(precision, in_numpy=name in BAGS)
    for option, value in _options(experiment.vectorizer):
        refuse_function(option, value)


def _options(vectorizer: Any) -> Iterator[tuple[str, str]]:
    """The options that may be functions of a plug-in, of all sides."""
    for side in (vectorizer, *(getattr(vectorizer, each, None) for each in ("source", "target", "shared"))):
        for option in ("standardize", "split"):
            value = getattr(side, option, None)
            if isinstance(value, str):
                yield option, value


def no_answers(run: str, task: str) -> RequestError:
    return RequestError(
        f"run {run} is a {task} run, which has no answers to texts that a SavedModel could give: `--format word2vec` "
        "writes word vectors"
    )


def no_bag(run: str, model: str) -> RequestError:
    return RequestError(
        f"run {run} has the model {model}, which is no bag: `--format sklearn` is for bag and naive_bayes_bag; "
        "`--format saved_model` takes every model of texts"
    )


def no_labels() -> RequestError:
    return RequestError("8 bits are for classifiers, whose labels they may leave alone: use `--format sklearn`")


def no_example(run: str, task: str, name: str) -> RequestError:
    return RequestError(
        f"run {run} is a {task} run: `--format {name}` is for classifiers and regressions of texts; `--format "
        "saved_model` takes language models and translators too"
    )


def reads_columns(columns: Sequence[str]) -> RequestError:
    return RequestError(
        f"{given_rows.reads_columns(columns)}, and this format takes texts alone: `--format saved_model` has an input "
        "for each column"
    )


def reads_vectors() -> RequestError:
    return RequestError(
        "this run reads its texts through a sentence encoder, which an export does not hold: `seqlab pack` writes the "
        "run with its encoder as one file, and `seqlab serve` answers over HTTP"
    )


def half_precision(precision: str, *, in_numpy: bool) -> RequestError:
    why = "its answers cannot be repeated in NumPy" if in_numpy else "another program rounds in other places"
    return RequestError(
        f"the model computes in {precision} (runtime.precision), and {why}: use `--format saved_model`, or train with "
        "runtime.precision=float32"
    )


def refuse_function(option: str, value: str) -> None:
    """Raises RequestError for an option of a vectorizer that is a function of a plug-in."""
    if is_reference(value):
        raise RequestError(
            f"vectorizer.{option} is {value}, a function of a plug-in, of which an export holds no code: train with "
            f"one of seqlab's own values of {option}"
        )

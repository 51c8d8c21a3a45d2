"""What a kind of experiment is: a `Task` describes it before any data is read, a `FittedTask` after.

Everything else is the same for all tasks. A new task is one package and one call of `register` (docs/adding_a_part.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import Dataset
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.progress import Progress
from seqlab.registry import Component, Registry, did_you_mean
from seqlab.tasks.evaluation import Evaluation
from seqlab.text import Vectorizer
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.training.options import TrainingOptions

if TYPE_CHECKING:
    import keras

    from seqlab.training.loss import LossFunction

Problem = tuple[tuple[str | int, ...], str]
"""A key path in the config (`("model", "hidden")`) and what is wrong there."""


@dataclass(frozen=True)
class Registries:
    """The components that configs of a task choose from."""

    datasets: Registry[Dataset]
    vectorizers: Registry[Vectorizer]
    models: Registry[Any]
    metrics: Registry[Component]


@dataclass(frozen=True)
class Choices:
    """The components that one config chose; their types are those of the task's registries. Data without a text have no
    vectorizer: it is None."""

    data: Dataset
    vectorizer: Any
    model: Any


@dataclass(frozen=True)
class Task:
    """A kind of experiment."""

    name: str
    """The value of `task` in a config."""
    registries: Registries
    """What the config's sections choose from."""
    training: type[TrainingOptions]
    """The options of the section `training`: the common ones and the task's own."""
    monitor: str
    """The metric that chooses the best epoch unless `training.monitor` says otherwise."""
    capabilities: Mapping[str, str]
    """What a predictor can do (the names of its methods) → a command that shows it; the most typical one last."""
    check: Callable[[Choices, Any], Iterator[Problem]]
    """Options that are valid alone and do not work together, or mean nothing together."""
    fit: Callable[[Choices, Records, Progress], FittedTask]
    """Fit the vectorizers on the training split, and on nothing else."""
    restore: Callable[[Choices, Path], FittedTask]
    """The fitted task that `FittedTask.save` wrote into a directory."""
    answers: tuple[str, ...] = ("label", "probability")
    """The fields of a prediction that answer an example, as columns of a table; the first is the answer itself."""
    unused_options: Mapping[str, str] = field(default_factory=dict)
    """Options of models that have no effect in this task → why. A config must leave them as they are."""
    speed_unit: str = "examples"
    """What the examples of its training batches are called where their number per second is shown."""
    training_metrics: tuple[str, ...] = ("loss", "accuracy")
    """What its losses compute in the training step (`LossFunction.metric_names`), at most."""
    combines: Literal["probabilities"] | None = None
    """What an ensemble averages of the predictions of several runs: class probabilities (`scores`), or nothing."""
    compares: Literal["classes", "numbers", "tokens", "translations"] | None = None
    """What a line of `predictions/` answers, by which runs are compared item by item; None: they are not."""


class FittedTask(Protocol):
    """A task whose vectorizers are fitted: it knows everything but the model's weights."""

    @property
    def vectorizers(self) -> Mapping[str, FittedVectorizer]:
        """Side (`text`, or `source` and `target`) → its vectorizer; stores hold the ids as `<side>_ids`. Empty for data
        without a text."""

    def save(self, directory: Path) -> None:
        """Write what turns raw text into ids and back."""

    def encode(self, records: Records, progress: Progress) -> Store:
        """Raw records as columns of numbers, with the raw text beside them."""

    def batches(self, store: Store, training: Any) -> Batches:
        """How the rows of a split become training batches, by the options of the section `training`."""

    def build(self, train: Store | None) -> keras.Model:
        """The model with random weights. `train` is None when a saved model is rebuilt."""

    def loss(self, train: Store, model: keras.Model, training: Any) -> LossFunction:
        """What training minimizes, by the options of the section `training`."""

    def predictor(self, model: keras.Model) -> Predictor:
        """What evaluates a model and answers raw text with it. It holds the functions compiled for the model."""


@runtime_checkable
class MayBeGuess(Protocol):
    """A prediction that says whether the model could read hardly anything of its text."""

    @property
    def unreadable(self) -> bool: ...


class Predictor(Protocol):
    """What every model can do. What only some tasks can do are further methods, named in `Task.capabilities`.

    `predict(texts: Iterable[str]) -> Iterator[Any]`: one prediction per raw text (with at least `label`,
    `probability`), in their order, as they come. A text of which nothing is left to read has the label "" and a
    probability that is not a number.
    """

    def evaluate(self, store: Store, metrics: Sequence[Component], progress: Progress) -> Evaluation:
        """Run the model over a whole split."""


@runtime_checkable
class WritesToAnEnd(Protocol):
    """A predictor whose evaluation writes until the model ends: without training, to the greatest length."""

    def ending_with_targets(self) -> Predictor:
        """The same, but what is evaluated is as long as its targets, as it is after training: to measure its time."""


def is_guess(prediction: object) -> bool:
    """Whether the model could read hardly anything of the text of a prediction."""
    return isinstance(prediction, MayBeGuess) and prediction.unreadable


TASKS: dict[str, Task] = {}
"""Every task by its name."""


def tasks_able_to(capability: str) -> list[str]:
    """The names of the tasks whose models can do this, such as `generate`."""
    return [task.name for task in TASKS.values() if capability in task.capabilities]


def lacks_capability(run_id: str, task: str, capability: str) -> str:
    """The message for a run whose task cannot do what is asked."""
    what = {
        "generate": "generate text",
        "predict_from": "predict with a threshold",
        "word_vectors": "give word vectors",
        "text_vectors": "give vectors of texts",
    }.get(capability, capability)
    return f"run {run_id} is a {task} run and cannot {what}; {', '.join(tasks_able_to(capability))} runs can"


def register(task: Task) -> Task:
    """Make a task available to configs. Raises ValueError if another task has its name."""
    before = TASKS.get(task.name, task)  # a module that is imported again replaces its own task
    if (before.fit.__module__, before.fit.__qualname__) != (task.fit.__module__, task.fit.__qualname__):
        raise ValueError(f"there is already another task called '{task.name}'")
    TASKS[task.name] = task
    return task


def unknown_task(name: str) -> str:
    """The message for a task that there is not."""
    known = list(TASKS)
    return f"unknown task '{name}'; {did_you_mean(name, known)}available: {', '.join(known)}"

"""The questions that a kind of experiment answers. Everything else is the same for all of them.

A task *class* describes a kind of experiment: which registries its config chooses from. A task *object* was fitted on a
training split (or restored from a run) and knows everything but the model's weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np

from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Batching, Plan
from seqlab.data.datasets import Dataset
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.errors import RequestError
from seqlab.progress import Progress
from seqlab.registry import Component, Registry
from seqlab.text import Vectorizer
from seqlab.text.vectorizer import FittedVectorizer

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Sums = dict[str, tuple[tf.Tensor, tf.Tensor]]
    """Name of a figure → (sum, count), scalars: `loss` is what training lowers. Sums add up over batches, replicas
    and accumulated steps; only their final quotient is a mean."""

Problem = tuple[tuple[str | int, ...], str]
"""Where in the config (`("model", "hidden")`) and what is wrong there."""


@dataclass(frozen=True)
class Matrix:
    """A picture to draw: counts of (row, column)."""

    title: str
    rows: str
    columns: str
    names: tuple[str, ...]
    values: np.ndarray


class Evaluation(Protocol):
    """What a model said of a whole split."""

    def figures(self) -> dict[str, float]:
        """The metrics, `loss` first."""

    def records(self) -> Iterator[dict[str, Any]]:
        """One mapping per item: `id`, `target`, `prediction`, `scores`. The run's `predictions/` hold them."""

    def samples(self) -> str:
        """What a person looks at first: text for `samples.txt`."""

    def pictures(self) -> dict[str, Matrix]:
        """File name → picture."""


def compute_metrics(loss: float, metrics: Iterable[Component], scored: Any) -> dict[str, Any]:
    """The loss and what each metric says of `scored`: a figure under its own name, or several under names it gives."""
    figures: dict[str, Any] = {"loss": loss}
    for metric in metrics:
        value = metric(scored)  # type: ignore[operator]
        figures |= value if isinstance(value, dict) else {metric.name: value}
    return figures


def refuse_without_meaning(what: str, **options: Any) -> None:
    """Raises RequestError for an option of the section `training` that was given and means nothing there."""
    for option, given in options.items():
        if given is not None:
            raise RequestError(f"training.{option} has no meaning for a {what}: leave it out")


class LossFunction(Protocol):
    """What training lowers. Called inside the compiled step; `figures` are the names of what it returns."""

    @property
    def figures(self) -> tuple[str, ...]: ...

    @property
    def variables(self) -> Sequence[keras.Variable]:
        """What is carried from batch to batch, for checkpoints to hold; empty but for stateful streams."""

    def begin_epoch(self) -> None:
        """The data begin anew: nothing is carried over."""

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums: ...


class Task(ABC):
    """A kind of experiment."""

    name: ClassVar[str]
    datasets: ClassVar[Registry[Dataset]]
    vectorizers: ClassVar[Registry[Vectorizer]]
    models: ClassVar[Registry[Any]]
    metrics: ClassVar[Registry[Component]]
    monitor: ClassVar[str]
    """The figure by which the best checkpoint is chosen unless `training.monitor` says otherwise."""

    ask: ClassVar[str] = 'seqlab predict {run} "a text of your own"'
    """The command that a person types to see what a run of this task can do."""

    @classmethod
    def problems(cls, data: Dataset, vectorizer: Vectorizer, model: Component, batching: Batching) -> Iterator[Problem]:
        """Combinations of parts, each right alone, that cannot work together."""
        yield from ()

    @classmethod
    @abstractmethod
    def learn(cls, data: Dataset, vectorizer: Vectorizer, model: Component, train: Records, progress: Progress) -> Self:
        """Fit the vectorizers on the training split, and on nothing else."""

    @classmethod
    @abstractmethod
    def restore(cls, data: Dataset, vectorizer: Vectorizer, model: Component, directory: Path) -> Self:
        """The task that `save` wrote into `directory`."""

    @abstractmethod
    def save(self, directory: Path) -> None:
        """Write what turns raw text into ids and back."""

    @abstractmethod
    def prepare(self, records: Records, progress: Progress, *, keep_text: bool = False) -> Store:
        """Raw records as numbers. `keep_text` keeps the raw text beside them, for samples."""

    @abstractmethod
    def summary(self, store: Store) -> dict[str, float]:
        """Sizes worth knowing of a split: `examples`, `tokens`, `unknown_share`."""

    @property
    @abstractmethod
    def vocabulary_size(self) -> int:
        """How many ids there are, specials included."""

    @property
    @abstractmethod
    def vectorizers_by_side(self) -> Mapping[str, FittedVectorizer]:
        """What turns raw text into ids: of the only side there is, called `text`, or of `source` and `target`."""

    @abstractmethod
    def lengths(self, store: Store) -> np.ndarray:
        """Tokens of each row, padding not counted, (rows,)."""

    @abstractmethod
    def order(self, store: Store, batching: Batching, *, seed: int, epoch: int) -> Plan:
        """The batches of an epoch, a pure function of seed and epoch."""

    @property
    @abstractmethod
    def signature(self) -> Signature:
        """The tensors of a batch: name → dtype and shape."""

    @abstractmethod
    def gather(self, store: Store, rows: np.ndarray, batching: Batching) -> Batch:
        """The arrays of a training batch, as `signature` says."""

    @abstractmethod
    def example(self, records: Records, store: Store, row: int, batching: Batching) -> Mapping[str, str]:
        """A row of a plan as a person reads it: its text, its label, its tokens."""

    @abstractmethod
    def build(self, train: Store | None) -> keras.Model:
        """The model with fresh weights. `train` is None when a saved model is rebuilt."""

    @abstractmethod
    def loss_function(
        self,
        train: Store,
        model: keras.Model,
        batching: Batching,
        *,
        loss: Any,
        class_weights: Any,
        label_smoothing: float,
    ) -> LossFunction:
        """What training lowers, from the options of the section `training`."""

    @abstractmethod
    def score(self, model: keras.Model, store: Store, metrics: Sequence[Component], progress: Progress) -> Evaluation:
        """Run the model over a whole split."""

    @abstractmethod
    def answer(self, model: keras.Model, texts: Iterable[str]) -> Iterator[Any]:
        """One typed answer per raw text."""

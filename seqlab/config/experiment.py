"""What an experiment is: one frozen object whose fields are the keys of a config, with their defaults and their help.

The task decides from which registries `data`, `vectorizer`, `model` and `metrics` are read, so `task` is read first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from seqlab.config.keras_names import OPTIMIZERS, SCHEDULES, KerasComponent, Loss
from seqlab.config.source_map import KeyPath
from seqlab.data.batching.plan import Batching
from seqlab.metrics.metric_names import is_one_of, metric_outputs
from seqlab.registry import Component, Number, Options, Positive, PositiveNumber, Rate, Registry, did_you_mean
from seqlab.tasks import TASKS, Task

if TYPE_CHECKING:
    from seqlab.data.datasets import Dataset
    from seqlab.text import Vectorizer
else:
    # What a registry gives is checked there. The config knows tasks, not what they are made of.
    Dataset, Vectorizer = Component, Options

SPLITS = ("train", "validation", "test")
TIMES = ("train.seconds", "train.examples_per_second")
"""Figures that every run has, whatever its metrics."""
NO_TASK = "no_task"
"""The type of an error that only says that the task, which is wrong, decides what may stand here."""


def _known_task(name: str) -> str:
    if name in TASKS:
        return name
    known = list(TASKS)
    message = "no task is called '{name}'; {hint}there are {names}"
    words = {"name": name, "hint": did_you_mean(name, known), "names": ", ".join(known)}
    raise PydanticCustomError("task_unknown", message, words)


def _task(info: ValidationInfo) -> type[Task]:
    if "task" not in info.data:
        raise PydanticCustomError(NO_TASK, "the task decides what may stand here")
    return TASKS[info.data["task"]]


def _of_task(registry_of: Callable[[type[Task]], Registry[Any]]) -> BeforeValidator:
    return BeforeValidator(lambda value, info: registry_of(_task(info)).read(value, info.context))


def _of_keras(registry: Registry[KerasComponent]) -> BeforeValidator:
    return BeforeValidator(lambda value, info: registry.read(value, info.context))


def _module_name(name: str) -> str:
    if not all(part.isidentifier() for part in name.split(".")):
        raise PydanticCustomError("module_name", "'{name}' cannot be the name of a Python module", {"name": name})
    return name


def _first_version(version: int) -> int:
    if version != 1:
        message = "this seqlab reads version 1 of the format, not {version}; update seqlab, or correct it"
        raise PydanticCustomError("version", message, {"version": version})
    return version


def _rising(band: tuple[float, float]) -> tuple[float, float]:
    if band[0] > band[1]:
        raise PydanticCustomError("band", "the first number is the lower end: it cannot be above the second")
    return band


# YAML has lists where a frozen object has tuples; what is in them is read as strictly as everything else.
Band = Annotated[tuple[Number, Number], Field(strict=False), AfterValidator(_rising)]
ModuleName = Annotated[str, AfterValidator(_module_name)]

# Their JSON schemas are made of the registries, in schema.py.
Data = Annotated[SerializeAsAny[Dataset], _of_task(lambda task: task.datasets), WithJsonSchema({})]
TextVectorizer = Annotated[SerializeAsAny[Vectorizer], _of_task(lambda task: task.vectorizers), WithJsonSchema({})]
Model = Annotated[SerializeAsAny[Component], _of_task(lambda task: task.models), WithJsonSchema({})]
Metric = Annotated[SerializeAsAny[Component], _of_task(lambda task: task.metrics), WithJsonSchema({})]
Optimizer = Annotated[SerializeAsAny[KerasComponent], _of_keras(OPTIMIZERS), WithJsonSchema({})]
Schedule = Annotated[SerializeAsAny[KerasComponent], _of_keras(SCHEDULES), WithJsonSchema({})]


class Checkpoint(Options):
    """When to save what a resume needs, besides the end of training."""

    every_seconds: PositiveNumber | None = 60.0
    """Save after so many seconds; null: not by time."""
    every_epochs: Positive | None = 1
    """Save after so many epochs; null: not by epochs."""


class Training(Options):
    """How the weights are learned."""

    epochs: Positive = 10
    """Times that the training split is gone through, at most."""
    batch_size: Positive = 32
    """Examples per step, over all devices together."""
    batch_tokens: Positive | None = None
    """Tokens per step, padding counted, in place of a number of examples; null: `batch_size` examples."""
    buckets: bool = True
    """Examples of like lengths in a batch, so that little of it is padding; else as chance has it."""
    window: Positive = 100
    """Tokens of running text that a training example holds."""
    shift: Positive | None = None
    """Tokens from the beginning of one window to that of the next; null: the windows lie one behind the other, from an
    offset that changes with the epoch."""
    optimizer: Optimizer = OPTIMIZERS["rmsprop"](name="rmsprop")
    """A Keras optimizer: its name, or a mapping of its name and options (`{name: adamw, weight_decay: 0.01}`)."""
    learning_rate: PositiveNumber = 1e-3
    """Size of the steps; where a schedule starts."""
    schedule: Schedule | None = None
    """How the learning rate changes: a Keras schedule's name, or its name and options; null: not at all."""
    loss: Loss | None = None
    """A Keras loss; null: the task's own."""
    class_weights: Literal["balanced"] | dict[str, PositiveNumber] | None = None
    """Weight of each label in the loss: a mapping, or `balanced` by how rare it is; null: all are equal."""
    clip_norm: PositiveNumber | None = None
    """Bound of the norm of all gradients together; null: none."""
    label_smoothing: Rate = 0.0
    """Share of the target that is spread over all labels."""
    monitor: str | None = None
    """Figure that chooses the best epoch (`validation.loss`); null: the task's own."""
    patience: Positive | None = None
    """Stop after so many epochs without a better one; null: never stop early."""
    refit: bool = False
    """Train once more on training and validation examples together, for as long as was found best."""
    average_checkpoints: Annotated[int, Field(ge=2, le=50)] | None = None
    """Validate and keep the mean of the weights after so many epochs, the last ones; null: the last weights alone."""
    checkpoint: Checkpoint = Checkpoint()
    """When to save what a resume needs."""

    @property
    def batching(self) -> Batching:
        return Batching(self.batch_size, self.buckets, self.window, self.shift, self.batch_tokens)


class Runtime(Options):
    """The machine, and what depends on chance."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1337
    """Decides first weights, dropout and the order of the examples."""
    device: Literal["auto", "cpu", "gpu"] = "auto"
    """`auto`: a GPU if there is one."""
    devices: Annotated[int, Field(gt=0, le=64)] = 1
    """How many GPUs share each step; on a machine without one, parts of the CPU, to try it out."""
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    """What numbers are computed in; weights are always float32."""
    deterministic: bool | None = None
    """The same figures to the last digit each time; null: yes on a CPU."""
    xla: bool | None = None
    """Compile the training step with XLA; null: where it pays."""
    threads: Annotated[int, Field(gt=0, le=256)] | None = None
    """Threads of the CPU; null: as many as it has cores."""


class Expected(Options):
    """Figures to expect (`test.accuracy: [0.88, 0.91]`) and where they come from."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"propertyNames": {"pattern": rf"^(({'|'.join(SPLITS)})\..+|source)$"}},
    )
    __pydantic_extra__: dict[str, Band] = Field(init=False)

    source: str | None = None
    """Where the figures come from."""

    @property
    def bands(self) -> dict[str, tuple[float, float]]:
        """Figure → lowest and highest value to expect."""
        return dict(self.__pydantic_extra__)


class Experiment(Options):
    """An experiment of seqlab."""

    version: Annotated[int, AfterValidator(_first_version), WithJsonSchema({"type": "integer", "const": 1})] = 1
    """Version of this format."""
    task: Annotated[str, AfterValidator(_known_task)]
    """What is learned."""
    data: Data
    """What is learned from: a dataset's name, or a mapping of its name and options."""
    vectorizer: TextVectorizer
    """How texts become numbers: a vectorizer's name, or a mapping of its name and options."""
    model: Model
    """What learns: a model's name, or a mapping of its name and options."""
    training: Training = Training()
    """How the weights are learned."""
    runtime: Runtime = Runtime()
    """The machine, and what depends on chance."""
    metrics: Annotated[tuple[Metric, ...], Field(strict=False)] | None = None
    """Figures to compute; null: all of the task's."""
    plugins: Annotated[tuple[ModuleName, ...], Field(strict=False)] = ()
    """Python modules that put parts of their own on the registries."""
    expected: Expected = Expected()
    """Figures to expect, and where they come from."""


def dump(experiment: Experiment) -> dict[str, Any]:
    """The whole experiment, defaults included, as plain values that JSON and YAML can hold and `load` reads."""
    return experiment.model_dump(mode="json")


def combination_problems(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with values that are right each alone, and where."""
    task = TASKS[experiment.task]
    yield from task.problems(experiment.data, experiment.vectorizer, experiment.model, experiment.training.batching)
    if experiment.runtime.xla and not getattr(experiment.model, "compiles", True):
        yield ("runtime", "xla"), f"XLA would compile '{experiment.model.name}' anew for every batch: leave xla out"
    if experiment.training.batch_size < experiment.runtime.devices:
        message = (
            f"a batch of {experiment.training.batch_size} leaves some of {experiment.runtime.devices} devices idle"
        )
        yield ("training", "batch_size"), f"{message}: it is shared among all of them; make it larger"
    metrics = task.metrics.names if experiment.metrics is None else [metric.name for metric in experiment.metrics]
    figures = ["loss", *(figure for metric in metrics for figure in metric_outputs(metric))]
    monitor = experiment.training.monitor
    if monitor is not None and (problem := _monitor_problem(monitor, figures)):
        yield ("training", "monitor"), problem
    chosen = experiment.metrics is not None
    way_out = "; `metrics` chose them: name it there, or expect nothing: expected={}" if chosen else ""
    for figure in experiment.expected.bands:
        if figure not in TIMES and (problem := _metric_problem(figure, figures)):
            yield ("expected", figure), problem + way_out


def _monitor_problem(monitor: str, figures: list[str]) -> str | None:
    if monitor.startswith("test."):
        return "the test split chooses nothing: it is scored once, at the end; use validation." + monitor[5:]
    return _metric_problem(monitor, figures)


def _metric_problem(figure: str, figures: list[str]) -> str | None:
    """Why no figure is called so."""
    split, _, name = figure.partition(".")
    if split not in SPLITS:
        return f"figures are named '<split>.<figure>', with the splits {', '.join(SPLITS)}"
    if is_one_of(name, figures):
        return None
    return f"no figure is called '{name}'; {did_you_mean(name, figures)}there are {', '.join(figures)}"

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

from seqlab.config.source_map import KeyPath
from seqlab.metrics.metric_names import is_one_of, metric_outputs
from seqlab.registry import Component, Number, Options, Registry, did_you_mean
from seqlab.tasks import TASKS, Choices, Task
from seqlab.tasks.task import Registries
from seqlab.training.options import TrainingOptions

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


def _task(info: ValidationInfo) -> Task:
    if "task" not in info.data:
        raise PydanticCustomError(NO_TASK, "the task decides what may stand here")
    return TASKS[info.data["task"]]


def _of_task(registry_of: Callable[[Registries], Registry[Any]]) -> BeforeValidator:
    return BeforeValidator(lambda value, info: registry_of(_task(info).registries).read(value, info.context))


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
Data = Annotated[SerializeAsAny[Dataset], _of_task(lambda registries: registries.datasets), WithJsonSchema({})]
TextVectorizer = Annotated[
    SerializeAsAny[Vectorizer], _of_task(lambda registries: registries.vectorizers), WithJsonSchema({})
]
Model = Annotated[SerializeAsAny[Component], _of_task(lambda registries: registries.models), WithJsonSchema({})]
Metric = Annotated[SerializeAsAny[Component], _of_task(lambda registries: registries.metrics), WithJsonSchema({})]


def _read_training(value: Any, info: ValidationInfo) -> TrainingOptions:
    """The section `training` with the options of the task.

    Configs of older versions hold the options of all tasks: those of other tasks are accepted with their defaults.
    """
    options = TASKS[info.data["task"]].training if "task" in info.data else TrainingOptions
    if isinstance(value, dict):
        value = {key: given for key, given in value.items() if not _is_default_elsewhere(options, key, given)}
        if "task" not in info.data:  # the task decides which other options there may be
            value = {key: given for key, given in value.items() if key in options.model_fields}
    return options.model_validate(value, context=info.context)


def _is_default_elsewhere(options: type[TrainingOptions], key: str, value: Any) -> bool:
    """Whether only other tasks have this option, and the value is its default there."""
    if key in options.model_fields:
        return False
    fields = [task.training.model_fields[key] for task in TASKS.values() if key in task.training.model_fields]
    return any(field.get_default(call_default_factory=True) == value for field in fields)


Training = Annotated[SerializeAsAny[TrainingOptions], BeforeValidator(_read_training), WithJsonSchema({})]


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
    training: Training = Field(default={}, validate_default=True)
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
    choices = Choices(experiment.data, experiment.vectorizer, experiment.model)
    yield from task.check(choices, experiment.training)
    if experiment.runtime.xla and not getattr(experiment.model, "compiles", True):
        yield ("runtime", "xla"), f"XLA would compile '{experiment.model.name}' anew for every batch: leave xla out"
    if experiment.training.batch_size < experiment.runtime.devices:
        message = (
            f"a batch of {experiment.training.batch_size} leaves some of {experiment.runtime.devices} devices idle"
        )
        yield ("training", "batch_size"), f"{message}: it is shared among all of them; make it larger"
    chosen = experiment.metrics
    metrics = task.registries.metrics.names if chosen is None else [metric.name for metric in chosen]
    figures = ["loss", *(figure for metric in metrics for figure in metric_outputs(metric))]
    monitor = experiment.training.monitor
    if monitor is not None and (problem := _monitor_problem(monitor, figures)):
        yield ("training", "monitor"), problem
    way_out = "" if chosen is None else "; `metrics` chose them: name it there, or expect nothing: expected={}"
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

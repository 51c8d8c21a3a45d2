"""The experiment: one immutable object whose fields are the keys of a config, with their defaults and help.

The task determines the registries of `data`, `vectorizer`, `model` and `metrics`, so `task` is validated first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
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
from pydantic_core import PydanticCustomError, PydanticKnownError

from seqlab.config.batch_division import batch_problems
from seqlab.config.choices import choices_of
from seqlab.config.hosts import Hosts
from seqlab.config.pretraining import pretraining_problems, untrained_problems
from seqlab.config.source_map import KeyPath
from seqlab.metrics.metric_names import is_computed_on, is_of_the_model, is_one_of, metric_outputs
from seqlab.registry import Component, Number, Options, Registry, did_you_mean
from seqlab.runs.run_reference import RunReference
from seqlab.tasks import TASKS, Task
from seqlab.tasks.task import Registries, unknown_task
from seqlab.training.options import TrainingOptions

if TYPE_CHECKING:
    from seqlab.data.datasets import Dataset
    from seqlab.text import Vectorizer
else:
    # Registries validate their components. The config depends on tasks, not on datasets or vectorizers.
    Dataset, Vectorizer = Component, Options

TIMES = ("train.seconds", "train.examples_per_second")
"""Results that every run has, whatever its metrics."""
NO_TASK = "no_task"
"""Type of the error for sections that cannot be validated because the task is invalid."""


def _known_task(name: str) -> str:
    if name in TASKS:
        return name
    raise PydanticCustomError("task_unknown", "{message}", {"message": unknown_task(name)})


def _task(info: ValidationInfo) -> Task:
    if "task" not in info.data:
        raise PydanticCustomError(NO_TASK, "cannot be validated without a valid task")
    return TASKS[info.data["task"]]


def _of_task(registry_of: Callable[[Registries], Registry[Any]]) -> BeforeValidator:
    return BeforeValidator(lambda value, info: registry_of(_task(info).registries).read(value, info.context))


def _vectorizer(value: Any, info: ValidationInfo) -> Vectorizer | None:
    """The vectorizer; data without a text have none. Whether a text needs one is in the context: `needs_vectorizer`."""
    registries, data = _task(info).registries, info.data.get("data")
    if data is None or data.has_text:
        if value is None:
            if (info.context or {}).get("needs_vectorizer", True):
                raise PydanticKnownError("missing")
            return None
        return registries.vectorizers.read(value, info.context)
    if value is not None:
        raise PydanticCustomError("no_text", "has no effect: the data have no text; remove the section vectorizer")
    return None


def _module_name(name: str) -> str:
    if not all(part.isidentifier() for part in name.split(".")):
        raise PydanticCustomError("module_name", "'{name}' is not a valid name of a Python module", {"name": name})
    return name


def _first_version(version: int) -> int:
    if version != 1:
        message = "unsupported version {version}; this seqlab supports version 1: update seqlab or correct the version"
        raise PydanticCustomError("version", message, {"version": version})
    return version


def _ordered(band: tuple[float, float]) -> tuple[float, float]:
    if band[0] > band[1]:
        raise PydanticCustomError("band", "the lower bound is above the upper bound")
    return band


# Not strict, because YAML has lists where the object has tuples. The items are validated strictly.
Band = Annotated[tuple[Number, Number], Field(strict=False), AfterValidator(_ordered)]
ModuleName = Annotated[str, AfterValidator(_module_name)]

# Their JSON schemas are made of the registries, in schema.py.
Data = Annotated[SerializeAsAny[Dataset], _of_task(lambda registries: registries.datasets), WithJsonSchema({})]
TextVectorizer = Annotated[SerializeAsAny[Vectorizer] | None, BeforeValidator(_vectorizer), WithJsonSchema({})]
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
    """Device, precision and random seed."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1337
    """Seed of the initial weights, of dropout and of the order of examples."""
    device: Literal["auto", "cpu", "gpu"] = "auto"
    """`auto`: a GPU if available."""
    devices: Annotated[int, Field(gt=0, le=64)] = 1
    """Number of GPUs that share each step; without a GPU, the number of virtual CPU devices (for testing)."""
    hosts: Hosts = None
    """Hosts that share each step, each with `devices`: a list of HOST:PORT, the same on all of them; `env`: those of
    TF_CONFIG or of a SLURM job; null: this one alone."""
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    """Precision of the computation; weights are always float32."""
    deterministic: bool | None = None
    """Make results bit-for-bit reproducible; null: yes on a CPU, no on a GPU."""
    tensor_float_32: bool | None = None
    """Let a GPU round the factors of products to 10 bits, which is faster; null: unless deterministic."""
    xla: bool | None = None
    """Compile the whole step with XLA; null or false: only parts of it, such as the loops of small recurrent layers."""
    threads: Annotated[int, Field(gt=0, le=256)] | None = None
    """Number of CPU threads, and of processes that prepare texts; null: one per core, or as many as the quota of a
    container allows."""


class Expected(Options):
    """Expected bands of metrics (`test.accuracy: [0.88, 0.91]`) and their source."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"propertyNames": {"pattern": r"^([^.]+\..+|source)$"}},
    )
    __pydantic_extra__: dict[str, Band] = Field(init=False)

    source: str | None = None
    """Source of the expected bands."""

    @property
    def bands(self) -> dict[str, tuple[float, float]]:
        """Metric → lowest and highest expected value."""
        return dict(self.__pydantic_extra__)


class Experiment(Options):
    """A seqlab experiment."""

    version: Annotated[int, AfterValidator(_first_version), WithJsonSchema({"type": "integer", "const": 1})] = 1
    """Version of the config format."""
    task: Annotated[str, AfterValidator(_known_task)]
    """The task: what is predicted."""
    data: Data
    """The dataset: its name, or a mapping of its name and options."""
    vectorizer: TextVectorizer = Field(default=None, validate_default=True)
    """The vectorizer: its name, or a mapping of its name and options; null for data without a text, and for
    models that read texts as they are."""
    model: Model
    """The model: its name, or a mapping of its name and options."""
    training: Training = Field(default={}, validate_default=True)
    """How the model is trained."""
    runtime: Runtime = Runtime()
    """Device, precision and random seed."""
    init_from: RunReference | None = None
    """A finished run, run:ID: the model begins with its layers and takes its vocabulary; null: random weights."""
    metrics: Annotated[tuple[Metric, ...], Field(strict=False)] | None = None
    """Metrics to compute; null: all metrics of the task."""
    plugins: Annotated[tuple[ModuleName, ...], Field(strict=False)] = ()
    """Python modules that register their own components."""
    expected: Expected = Expected()
    """Expected bands of metrics, and their source."""


def dump(experiment: Experiment) -> dict[str, Any]:
    """The whole experiment, including defaults, as plain values for JSON and YAML that `load` reads."""
    return experiment.model_dump(mode="json")


def combination_problems(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    """Key path and message of each combination of values that is invalid although each value is valid."""
    task = TASKS[experiment.task]
    choices = choices_of(experiment)
    yield from task.check(choices, experiment.training)
    if experiment.runtime.xla and not choices.model.compiles:
        yield ("runtime", "xla"), f"XLA would recompile '{experiment.model.name}' for every batch: leave xla out"
    yield from batch_problems(experiment, divides_batches=choices.model.divides_batches)
    yield from pretraining_problems(experiment)
    available = _outputs(_metric_names(experiment))
    monitor, splits = experiment.training.monitor, experiment.data.splits
    if experiment.training.refit and "test" not in splits:
        yield ("training", "refit"), "the data have no test split: nothing would be left to judge the model by"
    if monitor is not None and (problem := _monitor_problem(monitor, available, splits)):
        yield ("training", "monitor"), problem
    hint = "; add it to `metrics`, or remove the bands with expected={}" if experiment.metrics is not None else ""
    for metric in experiment.expected.bands:
        if metric not in TIMES and (problem := _metric_problem(metric, available, splits)):
            yield ("expected", metric), problem + hint


def _metric_names(experiment: Experiment) -> list[str]:
    """The metrics of the config, or all of the task."""
    chosen = experiment.metrics
    registry = TASKS[experiment.task].registries.metrics
    return registry.names if chosen is None else [metric.name for metric in chosen]


def _outputs(metrics: Iterable[str]) -> list[str]:
    return ["loss", *(output for metric in metrics for output in metric_outputs(metric))]


def unused_option_problems(experiment: Experiment) -> Iterator[tuple[KeyPath, str]]:
    """Key path and message of each option that was changed although it has no effect beside the other options."""
    for section in ("data", "model"):
        component = getattr(experiment, section)
        for path, message in changed_without_effect(component, component.unused_options()):
            yield (section, *path), message
    unused = TASKS[experiment.task].unused_options
    of_task = {name: why for name, why in unused.items() if hasattr(experiment.model, name)}
    for path, message in changed_without_effect(experiment.model, of_task):
        yield ("model", *path), message
    yield from untrained_problems(experiment)
    if experiment.data.single_text and experiment.vectorizer and experiment.vectorizer.fit.take is not None:
        yield ("vectorizer", "fit", "take"), "has no effect: each split is a single text; remove it"
    named = {("expected", metric): metric for metric in experiment.expected.bands if metric not in TIMES}
    if experiment.training.monitor is not None:
        named["training", "monitor"] = experiment.training.monitor
    for path, metric in named.items():
        split, _, name = metric.partition(".")
        available = _outputs([each for each in _metric_names(experiment) if is_computed_on(each, split)])
        if split == "train":
            available = list(TASKS[experiment.task].training_metrics)
        if is_one_of(name, _outputs(_metric_names(experiment))) and not is_one_of(name, available):
            yield path, f"'{name}' is not computed on the {split} split; available: {', '.join(available)}"


def changed_without_effect(component: Component, unused: Mapping[str, str]) -> Iterator[tuple[KeyPath, str]]:
    """Key path and message of each option among the `unused` ones (option → why) that does not have its default."""
    for option, reason in unused.items():
        *parents, name = option.split(".")
        owner: Options = reduce(getattr, parents, component)
        default = type(owner).model_fields[name].get_default(call_default_factory=True)
        if getattr(owner, name) != default:
            shown = default if isinstance(default, str) else json.dumps(default)
            yield (*parents, name), f"has no effect: {reason}; remove it, or set it to its default, {shown}"


def _monitor_problem(monitor: str, available: list[str], splits: Sequence[str]) -> str | None:
    if is_of_the_model(monitor):
        return f"{monitor} judges the trained model and chooses no epoch; use validation.loss"
    if monitor.startswith("test."):
        return "the test split is scored once, after training, and cannot be monitored; use validation." + monitor[5:]
    return _metric_problem(monitor, available, splits)


def _metric_problem(metric: str, available: list[str], splits: Sequence[str]) -> str | None:
    """Why `<split>.<metric>`, or the name of a metric of the model, is not a valid name. None if it is valid."""
    if is_of_the_model(metric) and is_one_of(metric, available):
        return None
    split, _, name = metric.partition(".")
    if split not in splits:
        return f"metrics are named <split>.<metric>; the splits are {', '.join(splits)}"
    if is_of_the_model(name):
        return f"{name} is of the model and of no split: leave out '{split}.'"
    if is_one_of(name, available):
        return None
    return f"unknown metric '{name}'; {did_you_mean(name, available)}available: {', '.join(available)}"

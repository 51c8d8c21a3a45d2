"""Names and options of Keras optimizers, schedules, initializers and losses, known without importing Keras.

Keras classes are not wrapped: a name and its options are passed to Keras unchanged, and omitted options keep the
defaults of Keras. They are listed here so that validating a config is fast; a test compares the lists with Keras.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, SerializeAsAny, WithJsonSchema, create_model, model_serializer

from seqlab.registry import Component, Count, Number, Positive, PositiveNumber, Registry


class KerasComponent(Component):
    """A Keras optimizer, schedule or initializer. Null options keep the default of Keras."""

    @property
    def options(self) -> dict[str, Any]:
        """The options that are set."""
        return {name: value for name, value in self if name != "name" and value is not None}

    @model_serializer
    def _short(self) -> str | dict[str, Any]:
        return {"name": self.name, **self.options} if self.options else self.name


_AVERAGING = {"use_ema": bool, "ema_momentum": Number, "ema_overwrite_frequency": Positive}
_EVERY_OPTIMIZER = {"weight_decay": Number, **_AVERAGING}
_ADAM = {"beta_1": Number, "beta_2": Number, "epsilon": Number}
_OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"momentum": Number, "nesterov": bool},
    "rmsprop": {"rho": Number, "momentum": Number, "epsilon": Number, "centered": bool},
    "adam": {**_ADAM, "amsgrad": bool},
    "adamw": {**_ADAM, "amsgrad": bool},
    "adamax": _ADAM,
    "nadam": _ADAM,
    "schedulefreeadamw": {**_ADAM, "warmup_steps": Count},
    "lion": {"beta_1": Number, "beta_2": Number},
    "adagrad": {"initial_accumulator_value": Number, "epsilon": Number},
    "adadelta": {"rho": Number, "epsilon": Number},
    "adafactor": {
        "beta_2_decay": Number, "epsilon_1": Number, "epsilon_2": Number, "clip_threshold": Number,
        "relative_step": bool,
    },
    "ftrl": {
        "learning_rate_power": Number, "initial_accumulator_value": Number, "l1_regularization_strength": Number,
        "l2_regularization_strength": Number, "l2_shrinkage_regularization_strength": Number, "beta": Number,
    },
    "muon": {
        "adam_beta_1": Number, "adam_beta_2": Number, "adam_weight_decay": Number, "epsilon": Number,
        "exclude_layers": list[str], "exclude_embeddings": bool, "muon_a": Number, "muon_b": Number, "muon_c": Number,
        "adam_lr_ratio": Number, "momentum": Number, "ns_steps": Positive, "nesterov": bool, "rms_rate": Number,
    },
}  # fmt: skip
_SCHEDULES: dict[str, dict[str, Any]] = {
    "cosine_decay": {"decay_steps": Positive, "alpha": Number, "warmup_target": Number, "warmup_steps": Count},
    "cosine_decay_restarts": {"first_decay_steps": Positive, "t_mul": Number, "m_mul": Number, "alpha": Number},
    "exponential_decay": {"decay_steps": Positive, "decay_rate": Number, "staircase": bool},
    "inverse_time_decay": {"decay_steps": Positive, "decay_rate": Number, "staircase": bool},
    "polynomial_decay": {"decay_steps": Positive, "end_learning_rate": Number, "power": Number, "cycle": bool},
    "piecewise_constant_decay": {"boundaries": list[Count], "values": list[Number]},
}
_SCALED_BY_SIZE = ("glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform")
_INITIALIZERS: dict[str, dict[str, Any]] = {
    "random_normal": {"mean": Number, "stddev": PositiveNumber},
    "truncated_normal": {"mean": Number, "stddev": PositiveNumber},
    "random_uniform": {"minval": Number, "maxval": Number},
    "variance_scaling": {
        "scale": PositiveNumber, "mode": Literal["fan_in", "fan_out", "fan_avg"],
        "distribution": Literal["truncated_normal", "untruncated_normal", "uniform"],
    },
    "orthogonal": {"gain": PositiveNumber},
    **{name: {} for name in _SCALED_BY_SIZE},
}  # fmt: skip
_REQUIRED = ("first_decay_steps", "decay_rate", "boundaries", "values")
"""Options without a default in Keras. (`decay_steps` has a default here: the whole training.)"""

Loss = Literal[
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_hinge", "circle", "cosine_similarity", "ctc", "dice", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
    "poisson", "sparse_categorical_crossentropy", "squared_hinge", "tversky",
]  # fmt: skip


def _registry(kind: str, known: dict[str, dict[str, Any]], every: dict[str, Any]) -> Registry[KerasComponent]:
    registry: Registry[KerasComponent] = Registry(kind)
    for name, options in known.items():
        fields: dict[str, Any] = {"name": (Literal[name], name)}
        for option, of_type in (options | every).items():
            fields[option] = (of_type, ...) if option in _REQUIRED else (of_type | None, None)
        registry.add(create_model(name, __base__=KerasComponent, __doc__=f"Keras {kind} {name}.", **fields))
    return registry


OPTIMIZERS = _registry("optimizer", _OPTIMIZERS, _EVERY_OPTIMIZER)
SCHEDULES = _registry("schedule", _SCHEDULES, {})
INITIALIZERS = _registry("initializer", _INITIALIZERS, {})
REGISTRIES = {registry.kind: registry for registry in (OPTIMIZERS, SCHEDULES, INITIALIZERS)}


def _named(registry: Registry[KerasComponent]) -> tuple[Any, ...]:
    """What makes a field of a component: reading it, and a mark where its JSON schema belongs (config/schema.py)."""
    read = BeforeValidator(lambda value, info: registry.read(value, info.context))
    return read, WithJsonSchema({"registry": registry.kind})


Optimizer = Annotated[SerializeAsAny[KerasComponent], *_named(OPTIMIZERS)]
Schedule = Annotated[SerializeAsAny[KerasComponent], *_named(SCHEDULES)]
Initializer = Annotated[SerializeAsAny[KerasComponent], *_named(INITIALIZERS)]

"""The names and options that a config knows are those that Keras has."""

import inspect

import pytest

from seqlab.keras_names import INITIALIZERS, OPTIMIZERS, SCHEDULES, Loss

DECIDED_ELSEWHERE = {
    "learning_rate", "clipnorm", "clipvalue", "global_clipnorm", "loss_scale_factor", "gradient_accumulation_steps",
    "name", "kwargs", "self",
}  # fmt: skip
"""`training.learning_rate`, `clip_norm`, `runtime.precision` and what the training loop does itself."""
OF_ARRAYS = {"self", "seed", "input_axes", "output_axes"}
"""What an initializer of a table of rows has no use for, and `runtime.seed`."""
NO_CHOICE = {"optimizer", "optimizermap", "multioptimizer", "lossscaleoptimizer"}


def parameters(function):
    return inspect.signature(function).parameters


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


def test_optimizers(keras):
    classes = {name.lower(): each for name, each in vars(keras.optimizers).items() if inspect.isclass(each)}
    findable = {name for name in classes if name not in NO_CHOICE and _found(keras.optimizers.get, name)}
    assert set(OPTIMIZERS.names) == findable
    for part in OPTIMIZERS:
        known = set(parameters(classes[part.component_name()].__init__)) - DECIDED_ELSEWHERE
        assert set(part.model_fields) - {"name"} == known, part.component_name()


def test_schedules(keras):
    classes = {
        name: each
        for name, each in vars(keras.optimizers.schedules).items()
        if inspect.isclass(each) and name != "LearningRateSchedule"
    }
    assert {name.title().replace("_", "") for name in SCHEDULES.names} == set(classes)
    for part in SCHEDULES:
        known = dict(parameters(classes[part.component_name().title().replace("_", "")].__init__))
        for name in ("self", "name", "initial_learning_rate"):
            known.pop(name, None)
        assert set(part.model_fields) - {"name"} == set(known), part.component_name()
        needed = {name for name, parameter in known.items() if parameter.default is parameter.empty}
        assert {name for name, field in part.model_fields.items() if field.is_required()} == needed - {"decay_steps"}


def test_initializers(keras):
    """Those that draw at random; a table of equal rows learns nothing that tells tokens apart."""
    classes = {name: each for name, each in vars(keras.initializers).items() if inspect.isclass(each)}
    drawing = {each for each in classes.values() if "seed" in parameters(each.__init__)}
    ours = {type(keras.initializers.get(name)) for name in INITIALIZERS.names}
    assert ours == drawing - {keras.initializers.RandomInitializer if "RandomInitializer" in classes else None}
    for part in INITIALIZERS:
        known = set(parameters(type(keras.initializers.get(part.component_name())).__init__)) - OF_ARRAYS
        assert set(part.model_fields) - {"name"} == known, part.component_name()


def test_losses(keras):
    functions = {name for name, each in vars(keras.losses).items() if inspect.isfunction(each)}
    findable = {name for name in functions - {"get", "serialize", "deserialize"} if _found(keras.losses.get, name)}
    assert set(Loss.__args__) == findable


def test_options_that_are_null_are_left_to_keras():
    part = OPTIMIZERS.read({"name": "adamw", "weight_decay": 0.01, "beta_1": None})
    assert (part.name, part.options) == ("adamw", {"weight_decay": 0.01})
    assert part.model_dump() == {"name": "adamw", "weight_decay": 0.01}
    assert OPTIMIZERS.read("adam").model_dump() == "adam"


def _found(get, name):
    try:
        get(name)
    except ValueError:
        return False
    return True

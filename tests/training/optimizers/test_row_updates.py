"""Updates of large tables against Keras' dense ones, and resumed trainings against uninterrupted ones."""

import ast
import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from small_training import Named

from seqlab.training.checkpoints import Checkpoints, training_variables
from seqlab.training.early_stopping import BestEpoch
from seqlab.training.optimizers import row_updates
from seqlab.training.optimizers.build import build_optimizer
from seqlab.training.optimizers.row_updates import KERAS_PRIVATE_NAMES, OPTIMIZERS, gradients_for, unique_rows
from seqlab.training.state import TrainingState
from seqlab.training.train_step import as_tensors, compile_steps

ROWS, UNITS = 500, 40
RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(ROWS, UNITS)).astype(np.float32) * 0.1
# Repeated, missing and re-appearing rows, a batch of one, and one of so many that all rows are gone over.
BATCHES = [
    np.array(ids, np.int32)
    for ids in ([3, 7, 7, 7, 499], [7, 1], [2], RNG.integers(0, ROWS, 300), [3, 3, 7], [0, 1, 0], [499, 8])
] * 2
EXACT = [
    ("sgd", {}),
    ("sgd", {"weight_decay": 0.1}),
    ("adagrad", {}),
    ("adagrad", {"weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("rmsprop", {}),
    ("rmsprop", {"rho": 0.5, "epsilon": 1e-3}),
    ("rmsprop", {"weight_decay": 0.1, "use_ema": True, "ema_overwrite_frequency": 3}),
]
DENSE = [
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "nesterov": True}),
    ("rmsprop", {"momentum": 0.5}),
    ("rmsprop", {"centered": True}),
    ("adam", {}),
    ("adam", {"amsgrad": True}),
    ("adamw", {"weight_decay": 0.1}),
    ("adamax", {}),
    ("nadam", {}),
    ("adadelta", {}),
    ("ftrl", {"l1_regularization_strength": 0.01}),
    ("lion", {}),
    ("muon", {}),
]


@pytest.fixture(autouse=True)
def _this_table_is_large(monkeypatch):
    monkeypatch.setattr(row_updates, "LARGE", ROWS * UNITS)


def optimizer(name, options=None, *, clip=None, schedule=None, rate=0.01):
    schedule = None if schedule is None else Named(*schedule)
    return build_optimizer(
        Named(name, options or {}), learning_rate=rate, schedule=schedule, clip_norm=clip, devices=1, steps=14
    )


def keras_optimizer(name, options=None, *, clip=None, schedule=None, rate=0.01):
    rate = keras.optimizers.schedules.CosineDecay(rate, 14) if schedule else rate
    return type(keras.optimizers.get(name))(rate, global_clipnorm=clip, **(options or {}))


def reader():
    """Looks up rows of a large table, and multiplies by a small kernel."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    table = keras.layers.Embedding(ROWS, UNITS, embeddings_initializer=lambda *_, **__: TABLE, name="table")
    kernel = keras.layers.Dense(1, kernel_initializer="ones", name="out")
    return keras.Model({"tokens": tokens}, kernel(table(tokens)))


class Squares:
    metric_names = ("loss",)

    def __call__(self, model, batch):
        errors = tf.square(tf.cast(model({"tokens": batch["tokens"]}, training=True), tf.float32) - batch["target"])
        return {"loss": (tf.reduce_sum(errors), tf.cast(tf.size(errors), tf.float32))}


def dataset(batches, target=1.0):
    signature = {"tokens": tf.TensorSpec((1, None), tf.int32), "target": tf.TensorSpec((), tf.float32)}
    given = [{"tokens": ids[None], "target": np.float32(target)} for ids in batches]
    # As the training's pipeline gives them: for each device its share.
    return tf.data.Dataset.from_generator(lambda: iter(given), output_signature=signature).map(lambda batch: (batch,))


def train(model, built, batches=BATCHES, *, target=1.0, jit_compile=False):
    """Steps done, by seqlab's compiled steps."""
    if not built.built:
        built.build(model.trainable_variables)
    steps = compile_steps(model, built, Squares(), jit_compile=jit_compile)
    done, _ = steps(iter(dataset(batches, target)), tf.constant(len(batches)), as_tensors(("loss",), {}))
    return int(done)


def trained_by_keras(built, batches=BATCHES, model=None):
    """The same steps with Keras' dense updates: weights."""
    model = model or reader()
    variables = model.trainable_variables
    built.build(variables)

    def step(tokens):
        with tf.GradientTape() as tape:
            total, count = Squares()(model, {"tokens": tokens, "target": 1.0})["loss"]
            scaled = built.scale_loss(total / count)
        gradients = tape.gradient(scaled, [variable.value for variable in variables])
        built.apply([tf.convert_to_tensor(gradient) for gradient in gradients], variables)

    for ids in batches:
        step(tf.constant(ids[None]))
    return model.get_weights()


def assert_equal_to(weights, model):
    assert (weights[0] != TABLE).any()
    for mine, other in zip(model.get_weights(), weights, strict=True):
        assert_close(mine, other)


def applied(built, batches=BATCHES, convert=lambda gradients, _: [tf.convert_to_tensor(g) for g in gradients]):
    """The table after gradients that do not depend on it, so that roundings do not grow."""
    table, rng = keras.Variable(TABLE), np.random.default_rng(1)
    built.build([table])

    def step(ids, values):
        gradient = tf.IndexedSlices(values, ids, tf.constant([ROWS, UNITS]))
        built.apply(convert([gradient], [table.value]), [table])

    if convert is not applied.__defaults__[1]:
        step = tf.function(step, [tf.TensorSpec([None], tf.int32), tf.TensorSpec([None, UNITS])])
    for ids in batches:
        step(tf.constant(ids), tf.constant(rng.normal(size=(len(ids), UNITS)).astype(np.float32)))
    return table.numpy()


@pytest.mark.parametrize(
    ("name", "options", "clip"),
    [(*given, None) for given in EXACT + DENSE] + [(name, {}, 0.5) for name in ("sgd", "adagrad", "rmsprop")],
)
def test_equals_keras_dense_update(name, options, clip):
    built = optimizer(name, options, clip=clip)
    assert getattr(built, "moves_only_rows_with_gradient", False) == ((name, options) in EXACT)
    found = applied(built, convert=lambda *given: gradients_for(built, *given))
    expected = applied(keras_optimizer(name, options, clip=clip))
    assert_close(found, expected)
    assert (found != TABLE).any()
    assert int(built.iterations) == len(BATCHES)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sgd", "rmsprop"])
def test_also_with_a_schedule_and_clipped_by_the_norm_of_all_gradients_together(name):
    model = reader()
    train(model, optimizer(name, clip=0.01, schedule=("cosine_decay", {})))
    expected = trained_by_keras(keras_optimizer(name, clip=0.01, schedule="cosine_decay"))
    assert_equal_to(expected, model)
    unclipped = trained_by_keras(keras_optimizer(name, schedule="cosine_decay"))
    assert not np.allclose(unclipped[0], expected[0], atol=1e-5)


def test_under_xla_as_well():
    model, batches = reader(), [np.array(ids, np.int32) for ids in ([3, 7, 7], [1, 2, 3], [7, 7, 7])]
    train(model, optimizer("rmsprop"), batches, jit_compile=True)
    assert_equal_to(trained_by_keras(keras_optimizer("rmsprop"), batches), model)


def last_steps(built):
    (found,) = [variable for variable in built.variables if variable.name.endswith("last_step")]
    return found.numpy()


def test_few_rows_are_touched_alone_and_many_as_a_whole():
    model, built = reader(), optimizer("rmsprop")
    train(model, built, [np.array([3, 7, 7]), np.array([7])])
    assert {row: step for row, step in enumerate(last_steps(built)) if step} == {3: 1, 7: 2}
    moved = np.flatnonzero((model.get_weights()[0] != TABLE).any(axis=1))
    assert list(moved) == [3, 7]
    train(model, built, [np.arange(ROWS)])
    assert set(last_steps(built)) == {3}


def test_a_gradient_of_an_embedding_arrives_by_rows_and_unique_rows():
    model, variables = reader(), reader().trainable_variables
    with tf.GradientTape() as tape:
        out = tf.reduce_sum(model({"tokens": tf.constant([[5, 9, 5]])}) * [[[1.0], [2.0], [3.0]]])
    values = [variable.value for variable in model.trainable_variables]
    table, kernel, bias = gradients_for(optimizer("sgd"), tape.gradient(out, values), values)
    assert dict(zip(table.indices.numpy(), table.values.numpy()[:, 0], strict=True)) == {5: 4.0, 9: 2.0}
    assert isinstance(kernel, tf.Tensor)
    dense = gradients_for(optimizer("adam"), [table, kernel, bias], variables)
    assert dense[0].shape == (ROWS, UNITS)


def test_the_norm_is_of_sums():
    gradient = tf.IndexedSlices(tf.constant([[1.0], [3.0], [3.0]]), tf.constant([2, 0, 2]), tf.constant([9, 1]))
    summed = unique_rows(gradient, 9)
    assert float(tf.linalg.global_norm([summed])) == pytest.approx(5.0)  # of 4 and 3; of 1, 3 and 3 it were 4.36
    assert summed.values.shape[0] == 2
    whole = unique_rows(gradient, 3)
    np.testing.assert_array_equal(whole.values, [[3.0], [0.0], [4.0]])
    np.testing.assert_array_equal(whole.indices, [0, 1, 2])


@pytest.mark.parametrize("target", [np.inf, 1e30])
def test_what_is_not_finite_changes_nothing(target):
    model, built = reader(), optimizer("rmsprop")
    assert train(model, built, BATCHES[:2], target=target) == 0
    np.testing.assert_array_equal(model.get_weights()[0], TABLE)
    assert not last_steps(built).any()
    assert int(built.iterations) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "stop"), [("rmsprop", 1), ("rmsprop", 5), ("adam", 5)])
def test_stopped_in_the_middle_and_resumed_is_bit_for_bit_the_same(tmp_path, name, stop):
    def checkpoints(model, built):
        return Checkpoints(
            tmp_path / "checkpoints", training_variables(model, built), tmp_path / "best", dict, print, None, None
        )

    whole, of_whole = reader(), optimizer(name)
    train(whole, of_whole)
    first, built = reader(), optimizer(name)
    train(first, built, BATCHES[:stop])
    checkpoints(first, built).save(TrainingState(BestEpoch("train.loss"), step=stop))
    resumed, again = reader(), optimizer(name)
    again.build(resumed.trainable_variables)
    assert checkpoints(resumed, again).restore().step == stop
    train(resumed, again, BATCHES[stop:])
    expected = training_variables(whole, of_whole)
    found = training_variables(resumed, again)
    assert found.keys() == expected.keys()
    assert all(found[name].numpy().tobytes() == expected[name].numpy().tobytes() for name in found)


@pytest.mark.slow
def test_under_loss_scaling():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model, reference, built = reader(), reader(), optimizer("rmsprop", clip=0.01)
    finally:
        keras.config.set_dtype_policy("float32")
    theirs = keras.optimizers.LossScaleOptimizer(keras_optimizer("rmsprop", clip=0.01))
    # Half precision overflows at the first scale: that step is skipped by both.
    built.initial_scale = theirs.initial_scale = 2.0**20
    train(model, built)
    assert_equal_to(trained_by_keras(theirs, model=reference), model)
    assert len(set(last_steps(built))) > 1
    assert float(built.dynamic_scale) == float(theirs.dynamic_scale) < 2.0**20


def test_each_is_called_and_configured_as_keras_own():
    for name, kind in OPTIMIZERS.items():
        original = type(keras.optimizers.get(name))
        assert kind is not original
        assert issubclass(kind, original)
        assert kind.__name__ == original.__name__
        assert kind().get_config().keys() == original().get_config().keys()


def test_small_tables_are_left_to_keras():
    built = optimizer("rmsprop")
    small = keras.Variable(np.zeros((100, 8), np.float32))
    built.build([small])
    assert not any("last_step" in variable.name for variable in built.variables)
    gradient = tf.IndexedSlices(tf.ones((1, 8)), tf.constant([3]), tf.constant([100, 8]))
    (dense,) = gradients_for(built, [gradient], [small.value])
    assert dense.shape == (100, 8)


def test_keras_has_the_private_names_that_are_used():
    missing = []
    for owner, names in KERAS_PRIVATE_NAMES.items():
        built = keras.optimizers.SGD() if owner == "Optimizer" else getattr(keras.optimizers, owner)()
        built.build([keras.Variable(np.zeros((2, 2), np.float32))])
        missing += [f"keras.optimizers.{owner}.{name}" for name in names if not hasattr(built, name)]
    assert not missing, (
        f"Keras {keras.__version__} has no {', '.join(missing)}, which seqlab/training/optimizers/row_updates.py uses: "
        "adapt that file, or keep the upper bound of keras in pyproject.toml"
    )


def test_the_list_of_private_names_is_complete():
    tree = ast.parse(inspect.getsource(row_updates))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")}
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    of_keras = {name for names in KERAS_PRIVATE_NAMES.values() for name in names}
    own = (defined | {"_last_steps", "__name__"}) - of_keras
    assert (used | defined) - own == of_keras  # used, or overridden

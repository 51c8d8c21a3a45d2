"""The loss of word vectors in the training step."""

import keras
import numpy as np
import tensorflow as tf
from quick import WORD_VECTORS

from seqlab.config import load
from seqlab.config.choices import choices_of
from seqlab.data.batching import pipeline
from seqlab.data.splits.load_splits import load as load_splits
from seqlab.models.word_vectors import WORD_VECTOR_MODELS, WordVectorContext
from seqlab.models.word_vectors.word_vector_model import WORDS_PER_CHUNK
from seqlab.progress import SILENT
from seqlab.tasks import word_vectors
from seqlab.tasks.word_vectors.batching import WordStream
from seqlab.tasks.word_vectors.loss import WindowLoss
from seqlab.training.train_step import as_tensors, compile_steps

MODEL = WORD_VECTOR_MODELS.read({"name": "skip_gram", "dimensions": 4, "window": 2})


def batch_of(words, documents):
    stream = WordStream(np.array(words, np.int32), np.array(documents, np.int32), None, 2, WORDS_PER_CHUNK)
    return {name: tf.constant(value) for name, value in stream.gather(np.arange(len(words))).items()}


def built():
    network = MODEL.build(WordVectorContext(("a", "b", "c"), np.array([3, 2, 1])))
    network.logits.table.assign(np.linspace(-1, 1, 12).reshape(3, 4))
    return network


def test_a_batch_without_examples_has_a_finite_loss_and_no_gradient():
    network = built()
    with tf.GradientTape() as tape:
        total, count = WindowLoss()(network, batch_of([0, 1, 2], [0, 1, 2]))["loss"]
        mean = total / count
    gradients = tape.gradient(mean, [variable.value for variable in network.trainable_variables])
    assert (float(total), float(count)) == (0.0, 1.0)
    assert all(not tf.convert_to_tensor(gradient).numpy().any() for gradient in gradients)


def test_each_step_draws_other_windows_and_negatives_and_the_state_of_the_generator_says_which():
    network, batch = built(), batch_of([0, 1, 2, 1, 0, 2, 1], [0] * 7)
    state = network.seeds.state.numpy()
    first, second = (float(WindowLoss()(network, batch)["loss"][0]) for _ in range(2))
    assert first != second
    network.seeds.state.assign(state)
    assert float(WindowLoss()(network, batch)["loss"][0]) == first
    assert any(variable is network.seeds.state for variable in network.variables)  # what a checkpoint holds
    assert all(variable is not network.seeds.state for variable in network.weights)


def test_one_trace_for_batches_of_all_sizes_and_all_epochs():
    choices = choices_of(load(WORD_VECTORS, ["data.size=300"]).experiment)
    train = load_splits(choices.data).splits["train"]
    fitted = word_vectors.WORD_VECTORS.fit(choices, train, SILENT)
    store = fitted.encode(train, SILENT)
    model, optimizer = fitted.build(store), keras.optimizers.Adagrad(0.1)
    optimizer.build(model.trainable_variables)
    steps = compile_steps(model, optimizer, WindowLoss(), jit_compile=False)
    for size in (500, 64):
        batches = fitted.batches(store, word_vectors.WORD_VECTORS.training(batch_size=size))
        for epoch in (1, 2):
            plan = batches.plan(seed=0, epoch=epoch)
            assert len({len(rows) for rows in plan}) > 1
            prepared = pipeline.batches(plan, batches.gather, batches.signature)
            done, _ = steps(iter(prepared), tf.constant(len(plan)), as_tensors(("loss",), {}))
            assert int(done) == len(plan)
    assert steps.experimental_get_tracing_count() == 1
    predictor = fitted.predictor(model)
    predictor.evaluate(store, [], SILENT)
    traces = predictor._score.experimental_get_tracing_count()
    predictor.evaluate(store, [], SILENT)
    assert predictor._score.experimental_get_tracing_count() == traces <= 2  # of one shape, and of all others

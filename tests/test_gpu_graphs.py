"""What a GPU would run of training, generating and searching, as far as the registry of kernels tells it."""

import functools
import sys
from collections import Counter

import keras
import pytest
import tensorflow as tf
from gpu_placement import BRANCHES, CONDITION, gpu_kernels, visits
from small_recipes import built, small_configs, training_steps

from seqlab.data.batching import pipeline
from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.beam_scores import beam_settings
from seqlab.decoding.sampling import SamplingMode, initial_carry, sampling_settings
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.models.batch_inference import compile_forward
from seqlab.models.score_text import compile_scorer
from seqlab.tasks.language_modeling.generate import TextGenerator
from seqlab.tasks.language_modeling.loss import NextTokenLoss
from seqlab.tasks.translation.translate import CompiledTranslator
from seqlab.training.optimizers import row_updates

CONFIGS = small_configs()
SCATTERS = {"imdb/document_vectors": {"ScatterNd"}}
"""Recipe → scatters that are left in its training step."""
MODELS_THAT_TRANSLATE = [name for name, config in CONFIGS.items() if config["task"] == "translation"]
MODELS_THAT_WRITE = [name for name, config in CONFIGS.items() if config["task"] == "language_model"]


@pytest.fixture(autouse=True)
def _graphs_for_a_gpu(monkeypatch, simulated_gpu):
    """Graphs are traced as on a machine with a GPU, cuDNN included; nothing runs. All tables count as large."""
    monkeypatch.setattr(sys.modules["keras.src.backend.tensorflow.rnn"], "_is_gpu_available", lambda: True)
    monkeypatch.setattr(row_updates, "LARGE", 1)


@pytest.fixture(scope="module", autouse=True)
def _models_are_let_go():
    """With their data and their graphs, which the tests of other files need not carry along."""
    yield
    built_once.cache_clear()


@functools.cache
def built_once(name):
    """Its training and its evaluation are traced with one model."""
    return built(CONFIGS[name])


def steps_of(name, parts=1):
    experiment, data, model = built_once(name)
    steps, batches, totals = training_steps(experiment, data, model, accumulate=parts)
    return steps.get_concrete_function(batches, tf.constant(2), totals)


IN_PARTS = ["imdb/bigram", "imdb/transformer", "spa_eng/luong", "shakespeare/stateful_gru"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parts"), [*((name, 1) for name in CONFIGS), *((name, 4) for name in IN_PARTS)])
def test_every_operation_of_a_training_step_has_a_gpu_kernel(name, parts):
    """Loops, branches and gradients included. A decoder that called cuDNN word by word would stack int8.

    And the host reads no condition and no number of rows of a step: it would wait for the GPU. How many parts a batch
    has it knows from the pipeline.
    """
    graph = steps_of(name, parts)
    found = visits(graph)
    assert [each for each in found if each.why.startswith("no GPU kernel") or each.why == CONDITION] == []
    branches = [each for each in found if each.type in BRANCHES and each.why.startswith("reads bool")]
    assert [each for each in branches if not of_keras_schedule(each)] == []
    types = all_types(graph).keys()
    assert not {"Where", "Unique", "UniqueV2", "PyFunc", "EagerPyFunc"} & types
    scatters = {each for each in types if "Scatter" in each}  # on the host if they must be deterministic
    assert scatters <= SCATTERS.get(name, set())


def evaluations_of(name):
    """The compiled functions that score a split, of the predictor where it holds them."""
    config, (experiment, data, model) = CONFIGS[name], built_once(name)
    batches = data.task.batches(data.stores["train"], experiment.training)
    ids = tf.TensorSpec((None, None), tf.int32)
    if config["task"] == "language_model":
        return [compile_scorer(model).get_concrete_function(ids, model.initial_state(2))]
    if config["task"] == "translation":
        compiled = data.task.predictor(model).compiled
        ways = (False, True) if "cell" in config["model"] else (False,)  # Transformers always read the true words
        return [compiled.scorer(free_running=free).get_concrete_function() for free in ways]
    if config["task"] == "word_vectors":
        seed = tf.TensorSpec((2,), tf.int32)
        scored = data.task.predictor(model)._score
        return [scored.get_concrete_function(pipeline.specification(batches.signature), seed)]
    return [compile_forward(model, batches.signature).get_concrete_function()]


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_every_operation_of_an_evaluation_has_a_gpu_kernel(name):
    for graph in evaluations_of(name):
        found = visits(graph)
        assert [each for each in found if each.why.startswith("no GPU kernel") or each.why == CONDITION] == []
        assert not {"PyFunc", "EagerPyFunc", "PyFuncStateless"} & all_types(graph).keys()


@pytest.mark.slow
def test_lstm_and_gru_are_of_cudnn():
    """The check sees what it is about: layers that read whole sentences are cuDNN's, those of single words are not."""
    assert {"CudnnRNNV3", "CudnnRNNBackpropV3"} <= all_types(steps_of("spa_eng/bahdanau")).keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS_THAT_TRANSLATE)
@pytest.mark.parametrize("width", [1, 3])
def test_no_word_of_a_translation_waits_for_the_host(name, width):
    """Besides whether all sentences have ended: one bool per word, without which each would have the longest length."""
    _, data, model = built(CONFIGS[name])
    size = data.task.vectorizers["target"].size
    search = CompiledTranslator(model, size).search(width, 1)
    ids, limits = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32)
    graph = search.get_concrete_function(ids, limits, beam_settings(BeamOptions(), size, excluded=(0,)))
    of_position = "reads int32 GatherV2 while/GatherV2"  # beams of a Transformer are reordered with their length
    assert [each for each in in_loops(graph) if each.why != CONDITION and not each.why.startswith(of_position)] == []
    assert not {"PyFunc", "EagerPyFunc", "PyFuncStateless"} & all_types(graph).keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS_THAT_WRITE)
@pytest.mark.parametrize(
    "options", [{"temperature": 0.0}, {}, {"top_k": 3, "top_p": 0.9, "min_p": 0.1, "repetition_penalty": 1.2}]
)
def test_no_token_of_a_generated_text_waits_for_the_host(name, options):
    _, data, model = built(CONFIGS[name])
    sampler = TextGenerator(model, data.task.vectorizers["text"])._sampler
    chosen, size = SamplingOptions(**options), data.task.vectorizers["text"].size
    mode = SamplingMode(chosen.greedy, chosen.filtered, True)
    carry = initial_carry(model.initial_state(2), 2, 4, size)
    settings = sampling_settings(chosen, sampler._excluded)
    graph = sampler._advance.get_concrete_function(mode, carry, settings, tf.constant(5))
    assert in_loops(graph) == []
    assert in_loops(sampler._feed.get_concrete_function(carry, tf.constant([[1, 2], [3, 4]]))) == []


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", ["shakespeare/stateful_gru", "shakespeare/char_lstm"])
def test_states_between_batches_never_pass_through_half_precision(name, policy):
    """cuDNN has one type for states and products: both are float32 where states are passed on."""
    keras.config.set_dtype_policy(policy)
    _, _, model = built(CONFIGS[name])
    loss = NextTokenLoss(model, label_smoothing=0.0, streams=3)
    assert {variable.dtype for variable in loss.variables} == {"float32"}
    ids = tf.TensorSpec((3, 6), tf.int32)
    graph = tf.function(lambda ids: loss(model, {"ids": ids}), autograph=False).get_concrete_function(ids)
    assert {node.attr["T"].type for node in all_nodes(graph) if node.op == "CudnnRNNV3"} == {
        tf.float32.as_datatype_enum
    }


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", ["multi30k/attention", "spa_eng/luong"])
def test_states_between_words_never_pass_through_half_precision(name, policy):
    """From the encoder to the decoder and from word to word, what input feeding hands on included."""
    keras.config.set_dtype_policy(policy)
    _, _, model = built(CONFIGS[name])

    def one_word(source, ids):
        encoded = model.encode(source, training=False)
        before = model.begin(encoded, 5)
        _, after, _ = model.step(ids, before, encoded)
        return before, after

    graph = tf.function(one_word, autograph=False).get_concrete_function(
        tf.TensorSpec((2, 4), tf.int32), tf.TensorSpec((2,), tf.int64)
    )
    assert {tensor.dtype for tensor in tf.nest.flatten(graph.structured_outputs)} == {tf.float32}


def of_keras_schedule(visit):
    """Its warm-up is a branch by the number of steps, which is with the optimizer's variables."""
    return "Decay" in visit.operation


def in_loops(graph):
    """Visits at every step, without the shapes that Keras' dense layers compute for `tf.tensordot`: a number or two
    each (docs/devices.md)."""
    return [each for each in visits(graph) if each.loops and "/Tensordot/" not in each.operation]


def all_nodes(graph):
    """Of the graph and of all functions of its library."""
    definition = graph.graph.as_graph_def()
    return [*definition.node, *(node for each in definition.library.function for node in each.node_def)]


def all_types(graph):
    """How often each type of operation occurs."""
    return Counter(node.op for node in all_nodes(graph))


def test_the_check_knows_a_kernel_that_is_missing():
    """And what a loop copies: an int32 passed from step to step is on the host, and so is a condition."""

    @tf.function
    def careless(x):
        def body(t, best):
            return t + 1, best + tf.argmax(tf.cast(x > 0.5, tf.int8), output_type=tf.int32)

        return tf.while_loop(lambda t, best: tf.reduce_all(x > 0.0), body, (0, 0))

    found = visits(careless.get_concrete_function(tf.TensorSpec((None,))))
    assert any(each.why.startswith("no GPU kernel for int8") and each.loops == 1 for each in found)
    assert any(each.why == CONDITION for each in found)
    assert gpu_kernels("MatMul")
    assert not gpu_kernels("StringSplit")

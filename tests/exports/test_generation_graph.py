"""Language models as graphs: the text that `generate` writes, for every option, and after every prompt."""

import numpy as np
import pytest
import tensorflow as tf

from seqlab.data.datasets.synthetic_text import SyntheticText
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import RequestError
from seqlab.exports.export import export
from seqlab.exports.generation_graph import UNLIMITED, as_tensors, checks_of, generation_graph
from seqlab.models.language_modeling import LANGUAGE_MODELS
from seqlab.tasks.language_modeling.task import FittedLanguageModeling
from seqlab.text import Characters, Subwords, Words

LEARNED = ["To be, or not to be: that is the question.\nWhether 'tis nobler in the mind to suffer\n"] * 3
SAMPLINGS = [
    SamplingOptions(temperature=0),
    SamplingOptions(seed=2**40 + 1, temperature=0.7),
    SamplingOptions(seed=3, top_k=3, repetition_penalty=1.2),
    SamplingOptions(seed=4, top_p=0.8, min_p=0.01),
]


def predictor_of(options, **settings):
    """With random weights."""
    component = LANGUAGE_MODELS.read({"name": "recurrent", **settings})
    task = FittedLanguageModeling(SyntheticText(), component, options.unpadded(options.learn(LEARNED).vocabulary))
    tf.keras.utils.set_random_seed(1)
    return task.predictor(task.build(None))


SMALL = {"units": 8, "embedding": 4}
MODELS = {
    "characters": (Characters(), {**SMALL, "cell": "lstm"}, SAMPLINGS[2]),
    "unknown": (Characters(unknown=True, lowercase=True), SMALL, SAMPLINGS[0]),
    "words": (Words(standardize="lower", split="punctuation"), SMALL, SAMPLINGS[1]),
}


@pytest.mark.parametrize(("options", "settings", "sampling"), MODELS.values(), ids=MODELS)
def test_text_is_that_of_the_run(options, settings, sampling):
    predictor = predictor_of(options, **settings)
    prompts = ["is\r\n", "be "]
    own = [
        "".join(text for (text,) in predictor.generate(prompt, length=4, samples=1, sampling=sampling))
        for prompt in prompts
    ]
    assert found_of(predictor, prompts, 4, sampling) == own


def found_of(predictor, prompts, length, sampling):
    """Of the graph, compiled for one prompt after the other."""
    graph = generation_graph(predictor)
    given = graph.reads.tensor(prompts, None)
    options = as_tensors(sampling)
    found = graph.signatures["generate"].python_function(given, tf.constant(length), *options.values())
    return [text.decode() for text in found["text"].numpy()]


def test_no_limit_is_no_top_k():
    assert as_tensors(SamplingOptions())["top_k"].numpy() == UNLIMITED
    assert as_tensors(SamplingOptions(top_k=5))["top_k"].numpy() == 5


@pytest.mark.parametrize(("prompt", "says"), [("", "the prompt is empty"), ("日本", "the prompt has a character")])
def test_a_prompt_that_cannot_be_read_is_refused(prompt, says):
    with pytest.raises(tf.errors.InvalidArgumentError, match=says):
        found_of(predictor_of(Characters(), **SMALL), [prompt], 3, SAMPLINGS[0])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"length": 0}, "length must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"top_k": -1}, "top_k must be at least 0"),
        ({"temperature": -0.5}, "temperature must be a finite number of at least 0"),
        ({"top_p": 0.0}, "top_p must be a finite number above 0 and at most 1"),
        ({"min_p": 1.5}, "min_p must be a finite number of at least 0 and at most 1"),
    ],
)
def test_an_option_out_of_its_range_is_refused(options, says):
    given = {"length": tf.constant(3), **as_tensors(SamplingOptions())}
    checks_of(given)
    given |= {name: tf.constant(value, given[name].dtype) for name, value in options.items()}
    with pytest.raises(tf.errors.InvalidArgumentError, match=says):
        checks_of(given)


def test_subwords_are_continued_as_ids(tmp_path):
    predictor = predictor_of(Subwords(size=270), **SMALL)
    graph = generation_graph(predictor)
    graph.reads.write(tmp_path)
    given = graph.reads.tensor(["To be"], tmp_path)
    options = as_tensors(SAMPLINGS[1])
    found = graph.signatures["generate"].python_function(given, tf.constant(9), *options.values())["ids"].numpy()
    assert (found.dtype, found.shape) == (np.int32, (1, 9))
    pieces = predictor.generate("To be", length=9, samples=1, sampling=SAMPLINGS[1])
    text = "".join(piece for (piece,) in pieces)
    assert predictor.vectorizer.decode([*given.numpy()[0], *found[0]]) == "To be" + text


def test_a_saved_one_writes_what_its_run_writes(language_model, tmp_path, monkeypatch):
    monkeypatch.setattr("seqlab.exports.generation_graph.CHECKED_LENGTH", 20)
    monkeypatch.setattr("seqlab.exports.generation_graph.CHECKED_PROMPTS", 3)
    with pytest.raises(RequestError, match=r"is no bag.*`--format saved_model` takes every model of texts"):
        export(language_model, "sklearn", tmp_path / "out")
    done = export(language_model, "saved_model", tmp_path / "out")
    assert str(done.agreement) == "6 of 6 continuations are equal"
    saved = tf.saved_model.load(tmp_path / "out" / "model").signatures
    assert set(saved) == {"serving_default", "generate"}
    options = as_tensors(SAMPLINGS[3])
    one, two = saved["generate"](text=tf.constant(["the", "the"]), length=tf.constant(9), **options)["text"].numpy()
    assert (len(one), one) == (9, two)
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "`temperature` float32" in readme
    assert """print(model(text=tf.constant(['the']))["text"].numpy())""" in readme

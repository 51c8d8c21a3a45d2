"""Models with random weights that write and translate: how fast, and what."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import tensorflow as tf
from small_recipes import built

from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.progress import SILENT
from seqlab.tasks.language_modeling.generate import TextGenerator
from seqlab.tasks.translation.translate import CompiledTranslator, translate

Config = dict[str, Any]
GREEDY = SamplingOptions(temperature=0.0)


def written(config: Config, *, samples: int, length: int) -> dict[str, Any]:
    """`texts`: continuations of different prompts, each token the most probable one; `rate`: tokens a second, drawn at
    temperature 1, of all samples together."""
    _, data, model = built(config)
    vectorizer = data.task.vectorizers["text"]
    generator = TextGenerator(model, vectorizer)
    specials = len(vectorizer.vocabulary.specials)
    prompts = [np.array([specials + number % (vectorizer.size - specials)], np.int32) for number in range(samples)]
    texts = ["".join(piece for (piece,) in _pieces(generator, prompt, length, 1, GREEDY)) for prompt in prompts]
    seconds = 0.0
    for _ in range(2):  # the first compiles
        started = time.perf_counter()
        for _ in _pieces(generator, prompts[0], length, samples, SamplingOptions()):
            pass
        seconds = time.perf_counter() - started
    return {"texts": texts, "rate": samples * length / seconds}


def _pieces(generator: TextGenerator, prompt: np.ndarray, length: int, samples: int, options: SamplingOptions) -> Any:
    return generator.generate(prompt, length=length, samples=samples, sampling=options)


def translated(config: Config, *, width: int, sentences: int, length: int) -> dict[str, Any]:
    """`texts`: the ids of translations; `rate`: words a second of all sentences together."""
    _, data, model = built(config)
    train = data.stores["train"].ragged("source_ids")
    source = train.gather(np.arange(min(sentences, len(train))))
    translator = CompiledTranslator(model, data.task.vectorizers["target"].size)
    limits = np.full(len(source), length, np.int32)
    seconds, results = 0.0, []
    for _ in range(2):  # the first compiles
        started = time.perf_counter()
        results = translate(translator, source, BeamOptions(width=width), SILENT, limits=limits)
        seconds = time.perf_counter() - started
    texts = [" ".join(map(str, result.ids[0])) for result in results]
    words = sum(len(result.ids[0]) + (0 not in result.cut) for result in results)
    return {"texts": texts, "rate": words / seconds}


def lowest_of_equals() -> dict[str, bool]:
    """Whether `argmax` and `top_k` take the lowest place among equal values, infinities included."""
    generator = np.random.default_rng(0)
    cases = {
        "all equal": np.zeros((4, 5000)),
        "few values": generator.integers(0, 3, (64, 5000)),
        "all excluded": np.full((4, 5000), -np.inf),
    }
    found = {}
    for name, values in cases.items():
        given = tf.constant(values, tf.float32)
        expected = values.argmax(axis=1)
        order = np.argsort(-values, axis=1, kind="stable")[:, :8]
        found[f"argmax, {name}"] = bool((tf.argmax(given, axis=1).numpy() == expected).all())
        if not np.isinf(values).any():
            found[f"top_k, {name}"] = bool((tf.math.top_k(given, 8)[1].numpy() == order).all())
    return found

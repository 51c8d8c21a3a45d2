"""The first answer of each kind, before anybody waits for it: TensorFlow compiles what it computes when it is first
asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import SeqlabError
from seqlab.explanations.options import ExplainOptions
from seqlab.serving import answers
from seqlab.serving.served_run import ServedRun

LENGTH = 16
"""Tokens that are generated."""


def warm_up(runs: Iterable[ServedRun], report_bug: Callable[[Exception], None]) -> None:
    """Have each run answer once in each of its ways, in its own thread. What a run cannot do for this example is left
    to the first request; an error that nobody foresaw is reported, and the server begins all the same."""
    for run in runs:
        for ask in _questions(run):
            try:
                asyncio.run(run.worker.call(ask))
            except SeqlabError:
                continue
            except Exception as error:
                report_bug(error)


def _questions(run: ServedRun) -> Iterator[Callable[[], Any]]:
    """The calls of the model behind the requests that the page and a simple client send."""
    loaded, can = run.loaded, run.capabilities
    example = [_example(run)]
    if "generate" in can:
        yield lambda: list(loaded.stream_text(example[0], length=LENGTH, samples=1, sampling=SamplingOptions()))
    if "translate" in can:
        for searched in (False, True):
            shown = {"replace_unknown": False, "attention": searched, "steps": searched}
            translate = answers.translator(loaded, loaded.beam({}), **shown)
            yield lambda translate=translate: translate(example)  # type: ignore[misc]
    elif "predict" in can:
        yield lambda: answers.predictor(loaded, None)(example)
    if "explain" in can:
        yield lambda: answers.explanations(loaded, example, ExplainOptions())
    if "word_vectors" in can:
        yield loaded.word_vectors


def _example(run: ServedRun) -> Any:
    """A row in which everything is missing, or a text of the first tokens of the vocabulary."""
    if run.columns:
        return {column.name: None for column in run.columns}
    vectorizer = next(iter(run.loaded.task.vectorizers.values()), None)
    if vectorizer is None:
        return "a"
    specials, tokens = len(vectorizer.vocabulary.specials), len(vectorizer.vocabulary.tokens)
    return vectorizer.decode(range(specials, specials + min(3, tokens)))

"""What a run answers, as JSON. These functions call the model: only the worker of the run calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from seqlab.decoding.beam_options import BeamOptions
from seqlab.errors import RequestError
from seqlab.experiment import LoadedRun, is_guess
from seqlab.explanations.as_json import plain
from seqlab.explanations.options import ExplainOptions
from seqlab.serving.bodies import in_field
from seqlab.serving.served_run import ServedRun
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.text_format import quoted
from seqlab.vectors import Metric, Neighbor, WordVectors
from seqlab.vectors.projection import on_the_plane_of

Fields = dict[str, Any]


def predictor(loaded: LoadedRun, threshold: float | None) -> Callable[[list[Any]], list[Fields]]:
    """Examples → predictions, with the fields of `seqlab predict --json`."""

    def predict(examples: list[Any]) -> list[Fields]:
        return [_prediction(loaded, each) for each in loaded.stream_predictions(examples, threshold=threshold)]

    return predict


def _prediction(loaded: LoadedRun, prediction: Any) -> Fields:
    """Nothing left to read is told by null as the answer."""
    first, *_ = loaded.answers_of(prediction)
    fields = asdict(prediction) | ({loaded.answers[0]: None} if first is None else {})
    return fields | {"is_guess": is_guess(prediction)}


def translator(
    loaded: LoadedRun, beam: BeamOptions, *, replace_unknown: bool, attention: bool, steps: bool
) -> Callable[[list[str]], list[Fields]]:
    """Sentences → translations, with the fields of `seqlab translate --json`."""

    def translate(texts: list[str]) -> list[Fields]:
        found = loaded.stream_translations(texts, beam=beam, replace_unknown=replace_unknown, steps=steps)
        answers = []
        for each in found:
            fields = asdict(each)
            if not attention:
                for hypothesis in fields["hypotheses"]:
                    del hypothesis["attention"]
            if not steps:
                del fields["steps"]
            answers.append({"translation": each.label if each.hypotheses else None, **fields})
        return answers

    return translate


def explanations(loaded: LoadedRun, examples: list[Any], options: ExplainOptions) -> list[Fields]:
    """With the fields of `seqlab explain --json`."""
    return [plain(each) for each in loaded.stream_explanations(examples, options)]


def neighbors(
    run: ServedRun, words: Mapping[str, str], *, top: int, metric: Metric, side: str | None, matrix: Any
) -> list[Fields]:
    """The nearest words of one word, or the answers to the analogy of three. `words`: field of the request → word.
    Raises FieldError for one without a vector."""
    vectors = _vectors_of(run, side, matrix)
    for field, word in words.items():
        with in_field(field, word):
            vectors.vector(word)
    found: list[Neighbor]
    if len(words) == 1:
        found = vectors.neighbors(*words.values(), top=top, metric=metric)
    else:
        a, b, c = words.values()
        found = vectors.analogy(a, b, c, top=top, metric=metric)
    return [{"word": each.word, "score": each.score} for each in found]


def word_map(run: ServedRun, words: Sequence[str], *, top: int, side: str | None, matrix: Any) -> list[Fields]:
    """The first `top` words, and others, as points of a plane. Raises RequestError for fewer than two words, and
    FieldError for one without a vector."""
    vectors = _vectors_of(run, side, matrix)
    first = list(vectors.words[:top])
    if len(first) < 2:
        raise RequestError(f"run {quoted(run.id)} has vectors of fewer than two words: there is nothing to draw")
    named = [each for each in dict.fromkeys(words) if each not in first]
    rows = []
    for each in named:
        with in_field(f"words.{words.index(each)}", each):
            rows.append(vectors.vector(each))
    others = np.stack(rows) if rows else np.zeros((0, vectors.dimensions), np.float32)
    points = np.concatenate(on_the_plane_of(vectors.matrix[: len(first)], others))
    return [{"word": word, "x": x, "y": y} for word, (x, y) in zip([*first, *named], points.tolist(), strict=True)]


def notes(loaded: LoadedRun, rows: list[Any]) -> list[str]:
    """What the model did not find in rows: categories that training lacks, numbers that are missing."""
    predictor = loaded.predictor
    return predictor.notes_on_rows(rows) if isinstance(predictor, ExamplePredictor) else []


def _vectors_of(run: ServedRun, side: str | None, matrix: Any) -> WordVectors:
    """The vectors of a matrix, computed once. Raises RequestError for a run that has none."""
    if (side, matrix) not in run.vectors:
        run.vectors[side, matrix] = run.loaded.word_vectors(side, matrix)
    return run.vectors[side, matrix]


def prompt_tokens(loaded: LoadedRun, prompt: str) -> int:
    """How many tokens a prompt has."""
    return len(_vectorizer(loaded).tokens(prompt))


def text_tokens(loaded: LoadedRun, text: str) -> int:
    """How many tokens a generated text has, at least 1 if it is not empty."""
    return max(len(_vectorizer(loaded).tokens(text)), 1 if text else 0)


def _vectorizer(loaded: LoadedRun) -> Any:
    vectorizer = loaded.task.vectorizers.get("text")
    if vectorizer is None:
        raise RequestError(f"run {quoted(loaded.run.id)} reads no text")
    return vectorizer

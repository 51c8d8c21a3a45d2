"""Scoring texts with a language model, predicting the next token, and generating text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.long_text import LongText, LongTexts
from seqlab.data.store import Store
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import DataError, RequestError
from seqlab.explanations.options import ExplainOptions
from seqlab.explanations.results import Surprise
from seqlab.metrics.generated_text import described
from seqlab.models.score_text import Scorer, compile_ranking_scorer, compile_scorer, score_text
from seqlab.models.text_state import Reader, compile_reader, text_states
from seqlab.progress import Progress
from seqlab.registry import Component
from seqlab.tasks.language_modeling.evaluate import LanguageModelEvaluation, outputs_of, readable
from seqlab.tasks.language_modeling.generate import TextGenerator, without_first_space
from seqlab.tasks.language_modeling.prompt import hidden_prompt, notes_on, read_prompt
from seqlab.tasks.language_modeling.surprise import surprise_of
from seqlab.tasks.token_vectors import MatrixName, token_vectors
from seqlab.text.untrained import are_mostly_untrained, untrained_tokens
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import NO_ID
from seqlab.text_format import counted, quoted, unix_newlines
from seqlab.vectors import WordVectors

if TYPE_CHECKING:
    import keras

BETWEEN_DOCUMENTS = "\n\n"
SHOWN_CANDIDATES = 10
SAMPLE_TEMPERATURES, SAMPLE_LENGTH = (0.5, 0.8, 1.0), 500
"""Temperatures and tokens of the texts in `samples.txt`."""


def joined_documents(texts: Sequence[str]) -> LongText:
    """All documents of a split as one text."""
    return LongText.joined(LongTexts.of(texts).texts, BETWEEN_DOCUMENTS)


@dataclass(frozen=True)
class NextTokenPrediction:
    """The most probable next token of a text, and the probabilities of the ten most probable ones.

    An empty text has none: the label "", and a probability that is not a number.
    """

    label: str
    probability: float
    probabilities: Mapping[str, float]
    cut_off: int = 0
    """Number of tokens at the beginning of the text that were not read, because it is longer than the context."""
    unreadable: bool = False
    """Whether training never had most of the tokens that were read, so that the next one is a guess."""


class LanguageModelPredictor:
    """A language model with the vectorizer of its ids. `max_context`: ids that it can read at once; None: no limit."""

    def __init__(self, model: keras.Model, vectorizer: FittedVectorizer, max_context: int | None) -> None:
        self.model, self.vectorizer, self.max_context = model, vectorizer, max_context
        self._ranking_scorers: dict[int, Scorer] = {}

    def word_vectors(self, side: str | None, matrix: MatrixName) -> WordVectors:
        """See `token_vectors`."""
        return token_vectors(self.model, {"text": self.vectorizer}, side, matrix, writes="text")

    def evaluate(self, store: Store, metrics: Sequence[Component], progress: Progress) -> LanguageModelEvaluation:
        ids = store.ragged("text_ids").values
        if len(ids) < 2:
            raise DataError(f"a text of {counted(len(ids), 'token')} cannot be scored: it has no next token")
        known = readable(ids)
        log_probabilities, correct = np.empty(0), np.empty(0, bool)
        if len(known) > 1:
            log_probabilities, correct = score_text(self.model, self._scorer, known, self.max_context, progress)
        outputs = outputs_of(ids, log_probabilities, correct, self.vectorizer)
        return LanguageModelEvaluation(outputs, ids, tuple(metrics), self.samples)

    def predict(self, texts: Iterable[str]) -> Iterator[NextTokenPrediction]:
        """For each text its next token."""
        import tensorflow as tf

        for text in texts:
            if not self.vectorizer.tokens(text):
                yield NextTokenPrediction("", math.nan, {})
                continue
            ids = read_prompt(text, self.vectorizer).ids
            visible_ids = ids[None, -(self.max_context or len(ids)) :]
            logits, _ = self.model.advance(tf.constant(visible_ids), self.model.initial_state(1))
            probabilities = tf.nn.softmax(logits[0, -1]).numpy()
            best = np.argsort(-probabilities, kind="stable")[:SHOWN_CANDIDATES]
            candidates = {self.vectorizer.decode([each]): float(probabilities[each]) for each in best}
            label, probability = self.vectorizer.decode([best[0]]), float(probabilities[best[0]])
            unreadable = are_mostly_untrained(visible_ids, self.vectorizer.vocabulary)
            yield NextTokenPrediction(label, probability, candidates, len(ids) - visible_ids.shape[1], unreadable)

    def explain(self, texts: Iterable[str], options: ExplainOptions, progress: Progress) -> Iterator[Surprise]:
        """How surprising the tokens of each text are. Raises RequestError for an option that means nothing here."""
        why = "a language model predicts every token of the text"
        options.refuse(dict.fromkeys(("method", "label", "faithfulness"), why))
        options.refuse({"target": "only a translator has one"})
        count = options.alternatives + 1
        if count not in self._ranking_scorers:
            self._ranking_scorers[count] = compile_ranking_scorer(self.model, count)
        scorer = self._ranking_scorers[count]
        return (surprise_of(text, self.model, self.vectorizer, scorer, self.max_context, progress) for text in texts)

    def text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """What the last layer reads after the last token of each text, (texts, width) float32.

        Of a text longer than the context it is the last part. Raises RequestError for a text without a token.
        """
        vectors = self.text_features(texts)
        if len(without := np.flatnonzero(~vectors.any(axis=1))):
            raise RequestError(f"nothing is left of the text {quoted(texts[without[0]])} to read: leave it out")
        return vectors

    def text_features(self, texts: Sequence[str]) -> np.ndarray:
        """The same, with zeros for a text without a token."""
        encoded = self.vectorizer.encode(list(map(unix_newlines, texts))).ids
        empty = [not self.vectorizer.tokens(text) for text in texts]
        rows = [encoded[number][: 0 if nothing else None] for number, nothing in enumerate(empty)]
        known = [row[row != NO_ID] for row in rows]  # a text without tokens may have one unknown id
        return text_states(self._reader, [ids[-(self.max_context or len(ids)) :] for ids in known])

    def generate(
        self, prompt: str | None, *, length: int, samples: int, sampling: SamplingOptions
    ) -> Iterator[list[str]]:
        """Continuations of a prompt, piece by piece: for each of the `samples` the text since the last piece.

        The prompt itself is not repeated. None: the beginning of a line, or the most frequent token without lines.
        A text begins with no space of its own where the prompt ends with one, or is not shown.
        """
        read = hidden_prompt(self.vectorizer) if prompt is None else read_prompt(prompt, self.vectorizer)
        pieces = self._generator.generate(read.ids, length=length, samples=samples, sampling=sampling)
        return without_first_space(pieces, samples) if read.ends_with_space else pieces

    def report(self, texts: Sequence[str], train: Sequence[str]) -> dict[str, Any]:
        """Diversity of generated texts, and their longest passage that is copied from the training texts."""
        return described(texts, joined_documents(train).pieces())

    def samples(self) -> str:
        """Generated text at three temperatures."""
        shown = []
        for temperature in SAMPLE_TEMPERATURES:
            sampling = SamplingOptions(temperature=temperature)
            pieces = self.generate(None, length=SAMPLE_LENGTH, samples=1, sampling=sampling)
            shown.append(f"--- temperature {temperature} ---\n{''.join(piece[0] for piece in pieces)}\n")
        return "\n".join(shown)

    def out_of_vocabulary(self, prompt: str) -> list[str]:
        """The tokens of a prompt that training never had. Raises RequestError for a prompt that cannot be read."""
        return untrained_tokens(read_prompt(prompt, self.vectorizer).text, self.vectorizer)

    def prompt_notes(self, prompt: str) -> list[str]:
        """Lines for the user about a prompt. Raises RequestError for a prompt that cannot be read."""
        return list(notes_on(read_prompt(prompt, self.vectorizer), self.vectorizer, self.max_context))

    @cached_property
    def _reader(self) -> Reader:
        return compile_reader(self.model)

    @cached_property
    def _scorer(self) -> Scorer:
        return compile_scorer(self.model)

    @cached_property
    def _generator(self) -> TextGenerator:
        return TextGenerator(self.model, self.vectorizer)

"""Language models: at every place of a text, what comes next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from seqlab.data.batching import plan
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Batching, Plan
from seqlab.data.datasets import TEXTS, Dataset
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.decoding.options import Sampling
from seqlab.errors import DataError, RequestError
from seqlab.metrics.generated_text import described
from seqlab.metrics.language_model import LANGUAGE_MODEL_METRICS, LanguageModelOutputs
from seqlab.models.language_modeling.language_model import LANGUAGE_MODELS, LanguageModelContext, LanguageModelPart
from seqlab.models.score_text import read_text
from seqlab.progress import Progress
from seqlab.registry import Component
from seqlab.tasks.language_modeling.evaluate import LanguageModelEvaluation
from seqlab.tasks.language_modeling.generate import write
from seqlab.tasks.language_modeling.loss import NextTokenLoss
from seqlab.tasks.task import LossFunction, Problem, Task, refuse_without_meaning
from seqlab.text import VECTORIZERS, Vectorizer
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import UNKNOWN, Vocabulary
from seqlab.text_format import counted

if TYPE_CHECKING:
    import keras

BETWEEN_DOCUMENTS = "\n\n"
CODE_POINTS = 1_114_112
"""An unseen character costs the unknown token's probability, divided by how many characters it could have been."""
SHOWN_CANDIDATES = 10


@dataclass(frozen=True)
class NextToken:
    """What a language model expects behind a text: the likeliest token, and how likely the ten likeliest are."""

    label: str
    probability: float
    probabilities: Mapping[str, float]


class LanguageModel(Task):
    """At every place of a text, what comes next."""

    name = "language_model"
    datasets = TEXTS
    vectorizers = VECTORIZERS
    models = LANGUAGE_MODELS
    metrics = LANGUAGE_MODEL_METRICS
    monitor = "validation.loss"
    ask = "seqlab generate --run {run} --temperature 0.8"

    def __init__(self, data: Dataset, model: LanguageModelPart, vectorizer: FittedVectorizer) -> None:
        self.data, self.model, self.vectorizer = data, model, vectorizer

    @classmethod
    def problems(cls, data: Dataset, vectorizer: Vectorizer, model: Component, batching: Batching) -> Iterator[Problem]:
        assert isinstance(model, LanguageModelPart)
        if model.longest is not None and batching.window > model.longest:
            message = f"a window of {batching.window} tokens is more than the model can look back on, {model.longest}"
            yield ("training", "window"), f"{message}: lower it, or raise model.context"
        if model.carries_state and batching.shift is not None:
            message = "parallel streams are read from end to end, and windows cannot overlap: leave shift out"
            yield ("training", "shift"), f"{message}, or model.stateful"
        if vectorizer.traits.output != "ids":
            yield ("vectorizer", "output"), "a language model reads tokens in order: it needs output: ids"
        if vectorizer.traits.ngrams != 1:
            yield ("vectorizer", "ngrams"), "a language model reads each word once: leave ngrams out"
        if vectorizer.traits.max_length is not None:
            yield ("vectorizer", "max_length"), "a language model reads the whole text: leave max_length out"

    @classmethod
    def learn(cls, data: Dataset, vectorizer: Vectorizer, model: Component, train: Records, progress: Progress) -> Self:
        learned = vectorizer.learn(data.input_texts(train)[: vectorizer.fit.take], progress)
        return cls(data, model, vectorizer.unpadded(learned.vocabulary))  # type: ignore[arg-type]

    @classmethod
    def restore(cls, data: Dataset, vectorizer: Vectorizer, model: Component, directory: Path) -> Self:
        vocabulary = Vocabulary.load(directory / "vocabulary.json")
        return cls(data, model, vectorizer.unpadded(vocabulary))  # type: ignore[arg-type]

    def save(self, directory: Path) -> None:
        self.vectorizer.vocabulary.save(directory / "vocabulary.json")

    def prepare(self, records: Records, progress: Progress, *, keep_text: bool = False) -> Store:
        """The ids of the whole split one after the other, and how many characters each of them spells."""
        text = BETWEEN_DOCUMENTS.join(self.data.input_texts(records))
        ids = np.asarray(self.vectorizer.encode([text], progress).ids.values, np.int32)
        columns: dict[str, Any] = {"ids": ids}
        if self.vectorizer.character_counts is not None:
            columns["characters"] = self.vectorizer.character_counts[ids]
        return Store(columns)

    def summary(self, store: Store) -> dict[str, float]:
        ids = store.flat("ids")
        unknown = 0 if self._unknown is None else int((np.asarray(ids) == self._unknown).sum())
        return {"examples": 1, "tokens": len(ids), "unknown_share": unknown / len(ids), "mean_tokens": len(ids)}

    @property
    def vocabulary_size(self) -> int:
        return self.vectorizer.size

    @property
    def vectorizers_by_side(self) -> Mapping[str, FittedVectorizer]:
        return {"text": self.vectorizer}

    def lengths(self, store: Store) -> np.ndarray:
        return np.array([len(store.flat("ids"))])

    def order(self, store: Store, batching: Batching, *, seed: int, epoch: int) -> Plan:
        """Windows in random order; with a state to carry, those of parallel streams in theirs."""
        length = len(store.flat("ids"))
        needed = batching.window * (batching.batch_size if self.model.carries_state else 1) + 1
        if length < needed:
            streams = f" in each of {batching.batch_size} streams" if self.model.carries_state else ""
            raise DataError(
                f"the training text has {length:,} tokens, and a window of {batching.window}{streams} takes "
                f"{needed:,}: lower training.window or training.batch_size, or give a longer text"
            )
        if self.model.carries_state:
            return plan.streams(length, batching)
        return plan.windows(length, batching, seed=seed, epoch=epoch)

    @property
    def signature(self) -> Signature:
        return {"ids": ("int32", (None, None))}

    def gather(self, store: Store, rows: np.ndarray, batching: Batching) -> Batch:
        places = rows[:, None] + np.arange(batching.window + 1)
        return {"ids": store.flat("ids")[places]}

    def example(self, records: Records, store: Store, row: int, batching: Batching) -> Mapping[str, str]:
        """The window that begins at this place of the text, and what is to be foretold of it."""
        (ids,) = self.gather(store, np.array([row]), batching)["ids"]
        tokens = [self.vectorizer.decode([index]) for index in ids]
        return {"read": " | ".join(tokens[:-1]), "foretold": " | ".join(tokens[1:])}

    def build(self, train: Store | None) -> keras.Model:
        import tensorflow as tf

        model = self.model.build(LanguageModelContext(self.vectorizer.size))
        model({"ids": tf.zeros((1, 1), tf.int32)})
        return model

    def loss_function(
        self,
        train: Store,
        model: keras.Model,
        batching: Batching,
        *,
        loss: Any,
        class_weights: Any,
        label_smoothing: float,
    ) -> LossFunction:
        refuse_without_meaning("language model", loss=loss, class_weights=class_weights)
        rows = batching.batch_size if self.model.carries_state else None
        return NextTokenLoss(model, label_smoothing=label_smoothing, rows=rows)

    def score(
        self, model: keras.Model, store: Store, metrics: Sequence[Component], progress: Progress
    ) -> LanguageModelEvaluation:
        ids = np.asarray(store.flat("ids"))
        if len(ids) < 2:
            raise DataError(f"a text of {counted(len(ids), 'token')} cannot be scored: nothing comes next")
        log_probabilities, right = read_text(model, ids, self.model.longest, progress)
        unknown = ids[1:] == (-1 if self._unknown is None else self._unknown)
        characters = np.asarray(store.flat("characters"))[1:] if "characters" in store else None
        if characters is not None:
            log_probabilities = log_probabilities - unknown * math.log(CODE_POINTS)
        read = LanguageModelOutputs(log_probabilities, right, unknown, characters)
        return LanguageModelEvaluation(read, ids, tuple(metrics), lambda: self._samples(model))

    def answer(self, model: keras.Model, texts: Iterable[str]) -> Iterator[NextToken]:
        """For each text what comes next."""
        import tensorflow as tf

        for text in texts:
            ids = self._ids_of_prompt(text)
            logits, _ = model.advance(
                tf.constant(ids[None, -(self.model.longest or len(ids)) :]), model.initial_state(1)
            )
            probabilities = tf.nn.softmax(logits[0, -1]).numpy()
            best = np.argsort(-probabilities, kind="stable")[:SHOWN_CANDIDATES]
            candidates = {self.vectorizer.decode([each]): float(probabilities[each]) for each in best}
            yield NextToken(self.vectorizer.decode([best[0]]), float(probabilities[best[0]]), candidates)

    def write(
        self, model: keras.Model, prompt: str | None, *, length: int, samples: int, sampling: Sampling
    ) -> Iterator[list[str]]:
        """Texts that go on from a prompt, piece by piece: for each of the `samples` what comes next of it.

        The prompt itself is not given back. None: where a text begins, behind the end of a line if there are lines.
        """
        ids = self._ids_of_prompt(self._beginning if prompt is None else prompt)
        excluded = range(len(self.vectorizer.vocabulary.specials))
        return write(model, self.vectorizer, ids, length=length, samples=samples, sampling=sampling, excluded=excluded)

    def report(self, texts: Sequence[str], train: Records) -> dict[str, Any]:
        """How varied generated texts are, and the longest passage of them that stands in the training text."""
        return described(texts, BETWEEN_DOCUMENTS.join(self.data.input_texts(train)))

    def _samples(self, model: keras.Model) -> str:
        """The same beginning at three temperatures."""
        shown = []
        for temperature in (0.5, 0.8, 1.0):
            pieces = self.write(model, None, length=500, samples=1, sampling=Sampling(temperature=temperature))
            shown.append(f"--- temperature {temperature} ---\n{''.join(piece[0] for piece in pieces)}\n")
        return "\n".join(shown)

    @property
    def _beginning(self) -> str:
        vocabulary = self.vectorizer.vocabulary
        return "\n" if "\n" in vocabulary.tokens else vocabulary.tokens[0]

    def out_of_vocabulary(self, prompt: str) -> list[str]:
        """Tokens of a prompt that were never learned, and are read as the unknown one. Raises as `_ids_of_prompt`."""
        # A prompt without words has no token, and one id: the unknown one.
        pairs = zip(self.vectorizer.tokens(prompt), self._ids_of_prompt(prompt), strict=False)
        return list(dict.fromkeys(token for token, index in pairs if index == self._unknown))

    def _ids_of_prompt(self, prompt: str) -> np.ndarray:
        """Raises RequestError for an empty prompt and for one of which nothing is known."""
        try:
            ids = np.asarray(self.vectorizer.encode([prompt]).ids[0], np.int32)
        except DataError as error:
            raise RequestError(f"the prompt cannot be read: {error}") from error
        if len(ids) == 0 or not prompt:
            raise RequestError("the prompt is empty: give at least one token for the text to go on from")
        return ids

    @property
    def _unknown(self) -> int | None:
        specials = self.vectorizer.vocabulary.specials
        return specials.index(UNKNOWN) if UNKNOWN in specials else None

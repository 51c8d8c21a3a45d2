"""Translation: a target sentence for a source sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import PAIRS
from seqlab.data.ragged import Ragged
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.metrics.translation import TRANSLATION_METRICS
from seqlab.models.embedding_options import EmbeddingsOfSides
from seqlab.models.translation import TRANSLATORS, Translator, TranslatorContext
from seqlab.progress import Progress
from seqlab.registry import Positive, PositiveNumber
from seqlab.tasks.constant_answer import ConstantAnswer, counts_of, losses_of_frequencies
from seqlab.tasks.task import Choices, Problem, Registries, Task, register
from seqlab.tasks.translation.batching import SIDES, training_batches
from seqlab.tasks.translation.length_limit import MEASURED, LengthLimit
from seqlab.tasks.translation.loss import TranslationLoss
from seqlab.tasks.translation.predictor import TranslationPredictor
from seqlab.text import Vectorizer
from seqlab.text.pair_vectorizers import PAIR_VECTORIZERS, OfPairs, Shared, Sides, options_of
from seqlab.text.sentences import END_ID, START_ID, Sentences
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import OF_SENTENCES
from seqlab.training.options import Checkpoint, TrainingOptions

if TYPE_CHECKING:
    import keras


class TranslationCheckpoint(Checkpoint):
    """When to save checkpoints. With its optimizer, the last one would be most of the size of a finished run."""

    keep_last: bool = False
    """Keep the last checkpoint of a finished run, so that it can continue with more epochs."""


class TranslationTraining(TrainingOptions):
    """How a translator is trained."""

    clip_norm: PositiveNumber | None = 1.0
    checkpoint: TranslationCheckpoint = TranslationCheckpoint()
    batch_tokens: Positive | None = None
    """Tokens per step, including padding, instead of a number of examples; null: `batch_size` examples."""
    buckets: bool = True
    """Batch pairs of similar length, which reduces padding; false: batches are random."""

    @property
    def examples_per_step(self) -> int | None:
        return self.effective_batch_size if self.batch_tokens is None else None


def check(choices: Choices, training: Any) -> Iterator[Problem]:
    for path, vectorizer in _vectorizers_by_path(choices.vectorizer):
        if vectorizer.traits.output != "ids":
            yield (*path, "output"), "a translator reads sentences in order: it needs output: ids"
        if vectorizer.traits.ngrams != 1:
            yield (*path, "ngrams"), "a translator writes each word once: leave out ngrams"
        if not vectorizer.traits.splits_texts:
            yield (*path, "split"), "a whole sentence as one word cannot be translated: split it"
        if vectorizer.fit.fields is not None:
            yield (*path, "fit", "fields"), "each side has one field: leave out fields"
        if vectorizer.traits.optional_unknown:
            yield (*path, "unknown"), "a translator always has an unknown token: leave out unknown"
        size = vectorizer.traits.max_tokens
        if size is not None and size <= END_ID + 1:
            yield (*path, "max_tokens"), f"{size} leaves no room for words besides {END_ID + 1} special ids"
    if options_of(choices.vectorizer)[1].traits.reverses:
        path = list(_vectorizers_by_path(choices.vectorizer))[-1][0]
        yield (*path, "reverse"), "the target is written from its beginning: reverse only the source"
    if not options_of(choices.vectorizer)[1].traits.decodes:
        path = list(_vectorizers_by_path(choices.vectorizer))[-1][0]
        yield (
            (*path, "hash_buckets"),
            "the target is written in tokens, which no bucket gives back: hash the source only",
        )
    one_table = isinstance(choices.vectorizer, Shared) and choices.model.shares_embedding
    if one_table and isinstance(choices.model.embedding, EmbeddingsOfSides):
        yield ("model", "embedding"), "sides with a shared vocabulary share their embedding: name one for both"
    if choices.model.decoding.coverage_penalty and not choices.model.attends:
        path = ("model", "decoding", "coverage_penalty")
        yield path, "has no effect: this model has no attention weights (model.attention: none)"
    if training.batch_tokens is not None and not training.buckets:
        yield ("training", "buckets"), "batch_tokens always batches pairs of similar length: leave out buckets"


def fit(choices: Choices, train: Records, progress: Progress) -> FittedTranslation:
    texts = [train[side] for side in SIDES]
    if isinstance(choices.vectorizer, Shared):
        take = choices.vectorizer.shared.fit.take
        both = Sentences.learn(choices.vectorizer.shared, [*texts[0][:take], *texts[1][:take]], progress)
        sides = (both, both)
    else:
        source, target = (
            Sentences.learn(options, of_side[: options.fit.take], progress, side=side)
            for side, options, of_side in zip(SIDES, options_of(choices.vectorizer), texts, strict=True)
        )
        sides = (source, target)
    every = -(-len(train) // MEASURED)
    lengths = [
        side.encode(of_side[::every], start=False).ids.lengths for side, of_side in zip(sides, texts, strict=True)
    ]
    return FittedTranslation(choices.model, *sides, LengthLimit.learn(*lengths))


def restore(choices: Choices, directory: Path) -> FittedTranslation:
    limit = LengthLimit.restore(directory)
    if isinstance(choices.vectorizer, Shared):
        both = Sentences.restore(choices.vectorizer.shared, directory, "shared")
        return FittedTranslation(choices.model, both, both, limit)
    named = zip(options_of(choices.vectorizer), SIDES, strict=True)
    source, target = (Sentences.restore(options, directory, side) for options, side in named)
    return FittedTranslation(choices.model, source, target, limit)


class FittedTranslation:
    """A translation task with the vocabularies of both sides, and the lengths of translations that they give."""

    def __init__(self, model: Translator, source: Sentences, target: Sentences, limit: LengthLimit) -> None:
        self.model, self.source, self.target, self.limit = model, source, target, limit

    @property
    def vectorizers(self) -> Mapping[str, FittedVectorizer]:
        return {"source": self.source.vectorizer, "target": self.target.vectorizer}

    @property
    def shared(self) -> bool:
        """Whether both sides have one vocabulary."""
        return self.source is self.target

    def save(self, directory: Path) -> None:
        self.limit.save(directory)
        if self.shared:
            self.source.save(directory, "shared")
            return
        self.source.save(directory, "source")
        self.target.save(directory, "target")

    def encode(self, records: Records, progress: Progress) -> Store:
        """The ids of each side; the target's between start and end, the source's before an end."""
        source, target = (records[side] for side in SIDES)
        longest = self.model.max_ids
        encoded = {
            "source": self.source.encode(source, progress, start=False, longest=longest),
            "target": self.target.encode(target, progress, start=True, longest=longest),
        }
        return Store(
            {
                **{f"{side}_ids": each.ids for side, each in encoded.items()},
                **{f"{side}_cut_off": each.cut_off for side, each in encoded.items() if each.cut_off is not None},
                "content_ids": records.content_ids.digits(),
                "source": Ragged.from_texts(source),
                "target": Ragged.from_texts(target),
            }
        )

    def batches(self, store: Store, training: TranslationTraining) -> Batches:
        return training_batches(
            store,
            batch_size=training.effective_batch_size,
            batch_tokens=training.batch_tokens,
            buckets=training.buckets,
            tokens_of={"source": self.source.tokens, "target": self.target.tokens},
        )

    def build(self, train: Store | None) -> keras.Model:
        return self.model.build(TranslatorContext(self.source.size, self.target.size, self.shared))

    def loss(self, train: Store, model: keras.Model, training: TranslationTraining) -> TranslationLoss:
        return TranslationLoss(
            model,
            label_smoothing=training.label_smoothing,
            teacher_forcing=self.model.teacher_forcing_schedule,
            softmax_samples=self.model.softmax_samples,
            target_size=self.target.size,
        )

    def constant_answer(self, train: Store, training: TranslationTraining) -> ConstantAnswer | None:
        if self.model.softmax_samples is not None:
            return None
        rows = train.ragged("target_ids")
        counts = counts_of(rows.values, self.target.size)
        counts[START_ID] -= len(rows)  # each row begins with it, and no step predicts it
        losses = losses_of_frequencies(counts, label_smoothing=training.label_smoothing, first=len(OF_SENTENCES))
        return ConstantAnswer("the frequencies of the target's tokens", *losses)

    def predictor(self, model: keras.Model) -> TranslationPredictor:
        free_running = not self.model.teacher_forcing_schedule.always
        return TranslationPredictor(
            model,
            self.source,
            self.target,
            self.model.max_ids,
            self.limit,
            self.model.decoding.beam,
            free_running=free_running,
            attends=self.model.attends,
        )


def _vectorizers_by_path(vectorizer: OfPairs) -> Iterator[tuple[tuple[str, ...], Vectorizer]]:
    """The key path of each vectorizer in a config."""
    if isinstance(vectorizer, Sides):
        yield ("vectorizer", "source"), vectorizer.source
        yield ("vectorizer", "target"), vectorizer.target
    elif isinstance(vectorizer, Shared):
        yield ("vectorizer", "shared"), vectorizer.shared
    else:
        yield ("vectorizer",), vectorizer


TRANSLATION = register(
    Task(
        name="translation",
        registries=Registries(PAIRS, PAIR_VECTORIZERS, TRANSLATORS, TRANSLATION_METRICS),
        training=TranslationTraining,
        monitor="validation.loss",
        capabilities={
            "word_vectors": "seqlab neighbors --run {run} house --side source",
            "predict": 'seqlab predict {run} "A sentence of your own."',
            "explain": 'seqlab explain {run} "A sentence of your own."',
            "translate": 'seqlab translate --run {run} "A sentence of your own."',
        },
        check=check,
        fit=fit,
        restore=restore,
        compares="translations",
    )
)

"""Scoring and searching with a built translator: how probable a translation is, and which one is the best."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.batching.padding import padded
from seqlab.data.ragged import Ragged
from seqlab.decoding.beam_options import BeamOptions
from seqlab.progress import Progress
from seqlab.text.sentences import END_ID, START_ID, UNKNOWN_ID
from seqlab.text.vocabulary import OF_SENTENCES, PADDING, START

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.decoding.beam_trace import Hypotheses

PAIRS_PER_BATCH = 256
"""Pairs per batch of scoring."""
BEAMS_PER_BATCH = 512
"""Rows per step of a search: sentences times beam width."""

NEVER_WRITTEN = tuple(OF_SENTENCES.index(name) for name in (PADDING, START))


@dataclass(frozen=True)
class SearchResult:
    """The hypotheses found for one sentence, best first."""

    ids: tuple[tuple[int, ...], ...]
    """Ids of each hypothesis, without the end's."""
    scores: tuple[float, ...]
    """What they are ranked by."""
    log_probabilities: tuple[float, ...]
    attention: tuple[np.ndarray, ...]
    """(ids, end included if it was written; source) float32 each."""
    steps: tuple[tuple[tuple[tuple[int, ...], float], ...], ...] = ()
    """The best candidates of each step, as ids from the first on with their log-probability; empty unless asked for."""
    cut: frozenset[int] = frozenset()
    """The places of hypotheses that did not end, but were cut where they reached the longest length that is allowed."""


class CompiledTranslator:
    """A translator with the functions that were compiled for it, each made at its first use."""

    def __init__(self, model: keras.Model, target_size: int) -> None:
        self.model, self.target_size = model, target_size
        self._functions: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def scorer(self, *, free_running: bool) -> Callable[..., Any]:
        """(source, target) → log-probability of each target id but the first; whether it was the most probable."""
        return self._compiled(("score", free_running), lambda: _compile_scorer(self.model, free_running))

    def search(self, width: int, n_best: int) -> Callable[..., Any]:
        """(source ids (batch, source), limits (batch,), settings) → `Hypotheses`; one trace for all shapes."""
        return self._compiled(("search", width, n_best), lambda: _compile_search(self.model, width, n_best))

    def forced(self, count: int) -> Callable[..., Any]:
        """See `compile_forced`."""
        from seqlab.tasks.translation.forced import compile_forced

        return self._compiled(("forced", count), lambda: compile_forced(self.model, count))

    def _compiled(self, key: tuple[Any, ...], make: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
        if key not in self._functions:
            self._functions[key] = make()
        return self._functions[key]


def score_pairs(
    translator: CompiledTranslator, source: Ragged, target: Ragged, progress: Progress, *, free_running: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each target id but the first: its log-probability (float64), and whether it was the most probable; of each
    pair the number of such ids. The first two are ordered by pair, then by position.

    `free_running`: each step reads the most probable id of the step before instead of the true one.
    """
    lengths = target.lengths - 1
    begins = np.concatenate([[0], np.cumsum(lengths)])
    log_probabilities, correct = np.zeros(begins[-1]), np.zeros(begins[-1], bool)
    score = translator.scorer(free_running=free_running)
    order = np.lexsort((source.lengths, lengths))
    with progress.step("evaluating", len(source), "pairs") as step:
        for first in range(0, len(order), PAIRS_PER_BATCH):
            rows = order[first : first + PAIRS_PER_BATCH]
            scores, hits = score(*(_batch(side, rows) for side in (source, target)))
            mask = np.arange(int(lengths[rows].max())) < lengths[rows, None]  # (batch, time)
            positions = (begins[rows, None] + np.arange(mask.shape[1]))[mask]
            log_probabilities[positions], correct[positions] = scores.numpy()[mask], hits.numpy()[mask]
            step.advance(len(rows))
    return log_probabilities, correct, lengths


def translate(
    translator: CompiledTranslator,
    source: Ragged,
    beam: BeamOptions,
    progress: Progress,
    *,
    limits: np.ndarray,
    steps: bool = False,
) -> list[SearchResult]:
    """The best translations of each source sentence; `steps`: with the candidates of each step.

    `limits`: the greatest length of each translation, end included, (sentences,) int32.
    Sentences of similar length are searched together. The others influence a translation through rounding alone.
    """
    results: dict[int, SearchResult] = {}
    order = np.argsort(source.lengths, kind="stable")
    per_batch = max(BEAMS_PER_BATCH // beam.width, 1)
    with progress.step("translating", len(source), "sentences") as step:
        for first in range(0, len(order), per_batch):
            rows = order[first : first + per_batch]
            hypotheses = _search(translator, source, rows, beam, limits[rows])
            for position, row in enumerate(rows):
                shown = beam.width if steps else 0
                results[int(row)] = _of_sentence(hypotheses, position, int(source.lengths[row]), shown)
            step.advance(len(rows))
    return [results[row] for row in range(len(source))]


def _search(
    translator: CompiledTranslator, source: Ragged, rows: np.ndarray, beam: BeamOptions, limits: np.ndarray
) -> Hypotheses:
    import tensorflow as tf

    from seqlab.decoding.beam_scores import beam_settings

    chosen = beam_settings(beam, translator.target_size, unknown=UNKNOWN_ID, excluded=NEVER_WRITTEN)
    search = translator.search(beam.width, beam.n_best)
    found: Hypotheses = tf.nest.map_structure(
        lambda tensor: tensor.numpy(), search(_batch(source, rows), tf.constant(limits), chosen)
    )
    return found


def _of_sentence(found: Hypotheses, position: int, source_length: int, shown: int) -> SearchResult:
    """The hypotheses of one sentence of a batch, with the `shown` best candidates of each step."""
    from seqlab.decoding.beam_trace import best_prefixes

    written = [(number, int(length)) for number, length in enumerate(found.lengths[position]) if length > 0]
    ids = [found.ids[position, number, :length].tolist() for number, length in written]
    ended = [bool(found.ended[position, number]) for number, _ in written]
    steps = best_prefixes(found, position, end=END_ID, width=shown) if shown else []
    return SearchResult(
        tuple(tuple(each[:-1] if over else each) for each, over in zip(ids, ended, strict=True)),
        tuple(float(found.scores[position, number]) for number, _ in written),
        tuple(float(found.log_probabilities[position, number]) for number, _ in written),
        tuple(found.attention[position, number, :length, :source_length] for number, length in written),
        tuple(tuple((tuple(each), value) for each, value in step) for step in steps),
        frozenset(place for place, over in enumerate(ended) if not over),
    )


def _compile_search(model: keras.Model, width: int, n_best: int) -> Callable[..., Any]:
    import tensorflow as tf

    from seqlab.decoding.beam_scores import BeamSettings
    from seqlab.decoding.beam_search import beam_search, repeat_rows
    from seqlab.decoding.greedy import greedy_search

    search_with = greedy_search if width == 1 else functools.partial(beam_search, width=width, n_best=n_best)
    number = tf.TensorSpec((), tf.float32)
    specification = BeamSettings(number, number, tf.TensorSpec((None,), tf.float32))

    @tf.function(
        input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32), specification],
        autograph=False,
    )
    def search(source: tf.Tensor, limits: tf.Tensor, chosen: Any) -> Any:
        memory = model.encode(source, training=False)
        beams = repeat_rows(memory, width)
        return search_with(
            lambda ids, state: model.step(ids, state, beams),
            model.begin(memory, tf.reduce_max(limits)),
            tf.fill(tf.shape(limits), START_ID),
            limits,
            chosen,
            end=END_ID,
            min_length=1,  # a translation is never empty, though a model may find that most probable
            source_mask=memory.mask,
        )

    compiled: Callable[..., Any] = search
    return compiled


def _compile_scorer(model: keras.Model, free_running: bool) -> Callable[..., Any]:
    import tensorflow as tf

    ids = tf.TensorSpec((None, None), tf.int32)

    @tf.function(input_signature=[ids, ids], autograph=False)
    def score(source: tf.Tensor, target: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        options = {"teacher_forcing": 0.0} if free_running else {}
        targets = target[:, 1:]
        logits = tf.cast(model.head(model.hidden(source, target[:, :-1], training=False, **options)), tf.float32)
        log_probabilities = -tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
        return log_probabilities, tf.argmax(logits, axis=-1, output_type=targets.dtype) == targets

    compiled: Callable[..., Any] = score
    return compiled


def _batch(side: Ragged, rows: np.ndarray) -> tf.Tensor:
    """(batch, longest) int32, padded."""
    import tensorflow as tf

    chosen = side.gather(rows)
    return tf.constant(padded(chosen, int(chosen.lengths.max())))

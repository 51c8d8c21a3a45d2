"""What a built translator is asked outside training: how probable a translation is, and for the best one."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.batching.padding import padded
from seqlab.data.ragged import Ragged
from seqlab.decoding.beam_options import BeamOptions
from seqlab.models.kept import kept
from seqlab.progress import Progress
from seqlab.text.sentences import END_ID, START_ID, UNKNOWN_ID
from seqlab.text.vocabulary import OF_SENTENCES, PADDING, START

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.decoding.beam_trace import Hypotheses

SCORED_AT_ONCE = 256
"""Pairs per batch of scoring."""
BEAMS_AT_ONCE = 512
"""Rows per step of a search: sentences times the beam's width."""
LONGER, AT_LEAST, AT_MOST = 2.0, 10, 500
"""A translation has at most so many times the ids of its source, and so many more, and never more than the last."""


@dataclass(frozen=True)
class Found:
    """What a search found for one sentence: its hypotheses, the best first."""

    ids: tuple[tuple[int, ...], ...]
    """of each hypothesis, without the end's"""
    scores: tuple[float, ...]
    """what they are ranked by"""
    log_probabilities: tuple[float, ...]
    attention: tuple[np.ndarray, ...]
    """(ids, the end's among them if it came, source) float32 each"""
    steps: tuple[tuple[tuple[tuple[int, ...], float], ...], ...] = ()
    """at each step the best candidates, ids from the first on and log-probability; empty unless asked for"""


EXCLUDED = tuple(OF_SENTENCES.index(name) for name in (PADDING, START))


def score_pairs(
    model: keras.Model, source: Ragged, target: Ragged, progress: Progress, *, free_running: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each target id but the first: log-probability (float64), whether it was the likeliest; and of each pair, how
    many such ids it has. The first two are ordered by pair, then by place.

    `free_running`: each step is told what was likeliest at the step before, not the truth.
    """
    lengths = target.lengths - 1
    begins = np.concatenate([[0], np.cumsum(lengths)])
    log_probabilities, right = np.zeros(begins[-1]), np.zeros(begins[-1], bool)
    forward = kept(model, "free_running" if free_running else "forced", lambda: _scoring(model, free_running))
    order = np.lexsort((source.lengths, lengths))
    with progress.step("evaluating", len(source), "pairs") as step:
        for first in range(0, len(order), SCORED_AT_ONCE):
            rows = order[first : first + SCORED_AT_ONCE]
            of_places, likeliest = forward(*(_batch(side, rows) for side in (source, target)))
            there = np.arange(int(lengths[rows].max())) < lengths[rows, None]
            places = (begins[rows, None] + np.arange(there.shape[1]))[there]
            log_probabilities[places], right[places] = of_places.numpy()[there], likeliest.numpy()[there]
            step.advance(len(rows))
    return log_probabilities, right, lengths


def translate(
    model: keras.Model,
    source: Ragged,
    target_size: int,
    beam: BeamOptions,
    progress: Progress,
    *,
    longest: int | None = None,
    steps: bool = False,
) -> list[Found]:
    """The best translations of each source sentence, of at most `longest` ids; `steps`: with the candidates on the way.

    Sentences of like length are searched together; what is found for one does not depend on the others.
    """
    found: dict[int, Found] = {}
    order = np.argsort(source.lengths, kind="stable")
    at_once = max(BEAMS_AT_ONCE // beam.width, 1)
    with progress.step("translating", len(source), "sentences") as step:
        for first in range(0, len(order), at_once):
            rows = order[first : first + at_once]
            several = _search(model, source, rows, target_size, beam, min(longest or AT_MOST, AT_MOST))
            for place, row in enumerate(rows):
                found[int(row)] = _of_sentence(several, place, int(source.lengths[row]), beam.width if steps else 0)
            step.advance(len(rows))
    return [found[row] for row in range(len(source))]


def _search(
    model: keras.Model, source: Ragged, rows: np.ndarray, target_size: int, beam: BeamOptions, most: int
) -> Hypotheses:
    import tensorflow as tf

    from seqlab.decoding.beam_scores import beam_settings

    chosen = beam_settings(beam, target_size, unknown=UNKNOWN_ID, excluded=EXCLUDED)
    limits = np.minimum(LONGER * source.lengths[rows] + AT_LEAST, most).astype(np.int32)
    search = kept(model, f"search_{beam.width}_{beam.n_best}", lambda: _searching(model, beam.width, beam.n_best))
    found: Hypotheses = tf.nest.map_structure(
        lambda tensor: tensor.numpy(), search(_batch(source, rows), tf.constant(limits), chosen)
    )
    return found


def _of_sentence(found: Hypotheses, place: int, source_length: int, shown: int) -> Found:
    """`shown`: candidates of each step."""
    from seqlab.decoding.beam_trace import best_prefixes

    there = [(number, int(length)) for number, length in enumerate(found.lengths[place]) if length > 0]
    written = [found.ids[place, number, :length].tolist() for number, length in there]
    ended = [bool(found.ended[place, number]) for number, _ in there]
    steps = best_prefixes(found, place, end=END_ID, width=shown) if shown else []
    return Found(
        tuple(tuple(ids[:-1] if over else ids) for ids, over in zip(written, ended, strict=True)),
        tuple(float(found.scores[place, number]) for number, _ in there),
        tuple(float(found.log_probabilities[place, number]) for number, _ in there),
        tuple(found.attention[place, number, :length, :source_length] for number, length in there),
        tuple(tuple((tuple(ids), value) for ids, value in step) for step in steps),
    )


def _searching(model: keras.Model, width: int, n_best: int) -> Any:
    """A function (source ids (batch, source), limits (batch,), settings) → `Hypotheses`; one trace for all shapes."""
    import tensorflow as tf

    from seqlab.decoding.beam_scores import BeamSettings
    from seqlab.decoding.beam_search import beam_search, repeat_rows
    from seqlab.decoding.greedy import greedy_search

    searched = greedy_search if width == 1 else functools.partial(beam_search, width=width, n_best=n_best)
    number = tf.TensorSpec((), tf.float32)
    specification = BeamSettings(number, number, tf.TensorSpec((None,), tf.float32))

    @tf.function(
        input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32), specification],
        autograph=False,
    )
    def search(source: tf.Tensor, limits: tf.Tensor, chosen: Any) -> Any:
        memory = model.encode(source, training=False)
        beams = repeat_rows(memory, width)
        return searched(
            lambda ids, state: model.step(ids, state, beams),
            model.begin(memory, tf.reduce_max(limits)),
            tf.fill(tf.shape(limits), START_ID),
            limits,
            chosen,
            end=END_ID,
            min_length=1,  # the answer to a sentence is never nothing, though a model may find that likeliest
            source_mask=memory.mask,
        )

    return search


def _scoring(model: keras.Model, free_running: bool) -> Any:
    """A function (source, target) → log-probability of each target id but the first, whether it was the likeliest."""
    import tensorflow as tf

    ids = tf.TensorSpec((None, None), tf.int32)

    @tf.function(input_signature=[ids, ids], autograph=False)
    def forward(source: tf.Tensor, target: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        options = {"teacher_forcing": 0.0} if free_running else {}
        wanted = target[:, 1:]
        logits = tf.cast(model.head(model.hidden(source, target[:, :-1], training=False, **options)), tf.float32)
        log_probabilities = -tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
        return log_probabilities, tf.argmax(logits, axis=-1, output_type=wanted.dtype) == wanted

    return forward


def _batch(side: Ragged, rows: np.ndarray) -> tf.Tensor:
    import tensorflow as tf

    chosen = side.gather(rows)
    return tf.constant(padded(chosen, int(chosen.lengths.max())))

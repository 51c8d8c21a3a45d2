"""Beam search against a search through all sequences, against a plain one in Python, and on the course's example."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from scripted_steps import END, HIGHEST, MASK, SIZE, in_python, score, step, step_with_attention

from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.beam_scores import beam_settings
from seqlab.decoding.beam_search import beam_search, repeat_rows
from seqlab.decoding.beam_trace import Hypotheses, best_prefixes


def all_sequences(limit):
    others = [word for word in range(SIZE) if word != END]
    return [[*words, END] for length in range(limit) for words in itertools.product(others, repeat=length)]


@tf.function(reduce_retracing=True)
def compiled(sentences, limits, chosen, width, n_best):
    return beam_search(step, sentences, tf.zeros_like(limits), limits, chosen, end=END, width=width, n_best=n_best)


@tf.function(reduce_retracing=True)
def compiled_with_attention(sentences, limits, chosen, mask, width, n_best):
    return beam_search(
        step_with_attention,
        sentences,
        tf.zeros_like(limits),
        limits,
        chosen,
        end=END,
        width=width,
        n_best=n_best,
        source_mask=mask,
    )


def search(sentences, limits, beam, *, mask=None, **special):
    arguments = (tf.constant(sentences, tf.int64), tf.constant(limits), beam_settings(beam, SIZE, **special))
    if mask is None:
        return compiled(*arguments, beam.width, beam.n_best)
    return compiled_with_attention(*arguments, tf.constant(mask), beam.width, beam.n_best)


def sequences(found, sentence):
    return [
        ids[:length] for ids, length in zip(found.ids[sentence].numpy().tolist(), found.lengths[sentence], strict=True)
    ]


WIDE = {"width": 81, "n_best": 6}


@pytest.mark.parametrize(
    "beam",
    [
        BeamOptions(**WIDE, length_penalty=0.0),
        BeamOptions(**WIDE, length_penalty=0.6),
        BeamOptions(**WIDE, length_penalty=2.0, unknown_penalty=math.log(2)),
        BeamOptions(**WIDE, length_penalty=1.0, coverage_penalty=0.7),
    ],
)
def test_a_wide_beam_is_the_search_through_all_sequences(beam):
    mask, unknown = (MASK if beam.coverage_penalty else None), 2 if beam.unknown_penalty else None
    found = search([10, 20, 30, 40], [5, 5, 5, 5], beam, mask=mask, unknown=unknown)
    for row, sentence in enumerate([10, 20, 30, 40]):
        row_mask = None if mask is None else mask[row]
        ranked = sorted(
            ((score(sentence, ids, beam, row_mask, unknown), ids) for ids in all_sequences(5)), reverse=True
        )
        assert sequences(found, row) == [ids for _, ids in ranked[:6]]
        assert_close(found.scores[row], [value for value, _ in ranked[:6]], scale=HIGHEST)
        assert found.ended.numpy().all()


def test_no_end_before_the_minimum_length():
    beam = BeamOptions(**WIDE, length_penalty=0.0)
    sentences = tf.constant([10, 20], tf.int64)
    first, limits = tf.zeros(2, tf.int32), tf.constant([4, 4])
    found = beam_search(
        step,
        sentences,
        first,
        limits,
        beam_settings(beam, SIZE),
        end=END,
        width=beam.width,
        n_best=beam.n_best,
        min_length=2,
    )
    for row, sentence in enumerate([10, 20]):
        allowed = [ids for ids in all_sequences(4) if len(ids) > 2]
        ranked = sorted(((score(sentence, ids, beam), ids) for ids in allowed), reverse=True)
        assert sequences(found, row) == [ids for _, ids in ranked[:6]]
        assert any(
            score(sentence, ids, beam) > ranked[5][0] for ids in all_sequences(2)
        )  # without the minimum they would rank among the best


def plain(sentence, limit, beam):
    """The same search without batch, state or early stop: prefixes as lists, all steps up to the limit."""
    alive, ended = [[]], []
    for _ in range(limit):
        longer = [[*ids, word] for ids in alive for word in range(SIZE)]
        best = sorted(longer, key=lambda ids: -in_python(sentence, ids)[0])[: 2 * beam.width]
        ended += [ids for ids in best[: beam.width] if ids[-1] == END]
        alive = [ids for ids in best if ids[-1] != END][: beam.width]
    ended.sort(key=lambda ids: -score(sentence, ids, beam))
    alive.sort(key=lambda ids: -score(sentence, ids, beam))
    return [*ended, *alive][: beam.n_best]


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    sentences=strategies.lists(strategies.integers(0, 96), min_size=3, max_size=3),
    limits=strategies.lists(strategies.integers(1, 12), min_size=3, max_size=3),
    length_penalty=strategies.sampled_from([0.0, 0.6, 1.0, 3.0]),
    shape=strategies.sampled_from([(1, 1), (3, 1), (3, 3)]),
)
def test_equals_a_plain_search_that_never_stops_early(sentences, limits, length_penalty, shape):
    beam = BeamOptions(width=shape[0], n_best=shape[1], length_penalty=length_penalty)
    found = search(sentences, limits, beam)
    for row, (sentence, limit) in enumerate(zip(sentences, limits, strict=True)):
        expected = plain(sentence, limit, beam)
        there = [ids for ids in sequences(found, row) if ids]
        assert there == expected
        values = [in_python(sentence, ids)[0] for ids in expected]
        assert_close(found.log_probabilities[row][: len(there)], values, scale=HIGHEST)


def test_a_sentence_is_the_same_alone_and_among_others():
    beam = BeamOptions(width=3, n_best=3, coverage_penalty=0.2)
    limits = [12, 3, 1, 7]
    together = search([5, 6, 7, 8], limits, beam, mask=MASK)
    for row, sentence in enumerate([5, 6, 7, 8]):
        alone = search([sentence], limits[row : row + 1], beam, mask=MASK[row : row + 1])
        steps = alone.ids.shape[2]
        for name in ("lengths", "ended", "search_steps"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[row])
        # Not to the last bit: vector instructions round differently from the scalar code at a row's end.
        for name in ("scores", "log_probabilities"):
            assert_close(getattr(alone, name)[0], getattr(together, name)[row], scale=HIGHEST)
        np.testing.assert_array_equal(alone.ids[0], together.ids[row, :, :steps])
        np.testing.assert_array_equal(alone.attention[0], together.attention[row, :, :steps])
        for mine, theirs in zip(
            *(best_prefixes(*of, end=END, width=3) for of in ((alone, 0), (together, row))), strict=True
        ):
            assert [ids for ids, _ in mine] == [ids for ids, _ in theirs]


def test_attention_is_that_of_the_path_of_a_hypothesis():
    found = search([5, 6, 7, 8], [9] * 4, BeamOptions(width=3, n_best=2), mask=MASK)
    for row, sentence in enumerate([5, 6, 7, 8]):
        for ids, looks in zip(sequences(found, row), found.attention[row].numpy(), strict=True):
            np.testing.assert_array_equal(looks[: len(ids)], in_python(sentence, ids)[1])
            assert not looks[len(ids) :].any()


def test_the_search_stops_exactly_when_nothing_can_improve():
    # After the first id the end has probability 0.9 and everything else 0.1: log 0.9 beats all others.
    logits = tf.math.log([[0.04, 0.9, 0.03, 0.03]])
    found = beam_search(
        lambda ids, state: (tf.repeat(logits, tf.shape(ids)[0], axis=0), state),
        tf.zeros(1), tf.zeros(1, tf.int32), tf.constant([50]), beam_settings(BeamOptions(), SIZE), end=END, width=2,
    )  # fmt: skip
    assert sequences(found, 0) == [[END]]
    assert int(found.search_steps[0]) == 1
    assert found.ids.shape == (1, 1, 1)
    # With α = 3 a sequence of 50 is divided by 770: the search continues while longer sequences could win.
    patient = BeamOptions(length_penalty=3.0)
    found = beam_search(
        lambda ids, state: (tf.repeat(logits, tf.shape(ids)[0], axis=0), state),
        tf.zeros(1), tf.zeros(1, tf.int32), tf.constant([50]), beam_settings(patient, SIZE), end=END, width=2,
    )  # fmt: skip
    assert int(found.search_steps[0]) > 10


def test_width_one_without_length_penalty_is_greedy():
    for sentence in range(0, 97, 7):
        ids = []
        while len(ids) < 12 and END not in ids:
            ids.append(max(range(SIZE), key=lambda word: in_python(sentence, [*ids, word])[0]))
        assert sequences(search([sentence], [12], BeamOptions(width=1, length_penalty=0.0)), 0) == [ids]


def test_excluded_ids_are_never_generated():
    found = search(range(20), [8] * 20, BeamOptions(width=3, n_best=3), excluded=[0, 3])
    assert not {0, 3} & {word for row in range(20) for ids in sequences(found, row) for word in ids}


def test_the_unknown_penalty_halves_a_probability():
    free, halved = (
        search([11], [1], BeamOptions(width=4, n_best=4, length_penalty=0.0, unknown_penalty=penalty), unknown=2)
        for penalty in (0.0, math.log(2))
    )
    before = {ids[0]: float(p) for ids, p in zip(sequences(free, 0), np.exp(free.log_probabilities[0]), strict=True)}
    after = {ids[0]: float(p) for ids, p in zip(sequences(halved, 0), np.exp(halved.log_probabilities[0]), strict=True)}
    assert after == pytest.approx({word: p / 2 if word == 2 else p for word, p in before.items()}, rel=1e-5)


def test_without_enough_hypotheses_the_limit_cuts_some_off():
    found = search([0], [1], BeamOptions(width=4, n_best=4, length_penalty=0.0))
    assert sequences(found, 0)[0] == [END]  # those that ended come first, whatever their score
    assert found.ended[0].numpy().tolist() == [True, False, False, False]
    assert sorted(sequences(found, 0)) == [[0], [1], [2], [3]]
    nothing = search([0], [1], BeamOptions(width=4, n_best=4), excluded=[0, 2, 3])
    assert nothing.lengths[0].numpy().tolist() == [1, 0, 0, 0]
    assert nothing.scores[0, 1:].numpy().tolist() == [-np.inf] * 3


def test_sequences_cut_off_are_ranked_by_score():
    beam = BeamOptions(width=40, n_best=5, coverage_penalty=2.0)
    found = search([13], [3], beam, mask=MASK[:1], excluded=[END])
    ranked = sorted(itertools.product([0, 2, 3], repeat=3), key=lambda ids: -score(13, ids, beam, MASK[0]))
    assert sequences(found, 0) == [list(ids) for ids in ranked[:5]]
    assert not found.ended.numpy().any()


WORDS = ["<start>", "<end>", "me", "a", "como", "gustan", "gusta", "encanta", "los", "el", "fútbol", "deportes"]


SCRIPT = {
    (): {"me": 0.75, "a": 0.03, "como": 0.01},
    ("me",): {"gustan": 0.36, "gusta": 0.32, "encanta": 0.16},
    ("me", "gustan"): {"los": 0.4, "el": 0.1},
    ("me", "gusta"): {"el": 0.8, "los": 0.05},
    ("me", "encanta"): {"el": 0.5},
    ("me", "gustan", "los"): {"deportes": 0.5},
    ("me", "gusta", "el"): {"fútbol": 0.7},
    ("me", "encanta", "el"): {"fútbol": 0.6},
}


def course_step(ids, history):
    """Scripted probabilities given all words so far; a complete sentence is followed by the end."""

    def look_up(ids, history):
        history = np.concatenate([history[:, 1:], ids[:, None]], axis=1)
        probabilities = np.full((len(ids), len(WORDS)), 1e-6, np.float32)
        for row, before in enumerate(history):
            for word, p in SCRIPT.get(tuple(WORDS[i] for i in before if i > 0), {"<end>": 0.99}).items():
                probabilities[row, WORDS.index(word)] = p
        probabilities[:, 0] = 1 - probabilities[:, 1:].sum(axis=1)
        return np.log(probabilities), history

    return tf.numpy_function(look_up, [ids, history], (tf.float32, tf.int32))


@pytest.mark.parametrize(("width", "sentence"), [(1, "me gustan los deportes"), (3, "me gusta el fútbol")])
def test_the_course_example(width, sentence):
    beam = BeamOptions(width=width, length_penalty=0.0)
    found = beam_search(
        course_step, tf.zeros((1, 5), tf.int32), tf.zeros(1, tf.int32), tf.constant([6]),
        beam_settings(beam, len(WORDS), excluded=[0]), end=1, width=width,
    )  # fmt: skip
    (ids,) = sequences(found, 0)
    assert " ".join(WORDS[i] for i in ids) == f"{sentence} <end>"
    steps = best_prefixes(found, 0, end=1, width=width)
    assert [WORDS[ids[-1]] for ids, _ in steps[0]] == ["me", "a", "como"][:width]
    assert [WORDS[ids[-1]] for ids, _ in steps[1]] == ["gustan", "gusta", "encanta"][:width]
    assert [math.exp(p) for _, p in steps[1]] == pytest.approx(
        [0.75 * 0.36, 0.75 * 0.32, 0.75 * 0.16][:width], rel=1e-3
    )
    if width == 3:
        assert [" ".join(WORDS[i] for i in ids) for ids, _ in steps[3]] == [
            "me gusta el fútbol", "me gustan los deportes", "me encanta el fútbol",
        ]  # fmt: skip


def test_penalties_limits_and_sentences_retrace_nothing():
    traces = []

    def counted(ids, state):
        traces.append(ids)
        return step(ids, state)

    @tf.function
    def translate(sentences, limits, chosen) -> Hypotheses:
        return beam_search(counted, sentences, tf.zeros_like(limits), limits, chosen, end=END, width=3)

    for beam in (BeamOptions(), BeamOptions(length_penalty=0.0, coverage_penalty=1.0, unknown_penalty=2.0)):
        for limit in (2, 30):
            translate(tf.constant([1, 2], tf.int64), tf.constant([limit, 5]), beam_settings(beam, SIZE, unknown=2))
    assert len(traces) == 1


def test_repeated_rows_keep_the_beams_of_a_sentence_together():
    assert repeat_rows({"a": tf.constant([[1], [2]])}, 2)["a"].numpy().tolist() == [[1], [1], [2], [2]]

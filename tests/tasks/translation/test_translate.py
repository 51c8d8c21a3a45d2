"""Scores and translations of a scripted translator against arithmetic in NumPy and a search through all sentences."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.data.ragged import Ragged
from seqlab.decoding.beam_options import BeamOptions
from seqlab.progress import SILENT
from seqlab.tasks.translation import translate as module
from seqlab.tasks.translation.translate import CompiledTranslator, score_pairs, translate
from seqlab.text.sentences import END_ID, START_ID, UNKNOWN_ID

SIZE, STATES = 6, 97
WRITABLE = [UNKNOWN_ID, END_ID, 4, 5]
TABLE = np.random.default_rng(3).normal(size=(STATES, SIZE)).astype(np.float32) * 2
HIGHEST = np.abs(TABLE).max()
"""What log-probabilities near 0 are differences of, and so the scale of their rounding."""


class Memory(NamedTuple):
    seed: tf.Tensor
    mask: tf.Tensor


class Scripted:
    """What comes next depends on the source's ids, in their order, and on every id before."""

    def __init__(self):
        self.traces = []

    def encode(self, source, training=None):
        self.traces.append("encode")
        weights = 1 + tf.range(tf.shape(source)[1])
        return Memory(tf.reduce_sum(source * weights, axis=1) % STATES, source != 0)

    def begin(self, memory, longest):
        return memory.seed

    def step(self, ids, state, memory):
        state = (state * 5 + tf.cast(ids, tf.int32) + 1) % STATES
        mask = tf.cast(memory.mask, tf.float32)
        looks = mask * (1 + tf.cast((state[:, None] + tf.range(tf.shape(mask)[1])) % 7, tf.float32))
        return tf.gather(TABLE, state), state, looks / tf.reduce_sum(looks, axis=1, keepdims=True)

    def hidden(self, source, target, *, training, teacher_forcing=None):
        assert training is False
        self.traces.append("hidden")

        def one(before, truth):
            state, said = before
            state = (state * 5 + (truth if teacher_forcing is None else said) + 1) % STATES
            return state, tf.argmax(tf.gather(TABLE, state), axis=-1, output_type=tf.int32)

        states, _ = tf.scan(one, tf.transpose(target), (self.encode(source).seed, target[:, 0]))
        return tf.transpose(states)

    def head(self, states):
        return tf.gather(TABLE, states)


def logits_after(source, ids):
    """Of the id after these, the start not among them, float64; and where it looks."""
    state = int(sum(index * (place + 1) for place, index in enumerate(source))) % STATES
    for index in [START_ID, *ids]:
        state = (state * 5 + index + 1) % STATES
    looks = np.array([1.0 + (state + place) % 7 for place in range(len(source))])
    return TABLE[state].astype(np.float64), looks / looks.sum()


def log_probability(source, ids):
    total = 0.0
    for place, index in enumerate(ids):
        logits, _ = logits_after(source, ids[:place])
        total += logits[index] - np.log(np.exp(logits).sum())
    return total


def sources(*rows):
    return Ragged.from_rows(rows)


def some(count, longest, seed=0):
    generator = np.random.default_rng(seed)
    return [[*generator.integers(4, 9, generator.integers(0, longest)).tolist(), END_ID] for _ in range(count)]


def compiled(model):
    """One compiled translator per model, as a predictor holds it."""
    if not hasattr(model, "held_by_a_predictor"):
        model.held_by_a_predictor = CompiledTranslator(model, SIZE)
    return model.held_by_a_predictor


def found_by(model, rows, beam, longest=500, **options):
    source = Ragged.from_rows(rows)
    limits = np.minimum(2 * source.lengths + 10, longest).astype(np.int32)
    return translate(compiled(model), source, beam, SILENT, limits=limits, **options)


def score(source, ids, beam):
    value = log_probability(source, ids) - beam.unknown_penalty * list(ids).count(UNKNOWN_ID)
    value /= ((5 + len(ids)) / 6) ** beam.length_penalty
    looks = sum(logits_after(source, ids[:place])[1] for place in range(len(ids)))
    return value + beam.coverage_penalty * np.log(np.minimum(looks, 1)).sum()


@pytest.mark.parametrize(
    "beam",
    [
        BeamOptions(width=64, n_best=5, length_penalty=0.0),
        BeamOptions(width=64, n_best=5, length_penalty=1.0, unknown_penalty=2.0),
        BeamOptions(width=64, n_best=5, coverage_penalty=0.5),
    ],
)
def test_a_wide_beam_finds_what_a_search_through_all_sentences_finds(beam):
    """Through all but the empty one, which no sentence is translated to."""
    rows, others = some(6, 4), [index for index in WRITABLE if index != END_ID]
    everything = [(*words, END_ID) for length in range(1, 4) for words in itertools.product(others, repeat=length)]
    for source, found in zip(rows, found_by(Scripted(), rows, beam, longest=4), strict=True):
        best = sorted(everything, key=lambda ids: -score(source, ids, beam))[:5]
        assert found.ids == tuple(ids[:-1] for ids in best)
        assert_close(found.scores, [score(source, ids, beam) for ids in best], scale=HIGHEST)
        handicaps = [beam.unknown_penalty * ids.count(UNKNOWN_ID) for ids in best]
        values = [log_probability(source, ids) for ids in best]
        assert_close(np.add(found.log_probabilities, handicaps), values, scale=HIGHEST)
        for ids, attention in zip(best, found.attention, strict=True):
            expected = [logits_after(source, ids[:place])[1] for place in range(len(ids))]
            assert_close(attention, expected)


def test_greedy_is_the_likeliest_writable_id_each_time():
    rows = some(20, 6)
    for source, found in zip(rows, found_by(Scripted(), rows, BeamOptions(width=1, length_penalty=0.0)), strict=True):
        ids = []
        while END_ID not in ids and len(ids) < 2 * len(source) + 10:
            logits, _ = logits_after(source, ids)
            ids.append(max(WRITABLE, key=logits.__getitem__))
        assert found.ids == (tuple(index for index in ids if index != END_ID),)
        assert_close(found.log_probabilities[0], log_probability(source, ids), scale=HIGHEST)


def test_neither_company_nor_order_changes_a_translation(monkeypatch):
    model, rows, beam = Scripted(), some(30, 7), BeamOptions(width=3, n_best=2, coverage_penalty=0.1)
    whole = found_by(model, rows, beam)
    assert len({each.ids for each in whole}) > 10
    turned = found_by(model, rows[::-1], beam)[::-1]
    alone = [found_by(model, [row], beam)[0] for row in rows[:6]]
    monkeypatch.setattr(module, "BEAMS_PER_BATCH", 12)
    fours = found_by(model, rows, beam)
    for others in (turned, alone, fours):
        for mine, theirs in zip(whole, others, strict=False):
            assert mine.ids == theirs.ids
            assert_close(mine.scores, theirs.scores, scale=HIGHEST)
            for a, b in zip(mine.attention, theirs.attention, strict=True):
                assert_close(a, b)


class Endless(Scripted):
    """It never ends."""

    def step(self, ids, state, memory):
        logits, *rest = super().step(ids, state, memory)
        return logits - 1e6 * tf.one_hot(END_ID, SIZE), *rest


def test_a_translation_is_cut_at_its_limit():
    """Twice the source's ids and ten more, five hundred at most, and what the caller knows of the model."""
    rows = [[4, END_ID], [4] * 30 + [END_ID], [4] * 600 + [END_ID]]
    greedy = BeamOptions(width=1)
    assert [len(each.ids[0]) for each in found_by(Endless(), rows, greedy)] == [14, 72, 500]
    assert [len(each.ids[0]) for each in found_by(Endless(), rows, greedy, longest=20)] == [14, 20, 20]
    (found,) = found_by(Endless(), rows[:1], BeamOptions(width=2, n_best=2))
    assert [attention.shape for attention in found.attention] == [(14, 2)] * 2


def test_padding_and_start_are_never_written():
    class Tempted(Scripted):
        def step(self, ids, state, memory):
            logits, *rest = super().step(ids, state, memory)
            return logits + 1e3 * (tf.one_hot(0, SIZE) + tf.one_hot(START_ID, SIZE)), *rest

    for found in found_by(Tempted(), some(10, 5), BeamOptions(width=4, n_best=4)):
        assert not {0, START_ID} & {index for ids in found.ids for index in ids}


def test_steps_are_the_best_candidates_on_the_way():
    (source,), beam = some(1, 5, seed=4), BeamOptions(width=2, n_best=2)
    (plain,), (found,) = (found_by(Scripted(), [source], beam, steps=steps) for steps in (False, True))
    assert plain.steps == ()
    assert plain.ids == found.ids
    first = sorted(WRITABLE, key=lambda index: -log_probability(source, [index]))[:2]
    assert [ids for ids, _ in found.steps[0]] == [(index,) for index in first]
    for candidates in found.steps:
        assert len(candidates) == 2
        for ids, value in candidates:
            assert_close(value, log_probability(source, ids), scale=HIGHEST)
    told = {ids for candidates in found.steps for ids, _ in candidates}
    assert (*found.ids[0], END_ID) in told


def test_one_trace_serves_all_shapes_and_settings():
    model = Scripted()
    for rows in (some(3, 4), some(9, 8, seed=1), [[END_ID]]):
        for beam in (
            BeamOptions(width=3),
            BeamOptions(width=3, length_penalty=1.0, coverage_penalty=0.3, unknown_penalty=1.0),
        ):
            found_by(model, rows, beam)
    assert model.traces == ["encode"]
    found_by(model, some(2, 3), BeamOptions(width=2))
    assert model.traces == ["encode"] * 2


def pairs(count, seed=0):
    generator = np.random.default_rng(seed)
    targets = [
        [START_ID, *generator.choice([1, 4, 5], generator.integers(0, 9)).tolist(), END_ID] for _ in range(count)
    ]
    return some(count, 7, seed), targets


def scored(model, source, target, **options):
    return score_pairs(compiled(model), Ragged.from_rows(source), Ragged.from_rows(target), SILENT, **options)


def test_scores_of_pairs_by_hand():
    source, target = pairs(20)
    log_probabilities, correct, lengths = scored(Scripted(), source, target)
    assert lengths.tolist() == [len(ids) - 1 for ids in target]
    assert log_probabilities.dtype == np.float64
    expected, likeliest = [], []
    for read, (_, *ids) in zip(source, target, strict=True):
        for place, index in enumerate(ids):
            logits, _ = logits_after(read, ids[:place])
            expected.append(logits[index] - np.log(np.exp(logits).sum()))
            likeliest.append(logits.argmax() == index)
    assert_close(log_probabilities, expected)
    assert correct.tolist() == likeliest
    assert 0 < correct.mean() < 1


def test_free_running_scores_by_hand():
    """What was said before is the likeliest, whatever the truth is; the truth's probability is what counts."""
    source, target = pairs(20)
    log_probabilities, correct, _ = scored(Scripted(), source, target, free_running=True)
    expected, likeliest = [], []
    for read, (_, *ids) in zip(source, target, strict=True):
        said = []
        for index in ids:
            logits, _ = logits_after(read, said)
            expected.append(logits[index] - np.log(np.exp(logits).sum()))
            said.append(int(logits.argmax()))
            likeliest.append(said[-1] == index)
    assert_close(log_probabilities, expected)
    assert correct.tolist() == likeliest
    assert not np.allclose(log_probabilities, scored(Scripted(), source, target)[0])


@pytest.mark.parametrize("at_once", [1, 7])
def test_scores_do_not_depend_on_batches(monkeypatch, at_once):
    source, target = pairs(20)
    model = Scripted()
    whole = scored(model, source, target)
    monkeypatch.setattr(module, "PAIRS_PER_BATCH", at_once)
    for mine, theirs in zip(whole, scored(model, source, target), strict=True):
        assert_close(mine, theirs)
    assert model.traces == ["hidden", "encode"]  # of 20 shapes and of one


def test_forced_and_free_have_a_trace_each():
    model, (source, target) = Scripted(), pairs(5)
    for free_running in (False, True, False, True):
        scored(model, source, target, free_running=free_running)
    assert model.traces == ["hidden", "encode"] * 2


def test_a_real_model_scores_what_its_logits_say():
    from seqlab.models.translation import RecurrentEncoderDecoder, TranslatorContext

    options = {"units": 8, "embedding": 6, "attention": "bahdanau", "cell": "gru"}
    model = RecurrentEncoderDecoder(**options).build(TranslatorContext(9, SIZE, False))
    for number, variable in enumerate(model.trainable_variables):
        variable.assign_add(tf.random.stateless_normal(variable.shape, (1, number)))
    source, target = pairs(6)
    log_probabilities, correct, lengths = scored(model, source, target)
    ends = np.cumsum(lengths)
    for read, ids, end, length in zip(source, target, ends, lengths, strict=True):
        logits = model({"source": tf.constant([read]), "target": tf.constant([ids[:-1]])})[0].numpy()
        steps = tf.nn.log_softmax(logits).numpy()
        assert_close(log_probabilities[end - length : end], steps[range(length), ids[1:]])
        assert correct[end - length : end].tolist() == (logits.argmax(axis=-1) == ids[1:]).tolist()
    best = found_by(model, source, BeamOptions(width=2, length_penalty=0.0))
    for read, found in zip(source, best, strict=True):
        written = [*found.ids[0], END_ID][: len(found.attention[0])]
        value, *_ = scored(model, [read], [[START_ID, *written]])
        assert_close(found.log_probabilities[0], value.sum(), scale=len(written))

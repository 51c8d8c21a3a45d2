"""Sampling on scripted probabilities: frequencies, filters by hand, and texts that depend on nothing but their seed."""

import functools

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from closeness import assert_close
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings

from seqlab.decoding.sampling import Sampler, advance, feed, initial_carry, process, sampling_settings
from seqlab.decoding.sampling_options import SamplingOptions

LOG = np.log(np.array([0.5, 0.25, 0.125, 0.125], np.float32))


@functools.cache
def scripted(size, excluded=()):
    """A sampler whose logits are its state."""
    return Sampler(lambda ids, state: (state, state), size, excluded)


def always(logits, rows):
    return tf.tile(tf.constant([logits], tf.float32), [rows, 1])


def chain(size=12, seed=0):
    """A step whose logits depend on the last id and on how many came before it, as a recurrent model's do."""
    table = tf.constant(np.random.default_rng(seed).normal(size=(size, size)).astype(np.float32))

    def step(ids, state):
        state = {"sum": 0.5 * state["sum"] + tf.gather(table, ids), "steps": state["steps"] + 1}
        return state["sum"] + 0.1 * tf.cast(state["steps"], tf.float32)[:, None], state

    return step


def chain_state(batch, size=12):
    return {"sum": tf.zeros((batch, size)), "steps": tf.zeros(batch, tf.int32)}


def probabilities(scores, excluded=(), seen=(), **options):
    """One row of the distribution, through all filters."""
    scores = np.asarray(scores, np.float32)
    mask = np.isin(np.arange(len(scores)), list(excluded))
    settings = sampling_settings(SamplingOptions(**options), mask)
    before = tf.constant(np.isin(np.arange(len(scores)), list(seen)))
    return tf.nn.softmax(process(tf.constant(scores)[None], before[None], settings))[0].numpy()


def draws(logits, count=20_000, rows=500, excluded=(), **options):
    sampler = scripted(len(logits), tuple(excluded))
    carry = sampler.start(always(logits, rows), tf.zeros((rows, 1), tf.int32))
    ids, _ = sampler.advance(carry, SamplingOptions(**options), count // rows)
    return np.bincount(ids.numpy().ravel(), minlength=len(logits))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.5, 0.25, 0.125, 0.125]),
        ({"temperature": 0.5}, [16 / 22, 4 / 22, 1 / 22, 1 / 22]),
        ({"top_k": 2}, [2 / 3, 1 / 3, 0, 0]),
        ({"top_p": 0.8}, [4 / 7, 2 / 7, 1 / 7, 0]),
        ({"min_p": 0.3, "seed": 5}, [2 / 3, 1 / 3, 0, 0]),
    ],
)
def test_frequencies_equal_the_probabilities(options, expected):
    counts, expected = draws(LOG, **options), np.array(expected)
    assert not counts[expected == 0].any()
    possible = expected > 0
    assert scipy.stats.chisquare(counts[possible], counts.sum() * expected[possible]).pvalue > 0.01


def test_neighbouring_steps_and_samples_are_independent():
    sampler = scripted(2)
    carry = sampler.start(always([0.0, 0.0], 100), tf.zeros((100, 1), tf.int32))
    ids = sampler.advance(carry, SamplingOptions(), 200)[0].numpy()
    for first, second in ((ids[:, :-1], ids[:, 1:]), (ids[:-1], ids[1:]), (ids[:, :-64], ids[:, 64:])):
        pairs = np.bincount((2 * first + second).ravel(), minlength=4)
        assert scipy.stats.chisquare(pairs).pvalue > 0.01


def test_temperature_zero_takes_the_first_of_the_best():
    assert draws([0.0, 3.0, 3.0, -1.0], count=1000, temperature=0).tolist() == [0, 1000, 0, 0]
    assert draws([0.0, 3.0, 3.0, -1.0], count=1000, temperature=0, excluded=[1]).tolist() == [0, 0, 1000, 0]


def test_temperature_zero_draws_nothing(sampler):
    carry = sampler.start(chain_state(2), [[1], [2]])
    texts = [
        sampler.advance(carry, SamplingOptions(temperature=0, seed=seed), 30)[0].numpy().tolist() for seed in (0, 1)
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("temperature", [1e-320, 1e-30, 1e-3])
def test_a_very_small_temperature_is_greedy(temperature):
    assert draws([2.0, 90.0, 89.0, -80.0], count=1000, temperature=temperature).tolist() == [0, 1000, 0, 0]


@pytest.mark.parametrize("temperature", [1e30, 1e300])
def test_a_very_large_temperature_is_uniform(temperature):
    logits = [-3e4, 0.0, 88.0, 3e4]
    assert_close(probabilities(logits, temperature=temperature), 0.25)
    assert_close(probabilities(logits, [2], temperature=temperature), [1 / 3, 1 / 3, 0, 1 / 3])
    counts = draws(logits, temperature=temperature, excluded=[2])
    assert counts[2] == 0
    assert scipy.stats.chisquare(counts[[0, 1, 3]]).pvalue > 0.01


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, [0, 1, 0, 0, 0]),
        (2, [0.25, 0.75, 0, 0, 0]),  # ids 0, 2 and 4 are equal: the first of them is kept
        (3, [0.2, 0.6, 0.2, 0, 0]),
        (5, [1 / 6.1, 3 / 6.1, 1 / 6.1, 0.1 / 6.1, 1 / 6.1]),
        (50, [1 / 6.1, 3 / 6.1, 1 / 6.1, 0.1 / 6.1, 1 / 6.1]),
    ],
)
def test_top_k_by_hand(k, expected):
    assert_close(probabilities(np.log([1, 3, 1, 0.1, 1]), top_k=k), expected)


def test_top_k_ranks_by_logit_where_the_temperature_makes_all_equal():
    assert_close(probabilities([1, 2, 3, 4], temperature=1e30, top_k=2), [0, 0, 0.5, 0.5])


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (1e-9, [1, 0, 0, 0]),
        (0.49, [1, 0, 0, 0]),
        (0.51, [2 / 3, 1 / 3, 0, 0]),
        (0.76, [4 / 7, 2 / 7, 1 / 7, 0]),  # ids 2 and 3 are equal: the first of them is enough
        (0.99, [0.5, 0.25, 0.125, 0.125]),
        (1.0, [0.5, 0.25, 0.125, 0.125]),
    ],
)
def test_top_p_by_hand(p, expected):
    assert_close(probabilities(LOG, top_p=p), expected)


def test_top_p_of_exactly_the_share_of_the_first_ids_keeps_no_other():
    # Probabilities a double holds exactly: 1/4 each.
    np.testing.assert_array_equal(probabilities([0, 0, 0, 0], top_p=0.5), [0.5, 0.5, 0, 0])


def test_top_p_of_one_keeps_ids_that_rounding_would_lose():
    logits = np.array([0.0] + [-40.0] * 50)  # the others vanish in a sum of about 1
    assert (probabilities(logits, top_p=1.0) > 0).all()
    assert (probabilities(logits, top_p=1.0, top_k=50) > 0).sum() == 50


def test_min_p_by_hand():
    assert_close(probabilities(LOG, min_p=0.24), [0.5, 0.25, 0.125, 0.125])
    assert_close(probabilities(LOG, min_p=0.26), [2 / 3, 1 / 3, 0, 0])
    assert_close(probabilities([1, 1, 0], min_p=1), [0.5, 0.5, 0])


def test_processors_are_applied_in_their_order():
    # At temperature 0.5: 16, 4, 1, 1 of 22. The first alone holds 0.727, of the first two 0.8.
    assert_close(probabilities(LOG, temperature=0.5, top_p=0.75), [0.8, 0.2, 0, 0])
    assert_close(probabilities(LOG, temperature=0.5, top_k=2, top_p=0.75), [1, 0, 0, 0])
    assert_close(probabilities(LOG, temperature=0.5, top_k=3, min_p=0.2), [0.8, 0.2, 0, 0])


def test_repetition_penalty_by_hand():
    logits = [2.0, 2.0, -1.0, -1.0, 0.0]
    settings = sampling_settings(SamplingOptions(repetition_penalty=2.0), np.array([False] * 4 + [True]))
    seen = tf.constant([[False, True, False, True, True]])
    # The temperature of 1 lowers all logits by the largest, 2.
    expected = np.array([[2, 1, -1, -2, -np.inf]]) - 2
    np.testing.assert_array_equal(process(tf.constant([logits]), seen, settings), expected)


def test_the_penalty_applies_to_ids_of_the_prompt_and_of_the_text():
    sampler = scripted(4)
    carry = sampler.start(always([5.0, 4.0, 3.0, 2.0], 1), [[1, 1]])
    np.testing.assert_array_equal(carry.seen, [[False, True, False, False]])
    # 5, 2, 3, 2, then 2.5, 2, 3, 2, then 2.5, 2, 1.5, 2; and so on.
    ids, carry = sampler.advance(carry, SamplingOptions(temperature=0, repetition_penalty=2.0), 4)
    assert ids.numpy().tolist() == [[0, 2, 0, 0]]
    np.testing.assert_array_equal(carry.seen, [[True, True, True, False]])


def by_definition(scores, temperature, top_k, top_p, min_p):
    """The definitions of the processors, id by id, in Python."""
    weights = np.exp((scores.astype(np.float64) - scores.max()) / temperature)
    kept = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:top_k]
    total, nucleus, mass = sum(weights[i] for i in kept), [], 0.0
    for i in kept:
        if top_p < 1 and mass >= top_p * total:
            break
        nucleus.append(i)
        mass += weights[i]
    kept = [i for i in nucleus if weights[i] >= min_p * weights.max()]
    return np.array([weights[i] if i in kept else 0 for i in range(len(scores))]) / sum(weights[i] for i in kept)


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    # Few different values: ties are common.
    scores=strategies.lists(strategies.integers(-6, 6), min_size=1, max_size=9),
    temperature=strategies.sampled_from([0.3, 1.0, 7.0]),
    top_k=strategies.none() | strategies.integers(1, 12),
    # Values that no sum of such weights equals.
    top_p=strategies.just(1.0) | strategies.floats(0.01, 0.99).map(lambda p: p + 1e-4 * np.pi),
    min_p=strategies.sampled_from([0.0, 0.013, 0.31, 1.0]),
)
def test_the_filtered_distribution_is_the_renormalized_subset_of_the_definitions(
    scores, temperature, top_k, top_p, min_p
):
    scores = np.array(scores, np.float32)
    found = probabilities(scores, temperature=temperature, top_k=top_k, top_p=min(top_p, 1.0), min_p=min_p)
    expected = by_definition(scores, temperature, top_k, min(top_p, 1.0), min_p)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert found.sum() == pytest.approx(1)
    assert found[scores.argmax()] == found.max() > 0


@pytest.fixture(scope="module")
def sampler():
    return Sampler(chain(), 12, excluded=[0])


ALL_OPTIONS = {"temperature": 1.5, "top_k": 9, "top_p": 0.97, "min_p": 0.001, "repetition_penalty": 1.1}
EVERYTHING = SamplingOptions(**ALL_OPTIONS, seed=7)


def test_a_text_depends_on_its_seed_and_on_nothing_else(sampler):
    carry = sampler.start(chain_state(2), [[3, 1], [3, 1]])
    text = sampler.advance(carry, EVERYTHING, 150)[0].numpy()
    np.testing.assert_array_equal(sampler.advance(carry, EVERYTHING, 150)[0], text)
    np.testing.assert_array_equal(Sampler(chain(), 12, [0]).advance(carry, EVERYTHING, 150)[0], text)
    for seed in (8, 7 + 2**32, 2**63 - 1):
        assert (sampler.advance(carry, SamplingOptions(**ALL_OPTIONS, seed=seed), 150)[0].numpy() != text).any()
    assert (text[0] != text[1]).any()  # two samples of one prompt
    assert 0 not in text


def test_chunks_are_the_text_drawn_at_once(sampler):
    carry = sampler.start(chain_state(3), [[3], [4], [5]])
    whole, end = sampler.advance(carry, EVERYTHING, 201)
    parts = []
    for count in (1, 62, 1, 65, 0, 64, 8):
        part, carry = sampler.advance(carry, EVERYTHING, count)
        assert part.shape == (3, count)
        parts.append(part)
    np.testing.assert_array_equal(tf.concat(parts, axis=1), whole)
    tf.nest.map_structure(np.testing.assert_array_equal, carry, end)
    assert int(end.position) == 201


def test_a_sample_is_the_same_alone_and_among_others(sampler):
    prompts = np.array([[3, 2], [3, 2], [4, 2], [5, 1]])
    together, _ = sampler.advance(sampler.start(chain_state(4), prompts), EVERYTHING, 70)
    for sample in range(4):
        carry = sampler.start(chain_state(1), prompts[[sample]], samples=[sample])
        np.testing.assert_array_equal(sampler.advance(carry, EVERYTHING, 70)[0][0], together[sample])
    carry = sampler.start(chain_state(2), prompts[[3, 1]], samples=[3, 1])
    np.testing.assert_array_equal(sampler.advance(carry, EVERYTHING, 70)[0], together.numpy()[[3, 1]])


def test_options_that_keep_all_ids_change_nothing(sampler):
    carry = sampler.start(chain_state(1), [[3]])
    plain = sampler.advance(carry, SamplingOptions(), 100)[0]
    np.testing.assert_array_equal(sampler.advance(carry, SamplingOptions(top_k=1000), 100)[0], plain)
    np.testing.assert_array_equal(sampler.advance(carry, SamplingOptions(top_p=1 - 1e-15), 100)[0], plain)


def test_the_graph_without_processors_draws_the_same_text(sampler):
    """That graph does not update the ids seen at every step, but the carry has them all the same."""
    carry = sampler.start(chain_state(2), [[3], [5]])
    for temperature in (0.0, 0.7, 1.3):
        plain, after = sampler.advance(carry, SamplingOptions(temperature=temperature, seed=5), 200)
        filtered, expected = sampler.advance(carry, SamplingOptions(temperature=temperature, seed=5, top_k=12), 200)
        np.testing.assert_array_equal(plain, filtered)
        tf.nest.map_structure(np.testing.assert_array_equal, after, expected)
    later = SamplingOptions(repetition_penalty=3.0, seed=9)
    np.testing.assert_array_equal(sampler.advance(after, later, 50)[0], sampler.advance(expected, later, 50)[0])


def test_the_carry_after_a_prompt(sampler):
    carry = sampler.start(chain_state(2), [[3, 2, 7], [1, 1, 1]])
    state, step = chain_state(2), chain()
    for ids in ([3, 1], [2, 1], [7, 1]):
        logits, state = step(tf.constant(ids), state)
    assert_close(carry.logits, logits)
    tf.nest.map_structure(assert_close, carry.state, state)
    assert np.flatnonzero(carry.seen[0]).tolist() == [2, 3, 7]
    assert int(carry.position) == 0


def test_options_lengths_and_seeds_retrace_no_mode():
    traces, inner = [], chain()

    def step(ids, state):
        traces.append(ids.shape)
        return inner(ids, state)

    sampler = Sampler(step, 12)
    carry = sampler.start(chain_state(2), [[3], [4]])
    sampler.advance(carry, SamplingOptions(), 3)
    assert len(traces) == 2  # one for the prompt, one for the text
    sampler.advance(carry, SamplingOptions(temperature=0), 3)
    sampler.advance(carry, EVERYTHING, 3)
    assert len(traces) == 4  # one for each mode
    for options in (
        SamplingOptions(temperature=0),
        SamplingOptions(temperature=0.3, seed=4),
        EVERYTHING,
        SamplingOptions(top_k=3, seed=9),
        SamplingOptions(top_p=0.1),
        SamplingOptions(min_p=1),
    ):
        for count in (1, 5):
            _, carry = sampler.advance(carry, options, count)
    assert len(traces) == 4
    for length in (2, 9, 30):
        sampler.start(chain_state(2), np.ones((2, length), int), samples=[4, 7])
    assert len(traces) == 5  # the second length traces for every length


def test_half_precision_and_unknown_shapes_keep_the_types_of_the_carry():
    def step(ids, state):
        logits = tf.cast(tf.one_hot((ids + 1) % 5, 5) * 9, tf.float16)
        return tf.py_function(lambda x: x, [logits], tf.float16), tf.py_function(lambda x: x + 1, [state], tf.float32)

    sampler = Sampler(step, 5)
    ids, carry = sampler.advance(sampler.start(tf.zeros((1, 3)), [[1]]), SamplingOptions(temperature=0), 6)
    assert ids.numpy().tolist() == [[2, 3, 4, 0, 1, 2]]
    assert carry.state.shape == (1, 3)
    assert carry.logits.dtype == tf.float32


def test_an_export_holds_the_same_loop(tmp_path, sampler):
    step = chain()

    @tf.function(input_signature=[tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.int32)])
    def generate(prompt, count):
        batch = tf.shape(prompt)[0]
        state = {"sum": tf.zeros((batch, 12)), "steps": tf.zeros(batch, tf.int32)}
        carry = feed(step, initial_carry(state, batch, None, 12), prompt)
        return advance(step, carry, sampling_settings(EVERYTHING, np.arange(12) == 0), count)[0]

    exported = tf.Module()
    exported.generate = generate
    tf.saved_model.save(exported, str(tmp_path))
    ids = tf.saved_model.load(str(tmp_path)).generate(tf.constant([[3, 1], [2, 2]]), tf.constant(80))
    expected, _ = sampler.advance(sampler.start(chain_state(2), [[3, 1], [2, 2]]), EVERYTHING, 80)
    np.testing.assert_array_equal(ids, expected)


def test_an_empty_prompt_and_an_empty_vocabulary_are_refused(sampler):
    with pytest.raises(ValueError, match="prompt is empty"):
        sampler.start(chain_state(2), np.zeros((2, 0), int))
    with pytest.raises(ValueError, match="every id of the vocabulary is excluded"):
        Sampler(chain(), 3, [0, 1, 2])

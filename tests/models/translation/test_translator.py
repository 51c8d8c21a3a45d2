"""Options of translators that fit together or do not, and what is built of them."""

import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from pydantic import ValidationError

from seqlab.models.translation import (
    TRANSLATORS,
    RecurrentEncoderDecoder,
    TeacherForcing,
    TransformerTranslator,
    TranslatorContext,
)

CONTEXT = TranslatorContext(11, 9, False)
SMALL = {"units": 8, "embedding": 6, "bidirectional": False}


def parameters(**options):
    return RecurrentEncoderDecoder(**SMALL | options).build(CONTEXT).count_params()


LSTM = 4 * ((6 + 8) * 8 + 8)  # kernel, recurrent kernel, bias
TABLES = (11 + 9) * 6
HEAD = 9 * 8 + 9


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"attention": "none"}, TABLES + 2 * LSTM + HEAD),
        ({"attention": "none", "bidirectional": True}, TABLES + 2 * 4 * ((6 + 4) * 4 + 4) + LSTM + HEAD),
        ({"attention": "none", "bridge": True}, TABLES + 2 * LSTM + 2 * (8 + 1) * 8 + HEAD),
        ({}, TABLES + 2 * LSTM + 16 * 8 + HEAD),
        ({"attention_output": "alone"}, TABLES + 2 * LSTM + HEAD),
        ({"score": "general"}, TABLES + 2 * LSTM + 8 * 8 + 16 * 8 + HEAD),
        ({"input_feeding": True}, TABLES + 2 * LSTM + 4 * 8 * 8 + 16 * 8 + HEAD),
        ({"tied": True}, TABLES + 2 * LSTM + 16 * 8 + 8 * 6 + 9),
        (
            {"attention": "bahdanau"},
            TABLES + 2 * LSTM + 4 * 8 * 8 + (2 * 8 * 8 + 8 + 8) + (8 + 8 + 6 + 1) * 12 + 9 * 6 + 9,
        ),
    ],
)
def test_parameters_by_hand(options, count):
    assert parameters(**options) == count


@pytest.mark.parametrize("part", TRANSLATORS, ids=lambda part: part.component_name())
def test_what_is_built_answers_as_a_translator(part):
    small = SMALL if part is RecurrentEncoderDecoder else {"layers": 1, "heads": 2, "width": 8, "feed_forward": 12}
    model = part(**small).build(CONTEXT)
    source, target = tf.constant([[5, 3], [3, 0]]), tf.constant([[2, 5, 3], [2, 3, 0]])
    logits = model.head(model.hidden(source, target))
    assert logits.shape == (2, 3, 9)
    assert_close(model({"source": source, "target": target}), logits)
    memory = model.encode(source)
    first, _, attention = model.step(target[:, 0], model.begin(memory, 3), memory)
    assert_close(first, logits[:, 0])
    assert attention.shape == (2, 2)


def test_initial_weights_are_within_their_range():
    model = RecurrentEncoderDecoder(**SMALL, uniform_init=0.08).build(CONTEXT)
    drawn = np.concatenate([each.numpy().ravel() for each in model.trainable_variables])
    assert np.abs(drawn).max() <= 0.08
    assert np.std(drawn) == pytest.approx(0.08 / 3**0.5, rel=0.05)
    assert all(np.std(each) > 0 for each in model.trainable_variables)  # biases too


def test_forcing_as_a_number_and_as_a_mapping():
    assert RecurrentEncoderDecoder().teacher_forcing_schedule == TeacherForcing()
    assert RecurrentEncoderDecoder().teacher_forcing_schedule.always
    assert RecurrentEncoderDecoder(teacher_forcing=0.5).teacher_forcing_schedule == TeacherForcing(start=0.5, end=0.5)
    given = {"teacher_forcing": {"start": 1.0, "end": 0.25, "steps": 100}}
    assert TRANSLATORS.read({"name": "recurrent_encoder_decoder", **given}).teacher_forcing_schedule == TeacherForcing(
        end=0.25, steps=100
    )
    assert TransformerTranslator().teacher_forcing_schedule.always


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"units": 7, "bidirectional": True}, "7 is odd: use an even number"),
        ({"attention": "none", "input_feeding": True}, "attention is none"),
        ({"attention": "bahdanau", "input_feeding": True}, "attention is bahdanau"),
        ({"teacher_forcing": 1.5}, "teacher_forcing"),
        ({"sampled_softmax": 0}, "sampled_softmax"),
        ({"uniform_init": 0.0}, "uniform_init"),
        ({"dropout": 1.0}, "dropout"),
    ],
)
def test_options_that_mean_nothing(options, said):
    with pytest.raises(ValidationError, match=said):
        RecurrentEncoderDecoder(**options)


def test_only_learned_positions_have_an_end():
    limits = [TransformerTranslator(positions=each).max_ids for each in ("learned", "sinusoidal", "rotary")]
    assert limits == [512, None, None]
    assert TransformerTranslator(positions="learned", context=64).max_ids == 64
    assert RecurrentEncoderDecoder().max_ids is None

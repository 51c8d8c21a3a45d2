"""The loss of a language model: state carried from window to window, smoothing."""

import math

import tensorflow as tf
from closeness import assert_close
from small_language_model import ids_of, model_of

from seqlab.tasks.language_modeling.loss import NextTokenLoss


class TestCarriedState:
    def test_losses_of_carried_windows_are_those_of_one_long_pass(self):
        model, ids = model_of(), ids_of(31).reshape(1, 31)
        loss_function = NextTokenLoss(model, label_smoothing=0.0, streams=1)
        carried = [loss_function(model, {"ids": tf.constant(ids[:, start : start + 11])}) for start in (0, 10, 20)]
        whole = NextTokenLoss(model, label_smoothing=0.0, streams=None)(model, {"ids": tf.constant(ids)})
        assert_close(sum(float(sums["loss"][0]) for sums in carried), whole["loss"][0])

    def test_an_epoch_begins_anew(self):
        model, ids = model_of(), tf.constant(ids_of(11).reshape(1, 11))
        loss_function = NextTokenLoss(model, label_smoothing=0.0, streams=1)
        first = float(loss_function(model, {"ids": ids})["loss"][0])
        assert float(loss_function(model, {"ids": ids})["loss"][0]) != first
        loss_function.begin_epoch()
        assert_close(loss_function(model, {"ids": ids})["loss"][0], first)

    def test_smoothing_by_hand(self):
        """All logits equal: whatever the target, log 9."""
        model = model_of()
        for variable in model.trainable_variables:
            variable.assign(tf.zeros_like(variable.value))
        sums = NextTokenLoss(model, label_smoothing=0.3, streams=None)(model, {"ids": tf.zeros((2, 5), tf.int32)})
        assert_close(sums["loss"][0], 8 * math.log(9))
        assert float(sums["loss"][1]) == 8

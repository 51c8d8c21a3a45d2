"""Scores of a whole text: from the beginning, in segments with a warm-up, in windows."""

import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from small_language_model import ids_of, model_of

from seqlab.models import score_text
from seqlab.models.score_text import compile_scorer
from seqlab.progress import SILENT


def score(model, ids, max_context):
    return score_text.score_text(model, compile_scorer(model), ids, max_context, SILENT)


class TestScores:
    def naive(self, model, ids):
        logits, _ = model.advance(ids[None, :-1], model.initial_state(1))
        return tf.nn.log_softmax(logits[0]).numpy()[np.arange(len(ids) - 1), ids[1:]]

    @pytest.mark.parametrize("length", [2, 3, 300, 1_000])
    def test_a_short_text_is_read_from_its_beginning(self, length):
        model, ids = model_of(), ids_of(length)
        scores, correct = score(model, ids, None)
        assert_close(scores, self.naive(model, ids))
        assert correct.shape == (length - 1,)

    @pytest.mark.parametrize("length", [101, 150, 402])
    def test_stretches_with_a_run_up_score_every_place_once(self, monkeypatch, length):
        """The cells forget within the run-up, so that the scores are those of one pass."""
        monkeypatch.setattr(score_text, "MIN_SEGMENT", 50)
        monkeypatch.setattr(score_text, "WARM_UP", 40)
        monkeypatch.setattr(score_text, "IDS_PER_CALL", 16)
        model, ids = model_of(), ids_of(length)
        scores, _ = score(model, ids, None)
        assert_close(scores, self.naive(model, ids))

    @pytest.mark.parametrize(("length", "longest"), [(5, 8), (33, 8), (40, 7), (9, 8)])
    def test_windows_of_a_model_with_an_end(self, length, longest):
        """Each place is scored in the window that has seen most of what is before it, but for the halves' borders."""
        model, ids = model_of(), ids_of(length)
        scores, _ = score(model, ids, longest)
        width, run_up = min(longest, length - 1), longest // 2 if length - 1 > longest else 0
        expected = np.zeros(length - 1)
        for start in range(0, max(length - 1 - run_up, 1), max(width - run_up, 1)):
            piece = self.naive(model, ids[start : start + width + 1])
            begin = 0 if start == 0 else run_up
            expected[start + begin : start + len(piece)] = piece[begin:]
        assert (scores < 0).all()
        assert_close(scores, expected)

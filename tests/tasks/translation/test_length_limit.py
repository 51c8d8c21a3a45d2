"""The greatest length of a translation, learned from the training pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seqlab.errors import DataError
from seqlab.progress import SILENT
from seqlab.tasks.translation.length_limit import FILE, LONGEST, LengthLimit

LENGTHS = arrays(np.int64, st.integers(1, 200), elements=st.integers(1, 2_000))


def test_the_factor_is_that_of_the_pair_that_needs_most():
    limit = LengthLimit.learn(np.array([5, 10, 10]), np.array([20, 30, 50]))
    assert limit == LengthLimit(4.0, LONGEST)  # (50 - 10) / 10
    assert limit.of(np.array([1, 10, 200])).tolist() == [14, 50, 500]
    assert limit.of(np.array([10]), most=32).tolist() == [32]


def test_short_targets_leave_the_limit_at_twice_the_source_and_ten():
    limit = LengthLimit.learn(np.array([5, 10]), np.array([5, 10]))
    assert limit.of(np.array([1, 10])).tolist() == [12, 30]


def test_one_pair_in_a_thousand_does_not_decide():
    source, target = np.full(2_000, 5), np.full(2_000, 30)
    target[0] = 5_000
    assert LengthLimit.learn(source, target) == LengthLimit(4.0, LONGEST)


@given(st.data())
def test_every_pair_of_a_small_corpus_fits(data):
    source = data.draw(LENGTHS)
    target = data.draw(arrays(np.int64, len(source), elements=st.integers(1, 2_000)))
    assert (LengthLimit.learn(source, target).of(source) >= target - 1e-6).all()


def test_it_is_restored_as_it_was_saved_and_older_runs_have_the_least(tmp_path):
    assert LengthLimit.restore(tmp_path) == LengthLimit(2.0, 500)
    LengthLimit(4.2, 700).save(tmp_path)
    assert LengthLimit.restore(tmp_path) == LengthLimit(4.2, 700)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"factor": 1, "longest": 500}', '{"factor": NaN, "longest": 500}', '{"factor": "3"}',
     '{"factor": 1e999, "longest": 500}', '{"factor": 3.0, "longest": 500, "more": 1}'],
)  # fmt: skip
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=f"{FILE}.* from a copy, or train again"):
        LengthLimit.restore(tmp_path)


def test_words_into_characters_get_the_length_that_their_pairs_have():
    from seqlab.config import load as load_config
    from seqlab.config.choices import choices_of
    from seqlab.data.records import Records
    from seqlab.tasks import TRANSLATION

    experiment = load_config(
        {
            "task": "translation",
            "data": {"name": "synthetic"},
            "vectorizer": {"source": {"name": "words"}, "target": {"name": "characters"}},
            "model": {"name": "recurrent_encoder_decoder", "units": 4, "embedding": 4},
        }
    ).experiment
    pairs = Records({"source": ["good morning", "a book"], "target": ["x" * 60, "y" * 30]}, ("source", "target"))
    fitted = TRANSLATION.fit(choices_of(experiment), pairs, SILENT)
    assert fitted.limit.of(np.array([3])).tolist() == [61]  # two words and the end; 60 characters and both ends

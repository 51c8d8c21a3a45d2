"""Which script texts are written in, and how long they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.metrics.unspaced_text import lengths_of, share_without_words, writing_of


@pytest.mark.parametrize(
    ("texts", "writing"),
    [
        (["the dog", "el perro"], "spaced"),
        ([], "spaced"),
        (["1 2 3", "…", "😀"], "spaced"),
        (["小狗找到老马。"], "chinese"),
        (["猫が魚を食べた", "テレビを見る"], "japanese"),
        (["東京都庁", "大阪市役所", "名古屋へ行く"], "japanese"),
        (["ｶﾀｶﾅ"], "japanese"),
        (["แมวกินปลา"], "other"),
        (["我喜欢 deep learning 模型"], "chinese"),
        (["他说“の”是日文，很多人都知道这个字是什么意思"], "chinese"),
        (["I like the word 狗"], "spaced"),
        (["나는 개를 좋아한다"], "spaced"),
    ],
)
def test_writing(texts, writing):
    assert writing_of(texts) == writing


def test_lengths_by_hand():
    assert lengths_of(["one two  three", ""], "spaced") == [3, 0]
    assert lengths_of(["小狗 找到", ""], "chinese") == [4, 0]


@given(st.lists(st.text()))
def test_any_text_has_a_writing_and_a_length(texts):
    writing = writing_of(texts)
    assert all(0 <= length <= len(text) for length, text in zip(lengths_of(texts, writing), texts, strict=True))


def test_emoji_and_punctuation_are_no_words():
    assert share_without_words(["😀👨\u200d👩\u200d👧", ":-)", "1️⃣", "", "a 😀", "7"]) == 3 / 5
    assert share_without_words([]) == 0

"""The part `subwords`: what it learns, that it gives every text back, and that it agrees with the package."""

import codecs

import numpy as np
import pytest
from as_lists import rows
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from seqlab.data.datasets.shakespeare import Shakespeare
from seqlab.data.splits import load_splits
from seqlab.errors import DataError, RequestError
from seqlab.text import VECTORIZERS, Subwords, Words, subwords
from seqlab.text.tensorflow_encoders import encoder_for
from seqlab.text.vocabulary import Vocabulary

VERSE = "Tell me where is fancy bred,\nOr in the heart or in the head?\nHow begot, how nourishèd?\nReply, reply.\n"
PART = Subwords(size=280)


@pytest.fixture(scope="module")
def learned():
    return PART.learn([VERSE, VERSE.upper(), "the there then these\n" * 5])


@pytest.fixture(scope="module")
def unpadded(learned):
    return PART.unpadded(learned.vocabulary)


def from_the_package(texts, size):
    """The tokenizer that the package itself trains, without the list of joins being made again."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def as_bytes(tokenizer, text):
    letters = {letter: byte for byte, letter in subwords._LETTERS.items()}
    return [bytes(letters[letter] for letter in token) for token in tokenizer.encode(text).tokens]


def test_what_is_learned_by_hand():
    """In aaab, aaab, ab, ab the pairs aa and ab occur 4 times each: aa is first; then aa-ab twice, then nothing."""
    learned = Subwords(size=260).learn(["aaab\naaab\nab\nab"])
    assert learned.vocabulary.tokens[256:] == ("aa", "ab", "aaab")
    assert learned.tokens("aaab\nab b") == ["aaab", "\n", "ab", " ", "b"]
    assert learned.tokens("aab") == ["aa", "b"]
    (row,) = rows(learned.encode(["ab\x00"]))
    assert row == [2 + 257, 2 + 0]
    counts = dict(zip(learned.vocabulary.tokens, learned.vocabulary.counts.tolist(), strict=True))
    assert {token: count for token, count in counts.items() if count} == {"ab": 2, "aaab": 2, "\n": 3}


def test_ids_and_specials(learned):
    assert learned.vocabulary.specials == ("", "[UNK]")
    assert (learned.size, len(learned.vocabulary.tokens)) == (282, 280)
    assert rows(learned.encode(["", "é"])) == [[1], [2 + 0xC3, 2 + 0xA9]]
    assert learned.tokens("é") == ["\udcc3", "\udca9"], "bytes of no whole character"
    assert learned.decode([0, *rows(learned.encode(["reply"]))[0], 1, 0]) == "reply[UNK]"
    assert learned.decode([2 + 0xC3, 2 + ord("!")]) == "\ufffd!"


def test_a_language_model_numbers_its_subwords_from_zero(learned, unpadded):
    assert (unpadded.size, unpadded.vocabulary.specials) == (280, ())
    assert rows(unpadded.encode(["", "the"]))[0] == []
    text = "the heart\0"
    assert rows(unpadded.encode([text])) == [[index - 2 for index in rows(learned.encode([text]))[0]]]
    assert rows(unpadded.encode(["\0"])) == [[0]]
    again = PART.unpadded(unpadded.vocabulary)
    assert again.vocabulary.specials == ()


@given(text=st.text())
@example(text="one\u0085two\u2028three\x1cfour\x00 \ufeff\u00a0 \u3000x")
@example(text="  \n\n \t the\r\n  the   \n")
@example(text="👍🏽 e\u0301 ﬁ İ ß 漢字")
def test_every_text_comes_back(learned, unpadded, text):
    for fitted in (learned, unpadded):
        (row,) = rows(fitted.encode([text]))
        assert fitted.decode(row) == (text or "[UNK]" * (fitted is learned))
        assert fitted.character_counts[row].sum() == max(len(text), fitted is learned)
    assert unpadded.bytes_of(row) == text.encode()
    assert b"".join(token.encode(errors="surrogateescape") for token in unpadded.tokens(text)) == text.encode()


@given(text=st.text(st.sampled_from("ABab'sté \u0085\x1c\n\t0!\u3000"), max_size=60))
def test_pieces_are_cut_where_the_package_cuts(text):
    """Cutting a text before white space that follows something else changes nothing."""
    tokenizer = from_the_package([VERSE], 280)
    fitted = PART.unpadded(PART.learn([VERSE]).vocabulary)
    assert [token.encode(errors="surrogateescape") for token in fitted.tokens(text)] == as_bytes(tokenizer, text)


@given(ids=st.lists(st.integers(0, 279), max_size=30))
def test_a_text_that_grows_is_the_text(unpadded, ids):
    """What a model writes may be no UTF-8: shown id by id it is the same as at once."""
    growing = codecs.getincrementaldecoder("utf-8")(errors="replace")
    shown = [growing.decode(unpadded.bytes_of([index])) for index in ids]
    assert "".join(shown) + growing.decode(b"", final=True) == unpadded.decode(ids)


def test_lowercase():
    fitted = Subwords(size=256, lowercase=True).learn(["ÀB"])
    assert fitted.decode(rows(fitted.encode(["ÉCOLE İ ΟΔΟΣ"]))[0]) == "école i̇ οδος"


def test_max_length(learned):
    short = Subwords(size=280, max_length=2).restore(learned.vocabulary)
    assert rows(short.encode(["reply, reply", "", "é"])) == [
        row[:2] for row in rows(learned.encode(["reply, reply", "", "é"]))
    ]
    assert (short.tokens("reply, reply"), short.max_length) == (learned.tokens("reply, reply")[:2], 2)


def test_counts_are_those_of_the_encoded_texts(learned):
    texts = [VERSE, VERSE.upper(), "the there then these\n" * 5]
    encoded = rows(learned.encode(texts))
    for index in (2 + 256, 2 + ord("\n"), 2 + ord("R")):
        assert learned.vocabulary.counts[index - 2] == sum(row.count(index) for row in encoded)
        assert learned.vocabulary.document_counts[index - 2] == sum(index in row for row in encoded)
    assert learned.vocabulary.documents == 3


@pytest.mark.parametrize("parallel", ["true", "false"])
def test_neither_order_nor_threads_nor_portions_decide(learned, monkeypatch, parallel):
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", parallel)
    monkeypatch.setattr(subwords, "_PORTION", 7)
    monkeypatch.setattr(subwords, "_PIECES_AT_ONCE", 3)
    again = PART.learn(["the there then these\n" * 5, VERSE.upper(), VERSE])
    assert again.vocabulary.tokens == learned.vocabulary.tokens
    assert again.vocabulary.counts.tolist() == learned.vocabulary.counts.tolist()
    assert rows(again.encode([VERSE])) == rows(learned.encode([VERSE]))


def test_portions_add_up_and_end_before_white_space(monkeypatch):
    monkeypatch.setattr(subwords, "_PORTION", 3)
    assert list(subwords._portions("to  be or\n not\u3000to")) == ["to  be", " or", "\n not", "\u3000to"]
    assert list(subwords._portions("")) == [""]
    assert list(subwords._portions("abcdefgh")) == ["abcdefgh"]


def test_small_texts_give_small_vocabularies():
    assert Subwords(size=5000).learn(["abc"]).size == 258, "no pair occurs twice"
    assert Subwords(size=256).learn(["ab" * 100]).size == 258


def test_saved_and_restored(learned, tmp_path):
    learned.vocabulary.save(tmp_path / "vocabulary.json")
    restored = PART.restore(Vocabulary.load(tmp_path / "vocabulary.json"))
    assert restored.vocabulary.tokens == learned.vocabulary.tokens
    assert rows(restored.encode([VERSE, "日本"])) == rows(learned.encode([VERSE, "日本"]))


def test_a_vocabulary_of_something_else(learned):
    tokens = learned.vocabulary.tokens
    for wrong in (tokens[1:], (*tokens, tokens[-1]), (*tokens, "\ud800"), tokens[::-1]):
        none = np.zeros(len(wrong), np.int64)
        with pytest.raises(DataError, match="not a vocabulary of subwords"):
            PART.restore(Vocabulary(("", "[UNK]"), tuple(wrong), none, none, 1))


@pytest.mark.parametrize("texts", [[], ["", ""]])
def test_nothing_to_learn(texts):
    with pytest.raises(DataError, match="no characters to learn from"):
        PART.learn(texts)


def test_half_a_character_is_refused(learned):
    for work in (learned.encode, PART.learn):
        with pytest.raises(DataError, match=r"the lone surrogate '\\ud83d' at position 3 cannot be encoded in UTF-8"):
            work(["fine", "no \ud83d"])


def test_options():
    part = VECTORIZERS.read({"name": "subwords", "size": 500})
    assert (part, part.lowercase, part.outputs) == (Subwords(size=500), False, ("ids",))
    for options in ({"size": 255}, {"size": 2**21}, {"max_length": 0}):
        with pytest.raises(ValidationError):
            Subwords(**options)


def test_it_cannot_be_exported(learned):
    assert "TensorFlow has no byte-pair encoding" in PART.not_exportable[0]
    with pytest.raises(RequestError, match="cannot be part of an exported model"):
        encoder_for(learned)


def test_the_letters_of_the_package():
    from tokenizers.pre_tokenizers import ByteLevel

    assert sorted(subwords._LETTERS.values()) == sorted(ByteLevel.alphabet())
    text = "".join(map(chr, range(256))) + "€👍"
    shown = "".join(letters for letters, _ in ByteLevel(add_prefix_space=False).pre_tokenize_str(text))
    assert shown == "".join(subwords._LETTERS[byte] for byte in text.encode())


@pytest.mark.parametrize("part", [Subwords(), Words()])
def test_what_a_text_in_words_does_not_have(part):
    fitted = part.unpadded(part.learn(["a b a b"]).vocabulary)
    assert (fitted.character_counts is None) == (part.name == "words")


@pytest.mark.real_data
def test_shakespeare(real_data):
    splits = load_splits.load(Shakespeare()).splits
    (train,), (test,) = splits["train"]["text"], splits["test"]["text"]
    part = Subwords(size=1000)
    fitted = part.unpadded(part.learn([train]).vocabulary)
    (ids,) = rows(fitted.encode([train]))
    assert fitted.size == 1000
    assert 2.4 < len(train) / len(ids) < 2.5
    assert fitted.decode(ids) == train
    assert fitted.character_counts[ids].sum() == len(train)
    tokenizer = from_the_package([train], 1000)
    assert [fitted.vocabulary.tokens[index].encode() for index in fitted.encode([test]).ids[0]] == as_bytes(
        tokenizer, test
    )

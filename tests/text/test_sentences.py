"""Sentences as ids between a start and an end, and back as text; what is kept of them in a run."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.errors import DataError
from seqlab.text import Characters, Subwords, Words
from seqlab.text.sentences import END_ID, START_ID, UNKNOWN_ID, Sentences
from seqlab.text.vocabulary import OF_SENTENCES

TEXTS = ["The cat sat.", "Isn't the dog here?", "The cat, the dog.", '"Who?" "Me."']
SPLIT = {"split": "punctuation", "standardize": "none"}
SPELLED = "[END] [START] [UNK]"
OPTIONS = {
    "signs": Words(**SPLIT),
    "signs in small letters, few": Words(split="punctuation", standardize="lower", max_tokens=12),
    "words": Words(),
    "words from the end": Words(**SPLIT, reverse=True),
    "subwords": Subwords(size=270),
    "subwords in small letters": Subwords(size=256, lowercase=True),
    "characters": Characters(),
}
each_kind = pytest.mark.parametrize("kind", OPTIONS)


def learned(kind, texts=TEXTS):
    return Sentences.learn(OPTIONS[kind], texts)


def rows(encoded):
    return [encoded.ids[row].tolist() for row in range(len(encoded.ids))]


def test_ids_by_hand():
    """By count, then from the end of the alphabet: padding, unknown, start and end stand before."""
    sentences = Sentences.learn(Words(), ["b b a", "b c"])
    assert [sentences.vectorizer.vocabulary.token(index) for index in range(7)] == [*OF_SENTENCES, "b", "c", "a"]
    encoded = sentences.encode(["a b", "x", ""], start=True)
    assert rows(encoded) == [[2, 6, 4, 3], [2, 1, 3], [2, 1, 3]]
    assert encoded.ids.values.dtype == np.int32
    assert rows(sentences.encode(["a b", "x", ""], start=False)) == [[6, 4, 3], [1, 3], [1, 3]]
    assert rows(sentences.encode([], start=True)) == []
    assert sentences.size == 7


@each_kind
def test_each_row_is_framed(kind):
    sentences = learned(kind)
    for start in (False, True):
        for row in rows(sentences.encode([*TEXTS, "", "zzz"], start=start)):
            assert row[-1] == END_ID
            assert (row[0] == START_ID) is start
            inside = row[start:-1]
            assert inside
            assert all(index == UNKNOWN_ID or 4 <= index < sentences.size for index in inside)


@each_kind
def test_no_text_spells_a_special_id(kind):
    sentences = learned(kind, [*TEXTS, SPELLED, SPELLED])
    (row,) = rows(sentences.encode([SPELLED], start=True))
    assert min(row[1:-1], default=9) >= len(OF_SENTENCES) or kind == "signs in small letters, few"
    assert row.count(START_ID) == row.count(END_ID) == 1
    text = sentences.text(row).lower()
    assert text.replace(" ", "") == (SPELLED.lower().replace(" ", "") if kind != "words" else "endstartunk") or (
        kind == "signs in small letters, few"
    )


@pytest.mark.parametrize("kind", ["signs", "words from the end", "subwords", "characters"])
def test_known_texts_come_back_as_they_were(kind):
    sentences = learned(kind)
    for text, row in zip(TEXTS, rows(sentences.encode(TEXTS, start=True)), strict=True):
        assert sentences.text(row) == text
        assert sentences.text([*row, 0, 0]) == text


def test_texts_come_back_as_they_are_standardized():
    lower, stripped = learned("subwords in small letters"), learned("words")
    for text in TEXTS:
        (row,) = rows(lower.encode([text], start=True))
        assert lower.text(row) == text.lower()
        (row,) = rows(stripped.encode([text], start=True))
        assert stripped.text(row) == stripped.standardize(text)
    assert stripped.standardize("  The—cat:  sat… ") == "thecat sat"
    assert learned("subwords").standardize(" A  b. ") == "A b."


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(str.strip).filter(bool))
def test_subwords_give_every_text_back(text):
    (row,) = rows(SUBWORDS.encode([text], start=True))
    assert SUBWORDS.text(row) == text


SUBWORDS = learned("subwords")


def test_unknown_words_are_shown_and_specials_are_not():
    sentences = learned("signs")
    (row,) = rows(sentences.encode(["The zebra sat."], start=True))
    assert sentences.tokens(row) == ["The", "[UNK]", "sat", "."]
    assert sentences.text([0, *row, 0]) == "The [UNK] sat."


def test_reversed_rows_end_with_the_first_word_and_read_right():
    ahead, back = learned("signs"), learned("words from the end")
    (there,), (turned,) = (rows(each.encode(["The cat sat."], start=False)) for each in (ahead, back))
    assert turned == [*there[-2::-1], END_ID]
    assert back.tokens(turned) == [".", "sat", "cat", "The"]
    assert back.text(turned) == "The cat sat."
    assert back.detokenize(back.tokens(turned)) == "The cat sat."


class TestLimits:
    @pytest.mark.parametrize("room", [5, 6, 7])
    def test_max_tokens_counts_the_four_special_ids(self, room):
        sentences = Sentences.learn(Words(max_tokens=room), ["a a a a b b b c c d"])
        assert sentences.size == room
        assert sentences.vectorizer.vocabulary.tokens == ("a", "b", "c")[: room - 4]

    def test_fewer_words_than_there_is_room_for(self):
        assert Sentences.learn(Words(max_tokens=50), ["a b"]).size == 6
        assert Sentences.learn(Words(max_tokens=None), ["a b"]).size == 6

    def test_min_count(self):
        assert Sentences.learn(Words(min_count=2), ["a a b"]).vectorizer.vocabulary.tokens == ("a",)

    def test_subwords_have_their_size_and_four_more(self):
        assert Sentences.learn(Subwords(size=260), TEXTS).size == 260 + 4

    def test_max_length_leaves_the_end_where_it_was(self):
        sentences = Sentences.learn(Words(max_length=2), ["a b c d"])
        by_name = {sentences.vectorizer.vocabulary.token(index): index for index in range(sentences.size)}
        assert rows(sentences.encode(["a b c d"], start=True)) == [[2, by_name["a"], by_name["b"], 3]]

    @pytest.mark.parametrize("longest", [1, 2, 3, 9])
    def test_longest_counts_the_end_and_not_the_start(self, longest):
        sentences = learned("signs")
        whole, cut = (rows(sentences.encode(TEXTS, start=True, longest=most)) for most in (None, longest))
        for row, short in zip(whole, cut, strict=True):
            assert short == row if len(row) - 1 <= longest else [*row[:longest], END_ID]
        without = rows(sentences.encode(TEXTS, start=False, longest=longest))
        assert without == [row[1:] for row in cut]
        assert max(map(len, without)) <= longest


@pytest.mark.parametrize(
    ("kind", "lowercases", "strips"),
    [
        ("signs", False, False), ("signs in small letters, few", True, False), ("words", True, True),
        ("subwords", False, False), ("subwords in small letters", True, False), ("characters", False, False),
    ],
)  # fmt: skip
def test_what_cannot_come_out(kind, lowercases, strips):
    sentences = learned(kind)
    assert (sentences.lowercases, sentences.strips_punctuation) == (lowercases, strips)
    written = " ".join(sentences.vectorizer.vocabulary.tokens)
    assert (written == written.lower()) is lowercases or kind.startswith("subwords")  # single bytes are all there
    assert ("." not in written) is strips


class TestSaved:
    @each_kind
    def test_what_is_restored_is_what_was_saved(self, kind, tmp_path):
        sentences = learned(kind)
        sentences.save(tmp_path, "source")
        restored = Sentences.restore(OPTIONS[kind], tmp_path, "source")
        texts = [*TEXTS, "", "unknown zebra?", SPELLED]
        encoded, again = (each.encode(texts, start=True) for each in (sentences, restored))
        np.testing.assert_array_equal(again.ids.values, encoded.ids.values)
        np.testing.assert_array_equal(again.ids.offsets, encoded.ids.offsets)
        assert [restored.text(row) for row in rows(again)] == [sentences.text(row) for row in rows(encoded)]
        assert restored.size == sentences.size
        again_saved = tmp_path / "again"
        again_saved.mkdir()
        restored.save(again_saved, "source")
        for path in again_saved.iterdir():
            assert path.read_bytes() == (tmp_path / path.name).read_bytes()

    def test_files_of_two_sides(self, tmp_path):
        learned("signs").save(tmp_path, "target")
        learned("words").save(tmp_path, "source")
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == ["spacing_target.json", "vocabulary_source.json", "vocabulary_target.json"]

    @pytest.mark.parametrize("name", ["vocabulary_target.json", "spacing_target.json"])
    @pytest.mark.parametrize(
        "content", [None, b"", b"{", b"[]", b"\xff\xfe", b'{"?": "beside"}', b'{"?": ["left"]}', b'{"?": 3}', b'"left"']
    )
    def test_damaged_files(self, name, content, tmp_path):
        learned("signs").save(tmp_path, "target")
        path = tmp_path / name
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(DataError, match=f"{name}.*(copy|train again)"):
            Sentences.restore(OPTIONS["signs"], tmp_path, "target")

    def test_the_vocabulary_of_another_vectorizer(self, tmp_path):
        learned("words").save(tmp_path, "target")
        with pytest.raises(DataError, match="not a vocabulary of subwords"):
            Sentences.restore(OPTIONS["subwords"], tmp_path, "target")

    def test_attachments_in_json(self, tmp_path):
        learned("signs").save(tmp_path, "target")
        attachments = json.loads((tmp_path / "spacing_target.json").read_text(encoding="utf-8"))
        assert attachments == {'"': "paired", "'": "both", ",": "left", ".": "left", "?": "left"}

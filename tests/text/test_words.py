"""The part `words`: the course's printed results, each option by a known answer, and what it refuses."""

import numpy as np
import pytest
from as_lists import dense, rows
from pydantic import ValidationError

from seqlab.errors import DataError
from seqlab.text import Words
from seqlab.text.vocabulary import Vocabulary

POPPY = ["I write, erase, rewrite", "Erase again, and then", "A poppy blooms."]
TO_BE = ["To be", "!(to be)", "That's the question", "Be, be, be."]
PETS = ["the red dog", "cat eats dog", "dog eats food", "red cat eats"]
CAT = "the cat sat on the mat"


def fitted(tokens, **options):
    """Words with this vocabulary, all of one count."""
    part = Words(**options)
    counts = np.ones(len(tokens), np.int64)
    return part.restore(Vocabulary(part.specials, tuple(tokens), counts, counts, len(tokens)))


def test_a_sentence_as_ids_and_back():
    words = Words().learn(POPPY)
    ids = words.encode(["I write, rewrite, and still rewrite again"]).ids.values
    assert ids.tolist() == [7, 3, 5, 9, 1, 5, 10]
    assert words.decode(ids) == "i write rewrite and [UNK] rewrite again"


def test_to_be_as_ids():
    words = Words().learn(TO_BE)
    assert words.vocabulary.specials + words.vocabulary.tokens == ("", "[UNK]", "be", "to", "the", "thats", "question")
    encoded = words.encode(["Be good!", "Question: be or be?"])
    assert rows(encoded) == [[2, 1], [6, 2, 1, 2]]
    assert encoded.weights is None


def test_to_be_as_tf_idf():
    words = Words(output="tf_idf").learn(TO_BE)
    table = dense(words.encode(["Be good!", "Question: be or be?"]), words.size)
    assert table[0] == pytest.approx([0.96725637, 0.6931472, 0, 0, 0, 0], abs=1e-6)
    assert table[1] == pytest.approx([0.96725637, 1.3862944, 0, 0, 0, 1.0986123], abs=1e-6)


def test_a_unicode_apostrophe_goes_and_an_accent_stays():
    text = "sunset came; I stared at the México sky. Isn’t nature _splendid_?"
    expected = "sunset came i stared at the méxico sky isnt nature splendid"
    assert " ".join(Words().learn([text]).tokens(text)) == expected


def test_multi_hot_of_the_pets():
    words = fitted(["the", "red", "dog", "cat", "eats", "food"], output="multi_hot")
    assert dense(words.encode([*PETS, "a dog eats the dog"]), words.size).tolist() == [
        [0, 1, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1, 0],
        [0, 0, 0, 1, 0, 1, 1],
        [0, 0, 1, 0, 1, 1, 0],
        [1, 1, 0, 1, 0, 1, 0],
    ]


def test_the_bigram_set_of_the_cat():
    words = Words(ngrams=2, output="multi_hot").learn([CAT])
    expected = {"the", "the cat", "cat", "cat sat", "sat", "sat on", "on", "on the", "the mat", "mat"}
    assert set(words.vocabulary.tokens) == expected
    assert words.vocabulary.tokens[0] == "the"  # the only one that stands there twice
    assert words.tokens("the cat sat") == ["the", "cat", "sat", "the cat", "cat sat"]


def test_counts_and_document_counts():
    vocabulary = Words().learn(["b a b", "b c", "!"]).vocabulary
    assert vocabulary.tokens == ("b", "c", "a")  # equal counts in descending alphabetical order
    assert vocabulary.counts.tolist() == [3, 1, 1]
    assert vocabulary.document_counts.tolist() == [2, 1, 1]
    assert vocabulary.documents == 3


def test_ngrams_are_counted_by_document_too_and_never_cross_its_border():
    vocabulary = Words(ngrams=3, output="count").learn(["a b a b", "a b", "b a"]).vocabulary
    numbers = zip(vocabulary.counts.tolist(), vocabulary.document_counts.tolist(), strict=True)
    assert dict(zip(vocabulary.tokens, numbers, strict=True)) == {
        "a": (4, 3),
        "b": (4, 3),
        "a b": (3, 2),
        "b a": (2, 2),
        "a b a": (1, 1),
        "b a b": (1, 1),
    }


@pytest.mark.parametrize(
    ("output", "kept"),
    [("ids", ("c", "b")), ("multi_hot", ("c", "b", "a"))],
)
def test_max_tokens_counts_the_specials(output, kept):
    words = Words(max_tokens=4, output=output).learn(["c c c b b a a x"])
    assert words.vocabulary.tokens == kept
    assert words.size == 4


def test_max_tokens_null_keeps_all():
    assert Words(max_tokens=None).learn([" ".join(map(str, range(30_000)))]).size == 30_002


def test_min_count():
    assert Words(min_count=2, ngrams=2).learn(["a b", "a b", "b c"]).vocabulary.tokens == ("b", "a b", "a")


def test_max_length_keeps_the_first_ids_ngrams_included():
    words = fitted(["a", "b", "a b"], ngrams=2, max_length=4)
    assert rows(words.encode(["a b b", "a", "", "a b"])) == [[2, 3, 3, 4], [2], [1], [2, 3, 4]]
    assert words.tokens("a b b") == ["a", "b", "b", "a b"]


def test_reverse_turns_what_max_length_left():
    words = fitted(["a", "b", "c"], reverse=True, max_length=2)
    assert rows(words.encode(["a b c", "c", ""])) == [[3, 2], [4], [1]]
    assert words.tokens("a b c") == ["b", "a"]
    assert words.decode([3, 2]) == "a b"


def test_ids_of_ngrams_come_width_by_width():
    words = fitted(["a", "b c", "a b c"], ngrams=3)
    assert rows(words.encode(["a b c", "b c"])) == [[2, 1, 1, 1, 3, 4], [1, 1, 3]]
    assert words.decode([2, 3, 1]) == "a, b c, [UNK]"


def test_an_ngram_is_known_without_its_parts():
    words = fitted(["a b c"], ngrams=3, output="count")
    encoded = words.encode(["a b c a b"])
    assert (rows(encoded), encoded.weights.tolist()) == ([[0, 1]], [5 + 4 + 2, 1])


def test_a_text_that_spells_unk_or_padding_is_an_ordinary_text():
    words = fitted(["a", "[UNK]"], standardize="none")
    assert rows(words.encode(["[UNK] a", "[unk]"])) == [[3, 2], [1]]
    assert Words(standardize="none").learn(["[UNK] [UNK] a"]).vocabulary.tokens == ("[UNK]", "a")


def test_an_empty_text_is_one_unknown_word():
    bags = fitted(["a"], output="count", ngrams=2).encode(["", "a", " \n", "…!"])
    assert rows(bags) == [[0], [1], [0], [0]]
    assert bags.weights.tolist() == [1, 1, 1, 1]
    assert rows(fitted(["a"]).encode(["", "a"])) == [[1], [2]]


def test_an_empty_vocabulary_knows_nothing():
    assert rows(fitted([], ngrams=2).encode(["a b", ""])) == [[1, 1, 1], [1]]


def test_no_texts_give_no_rows():
    assert len(fitted(["a"]).encode([]).ids) == 0
    bags = fitted(["a"], output="tf_idf").encode([])
    assert (len(bags.ids), len(bags.weights)) == (0, 0)


@pytest.mark.parametrize("output", ["ids", "count", "tf_idf"])
def test_texts_are_encoded_alike_alone_and_together(output):
    texts = ["the dog eats", "", "a cat", "the the the", "dog"] * 3
    words = Words(ngrams=2, output=output).learn(PETS)
    together, alone = words.encode(texts), [words.encode([text]) for text in texts]
    assert rows(together) == [each.ids.values.tolist() for each in alone]
    if output != "ids":
        assert together.weights.tolist() == np.concatenate([each.weights for each in alone]).tolist()


def test_a_line_of_a_megabyte():
    text = "very " * 250_000 + "long"
    words = Words(ngrams=2, output="count").learn([text, "short"])
    encoded = words.encode([text])
    assert words.decode(encoded.ids.values) == "very, very very, very long, long"
    assert encoded.weights.tolist() == [250_000, 249_999, 1, 1]


def test_restore_is_learn():
    learned = Words(ngrams=2, output="tf_idf").learn(PETS)
    restored = Words(ngrams=2, output="tf_idf").restore(learned.vocabulary)
    texts = [*PETS, "a fish"]
    assert restored.encode(texts).weights.tolist() == learned.encode(texts).weights.tolist()


def test_a_vocabulary_of_another_output_is_refused():
    with pytest.raises(DataError, match="learned for another output"):
        Words(output="count").restore(Words().learn(PETS).vocabulary)


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        ([], {}, "the training split has no text"),
        (
            ["!", "…", ""],
            {},
            "none of the 3 training texts has a word left; the first one is '!': "
            "`standardize: lower_and_strip_punctuation` removes punctuation and emoji. To keep "
            "them, each as a word, set vectorizer.standardize to lower and "
            "vectorizer.split to punctuation",
        ),
        (["", " ", "..."], {}, r"the first one is '\.\.\.'"),
        (["", "  "], {}, "all 2 training texts are empty: name another column of texts, or leave texts out"),
        (["a b"], {"min_count": 2}, r"no word occurs 2 times in the 1 training texts, the most frequent one 1 times"),
        (["👨\u200d👩\u200d👧"], {}, "the first one is '👨\u200d👩\u200d👧': "),
        (["a!"], {"keep": "[0-9 ]"}, r"`keep: \[0-9 \]` removes all its characters"),
        (["The the"], {"stop_words": "english"}, "`stop_words` removes everything"),
    ],
)
def test_nothing_to_learn(texts, options, message):
    with pytest.raises(DataError, match=message):
        Words(**options).learn(texts)


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"output": "multi_hot", "max_length": 3}, "max_length"),
        ({"output": "count", "reverse": True}, "reverse"),
        ({"split": "none", "ngrams": 2}, "ngrams"),
        ({"split": "none", "stem": "english"}, "stem"),
        ({"split": "none", "stop_words": ["a"]}, "stop_words"),
        ({"split": "punctuation"}, "split"),
        ({"keep": "[a-z]"}, "keep"),
        ({"keep": r"[\w ]"}, "keep"),
        ({"keep": "a-z"}, "keep"),
        ({"max_tokens": 2}, "max_tokens"),
        ({"max_tokens": 1, "output": "count"}, "max_tokens"),
        ({"stem": "klingon"}, "stem"),
        ({"ngrams": 0}, "ngrams"),
    ],
)
def test_invalid_options_are_reported_at_their_location(options, place):
    with pytest.raises(ValidationError) as caught:
        Words(**options)
    assert {error["loc"][0] for error in caught.value.errors()} == {place}


def test_all_problems_are_reported_at_once():
    with pytest.raises(ValidationError) as caught:
        Words(output="count", max_length=3, reverse=True, split="none", ngrams=2)
    assert [error["loc"] for error in caught.value.errors()] == [("max_length",), ("reverse",), ("ngrams",)]


def test_with_output_tells_its_faults_without_raising():
    bag = Words(max_length=3).with_output("multi_hot")
    assert (bag.output, [option for option, _ in bag.problems()]) == ("multi_hot", ["max_length"])


def test_progress_counts_all_texts():
    seen = []

    class Recorder:
        def step(self, what, total=None, unit=""):
            seen.append([what, total, 0])
            return self

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def advance(self, units=1, **_):
            seen[-1][2] += units

    Words(ngrams=2).learn(PETS, Recorder()).encode(PETS, Recorder())
    assert seen == [["learning the vocabulary", 4, 4], ["counting words", 2, 2], ["encoding", 4, 4]]


def test_a_language_model_has_an_unknown_word_and_no_padding():
    part = Words(max_tokens=5)
    learned = part.learn(["to be or not to be", "be"])
    fitted = part.unpadded(learned.vocabulary)
    assert (fitted.size, fitted.vocabulary.specials) == (4, ("[UNK]",))
    assert fitted.encode(["be to what", ""]).ids[0].tolist() == [1, 2, 0]
    assert fitted.encode([""]).ids[0].tolist() == [0]
    assert fitted.decode([1, 2, 0]) == "be to [UNK]"
    assert part.unpadded(fitted.vocabulary).vocabulary.specials == ("[UNK]",), (
        "what was saved is restored by the same call"
    )
    assert fitted.character_counts is None
    with pytest.raises(DataError, match="learned for another output"):
        part.restore(fitted.vocabulary)

"""The texts of a comparison."""

from seqlab import load
from seqlab.errors import RequestError
from seqlab.exports.check_texts import check_texts, made_texts
from seqlab.text import Characters, Words


def test_texts_are_of_the_validation_split(finished_run):
    loaded = load(finished_run.directory, progress=False)
    texts, source = check_texts(loaded, 20)
    assert (len(texts), len(set(texts)), source) == (20, 20, "texts of the validation split")
    assert len(check_texts(loaded, 10_000)[0]) == 120


def test_texts_are_made_where_there_are_none(finished_run, monkeypatch):
    def gone(*_):
        raise RequestError("gone")

    monkeypatch.setattr("seqlab.exports.check_texts.load_for", gone)
    texts, source = check_texts(load(finished_run.directory, progress=False), 7)
    assert (len(texts), source) == (7, "texts made of its vocabulary")


def test_made_texts_are_of_known_tokens_and_always_the_same():
    words = Words().learn(["one two three"])
    assert {word for text in made_texts(words, 50) for word in text.split()} == {"one", "two", "three"}
    assert made_texts(words, 5) == made_texts(words, 5)
    assert set("".join(made_texts(Characters().learn(["abc"]), 20))) == set("abc")

"""The vocabulary as JSON: any token survives; and ids that do not exist."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab import files
from seqlab.errors import DataError, RequestError
from seqlab.text import Words
from seqlab.text.vocabulary import RULES, Vocabulary

AWKWARD = ["", "\n", "a\u0085b", "\u2028", "\x00", "\ud800", "\ud83d\ude00", "\U0001f600", '"\\', "[UNK]", "\r\n", "ﷺ"]


def vocabulary(tokens, specials=("", "[UNK]")):
    counts = np.arange(len(tokens), 0, -1)
    return Vocabulary(specials, tuple(tokens), counts, counts // 2, 7)


def test_awkward_tokens_survive(tmp_path):
    before = vocabulary(AWKWARD)
    before.save(tmp_path / "vocabulary.json")
    after = Vocabulary.load(tmp_path / "vocabulary.json")
    assert (after.specials, after.tokens, after.documents) == (before.specials, before.tokens, before.documents)
    assert after.counts.tolist() == before.counts.tolist()
    assert after.document_counts.tolist() == before.document_counts.tolist()


def test_the_rules_of_a_vocabulary_are_kept_and_the_first_ones_were_not_written(tmp_path):
    path = tmp_path / "vocabulary.json"
    vocabulary(["a"]).save(path)
    assert Vocabulary.load(path).rules == RULES
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["rules"]
    path.write_text(json.dumps(content), encoding="utf-8")
    earlier = Vocabulary.load(path)
    assert (earlier.rules, earlier.without_specials().rules, earlier.first(1, ()).rules) == (1, 1, 1)


@given(tokens=st.lists(st.text(st.characters())))
def test_any_token_survives(tokens, tmp_path_factory):
    path = tmp_path_factory.mktemp("vocabulary") / "vocabulary.json"
    vocabulary(tokens).save(path)
    assert Vocabulary.load(path).tokens == tuple(tokens)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"tokens": ["a"], "counts": []}', "not json"])
def test_what_is_no_vocabulary_is_named(tmp_path, content):
    (tmp_path / "vocabulary.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"vocabulary\.json is not a vocabulary"):
        Vocabulary.load(tmp_path / "vocabulary.json")


@pytest.mark.parametrize("name", ["specials", "tokens", "counts", "document_counts", "documents", "rules"])
@pytest.mark.parametrize("value", [None, True, -1, 1e308, "text", {}, ["a", 1], [2**65], [None], [["a"]]])
def test_damage_is_told_in_words_of_our_own(tmp_path, name, value):
    path = tmp_path / "vocabulary.json"
    vocabulary(["a"]).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, name: value}), encoding="utf-8")
    with pytest.raises(DataError, match=rf"'{name}' must be|differ in length") as error:
        Vocabulary.load(path)
    assert not any(word in str(error.value) for word in ("object", "argument", "literal", "unsized"))
    del content["specials"]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match="'specials' is missing"):
        Vocabulary.load(path)


@pytest.mark.parametrize(("name", "known"), [("format", 2), ("rules", RULES)])
def test_a_later_version_is_refused(tmp_path, name, known):
    path = tmp_path / "vocabulary.json"
    vocabulary(["a"]).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, name: known + 1}), encoding="utf-8")
    says = rf"newer seqlab \({name} {known + 1}; this one reads up to {known}\): upgrade seqlab"
    with pytest.raises(RequestError, match=says):
        Vocabulary.load(path)


def test_lists_of_different_lengths_are_refused(tmp_path):
    path = tmp_path / "vocabulary.json"
    vocabulary(["a", "b"]).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "counts": [1]}), encoding="utf-8")
    with pytest.raises(DataError, match="differ in length"):
        Vocabulary.load(path)


def test_most_frequent_first_and_equal_counts_backwards():
    tokens, counts = ["a", "b a", "b", "é", "a b"], np.array([1, 1, 1, 1, 2])
    ordered = Vocabulary.of_most_frequent((), tokens, counts, counts - 1, documents=3)
    assert ordered.tokens == ("a b", "é", "b a", "b", "a")
    assert (ordered.counts.tolist(), ordered.document_counts.tolist()) == ([2, 1, 1, 1, 1], [1, 0, 0, 0, 0])
    assert Vocabulary.of_most_frequent((), tokens, counts, counts, 3, limit=2).tokens == ("a b", "é")


def test_tokens_by_id():
    words = vocabulary(["a", "b"])
    assert [words.token(index) for index in range(len(words))] == ["", "[UNK]", "a", "b"]
    assert words.tokens_of(np.array([2, 0, 1, 3, 0])) == ["a", "[UNK]", "b"]
    for index in (-1, 4):
        with pytest.raises(RequestError, match=f"no token has the id {index}: ids go from 0 to 3"):
            words.token(index)


def test_without_specials_ids_start_at_zero():
    letters = vocabulary(["a", "b"]).without_specials()
    assert (len(letters), letters.token(0), letters.unknown) == (2, "a", None)
    assert letters.tokens_of([1, 0]) == ["b", "a"]


def test_of_buckets_only_those_with_tokens_are_written(tmp_path):
    path = tmp_path / "vocabulary.json"
    before = Words(hash_buckets=1_000_000).learn(["a b a", "c"]).vocabulary
    before.save(path)
    assert path.stat().st_size < 500
    after = Vocabulary.load(path)
    assert (len(after.tokens), after.tokens[7], after.tokens[-2:]) == (1_000_000, "#7", ("#999998", "#999999"))
    np.testing.assert_array_equal(after.counts, before.counts)
    np.testing.assert_array_equal(after.document_counts, before.document_counts)
    assert (after.counts.sum(), after.hashed_tokens, after.token(9)) == (4, 3, "#7")


@pytest.mark.parametrize(
    "changes",
    [
        {"buckets": 0},
        {"buckets": 10**12},
        {"buckets": True},
        {"filled": [5]},
        {"filled": [-1]},
        {"filled": "0"},
        {"counts": []},
        {"document_counts": [1, 2]},
    ],
)
def test_buckets_that_cannot_be_are_refused(tmp_path, changes):
    path = tmp_path / "vocabulary.json"
    Words(hash_buckets=5).learn(["a"]).vocabulary.save(path)
    files.write_json(path, {**files.read_json(path), **changes})
    with pytest.raises(DataError, match="is not a vocabulary of seqlab"):
        Vocabulary.load(path)


def test_buckets_as_older_versions_wrote_them(tmp_path):
    path = tmp_path / "vocabulary.json"
    listed = {"tokens": ["#0", "#1"], "counts": [0, 2], "document_counts": [0, 1]}
    files.write_json(path, {"format": 1, "specials": [""], **listed, "documents": 1, "hashed_tokens": 1})
    found = Vocabulary.load(path)
    assert (found.tokens, found.counts.tolist(), found.collisions) == (("#0", "#1"), [0, 2], 0)

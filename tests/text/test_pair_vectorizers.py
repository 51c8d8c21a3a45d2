"""The three forms of a translator's `vectorizer`, where what is wrong with them is found, and their JSON schema."""

import jsonschema
import pytest

from seqlab.config import ConfigError, dump, json_schema, load
from seqlab.text import VECTORIZERS, Subwords, Words
from seqlab.text.pair_vectorizers import PAIR_VECTORIZERS, Shared, Sides, options_of

NAMES = ", ".join(VECTORIZERS.names)
CONFIG = {"task": "translation", "data": "synthetic", "model": "recurrent_encoder_decoder"}
SPLIT = {"name": "words", "split": "punctuation", "standardize": "none"}
SCHEMA = jsonschema.Draft7Validator(json_schema())


def read(vectorizer):
    return load(CONFIG | {"vectorizer": vectorizer}).experiment.vectorizer


def problems(vectorizer):
    with pytest.raises(ConfigError) as caught:
        read(vectorizer)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


FORMS = [
    ("words", Words(), (Words(), Words())),
    (SPLIT, Words(split="punctuation", standardize="none"), None),
    ({"shared": "subwords"}, Shared(shared=Subwords()), (Subwords(), Subwords())),
    ({"shared": {"name": "subwords", "size": 300}}, Shared(shared=Subwords(size=300)), None),
    (
        {"source": {**SPLIT, "reverse": True}, "target": "subwords"},
        Sides(source=Words(split="punctuation", standardize="none", reverse=True), target=Subwords()),
        (Words(split="punctuation", standardize="none", reverse=True), Subwords()),
    ),
]


@pytest.mark.parametrize(("given", "form", "options"), FORMS, ids=[str(given) for given, _, _ in FORMS])
def test_forms(given, form, options):
    vectorizer = read(given)
    assert type(vectorizer) is type(form)
    assert vectorizer == form
    assert SCHEMA.is_valid(CONFIG | {"vectorizer": given})
    assert options_of(vectorizer) == (options or options_of(form))
    resolved = dump(load(CONFIG | {"vectorizer": given}).experiment)
    assert load(resolved).experiment.vectorizer == form
    assert SCHEMA.is_valid(resolved)
    assert PAIR_VECTORIZERS.read(form) is form


def test_names_for_people():
    assert [read(given).name for given, _, _ in FORMS] == [
        "words", "words", "shared subwords", "shared subwords", "words and subwords",
    ]  # fmt: skip


ANOTHER = f"expected the name of a vectorizer or a mapping with its name and options; available: {NAMES}"
NEITHER = f"expected the keys 'source' and 'target', or 'shared', or the 'name' of a vectorizer for both: {NAMES}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [f"vectorizer: got an empty mapping; {NEITHER}"]),
        ({"size": 300}, [f"vectorizer: got a mapping; {NEITHER}"]),
        (3, [f"vectorizer: 3 is a whole number; {ANOTHER}"]),
        ({"shared": 3}, [f"vectorizer.shared: 3 is a whole number; {ANOTHER}"]),
        ({"source": "words", "target": None}, [f"vectorizer.target: got null; {ANOTHER}"]),
        (
            {"source": "wrds", "target": "words"},
            [f"vectorizer.source: unknown vectorizer 'wrds'; did you mean 'words'? available: {NAMES}"],
        ),
        (
            {"source": {"split": "none"}, "target": "words"},
            [f"vectorizer.source: 'name' is missing; expected the name of a vectorizer: {NAMES}"],
        ),
        (
            {"source": "words", "target": "words", "fit": {}},
            ["vectorizer.fit: unknown key 'fit'; available: source, target"],
        ),
        ({"shared": "words", "name": "words"}, None),
        (
            {"source": {"name": "words", "max_tokens": 0}, "target": {"name": "subwords", "size": 3}},
            [
                "vectorizer.source.max_tokens: 0 is too small; expected a whole number above 0 or null",
                "vectorizer.target.size: 3 is too small; expected a whole number of at least 256 and of at most "
                "1048576",
            ],
        ),
    ],
)
def test_planted_faults(given, expected):
    assert not SCHEMA.is_valid(CONFIG | {"vectorizer": given})
    found = problems(given)
    assert found
    if expected is not None:
        assert found == expected


def test_an_unknown_option_of_one_side_is_found_there():
    given = {"source": {"name": "words", "splt": "punctuation"}, "target": "words"}
    (problem,) = problems(given)
    assert problem.startswith("vectorizer.source.splt: unknown key 'splt'; did you mean 'split'? available: name, fit,")
    assert not SCHEMA.is_valid(CONFIG | {"vectorizer": given})


@pytest.mark.parametrize(("there", "missing"), [("source", "target"), ("target", "source")])
def test_one_side_alone(there, missing):
    (problem,) = problems({there: "words"})
    assert problem.startswith(f"vectorizer: '{missing}' is missing")
    assert not SCHEMA.is_valid(CONFIG | {"vectorizer": {there: "words"}})


def test_one_vocabulary_and_sides_at_once():
    found = problems({"shared": "subwords", "source": "words"})
    assert "vectorizer.shared: unknown key 'shared'; available: source, target" in found
    assert not SCHEMA.is_valid(CONFIG | {"vectorizer": {"shared": "subwords", "source": "words"}})


def test_faults_have_lines(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "task: translation\ndata: synthetic\nmodel: transformer\n"
        "vectorizer:\n  source: {name: words, splt: none}\n  target:\n    name: words\n    max_tokens: -3\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [(problem.line, problem.column, problem.path) for problem in caught.value.problems] == [
        (5, 25, "vectorizer.source.splt"), (8, 17, "vectorizer.target.max_tokens"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        ({"shared": {"name": "words", "output": "count"}}, "vectorizer.shared.output", "needs output: ids"),
        ({"name": "words", "ngrams": 2}, "vectorizer.ngrams", "each word once"),
        ({"source": "words", "target": {"name": "words", "split": "none"}}, "vectorizer.target.split", "split it"),
        (
            {"source": {"name": "words", "fit": {"fields": ["a"]}}, "target": "words"},
            "vectorizer.source.fit.fields",
            "each side has one field",
        ),
        (
            {"source": {"name": "words", "max_tokens": 4}, "target": "words"},
            "vectorizer.source.max_tokens",
            "4 special",
        ),
        (
            {"source": "words", "target": {"name": "words", "reverse": True}},
            "vectorizer.target.reverse",
            "reverse only the source",
        ),
        ({"shared": {"name": "words", "reverse": True}}, "vectorizer.shared.reverse", "reverse only the source"),
        ({"name": "words", "reverse": True}, "vectorizer.reverse", "reverse only the source"),
    ],
)
def test_what_a_translator_cannot_read_is_found_where_it_stands(given, path, said):
    (problem,) = problems(given)
    assert problem.startswith(f"{path}: ")
    assert said in problem


def test_other_tasks_have_one_vectorizer():
    with pytest.raises(ConfigError):
        load({"task": "classification", "data": "synthetic", "model": "bag", "vectorizer": {"shared": "words"}})


def test_a_part_of_a_plugin_stands_on_both_shelves(monkeypatch):
    class Odd(Words):
        name: str = "odd"

    monkeypatch.setitem(VECTORIZERS._components, "odd", Odd)
    assert "odd" in PAIR_VECTORIZERS
    assert isinstance(read({"source": "odd", "target": "words"}).source, Odd)

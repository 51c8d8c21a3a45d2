"""Synthetic phrases: known translations, one to one, agreement by enumeration, seeds and splits."""

import itertools
import random
import re

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import synthetic_phrases
from seqlab.data.datasets.synthetic_phrases import (
    ADJECTIVES,
    DETERMINERS,
    DONE,
    EATEN,
    FOOD,
    PERSONS,
    PRONOUNS,
    THINGS,
    Phrase,
    SyntheticPhrases,
)
from seqlab.data.records import SPLITS
from seqlab.data.splits import load_splits


def noun_phrases(nouns):
    """Every noun phrase that the grammar can draw, by drawing long enough; how many there must be is known."""
    generator, found = random.Random(0), set()
    expected = len(nouns) * 2 * len(DETERMINERS) * (1 + len(ADJECTIVES))
    for _ in range(60 * expected):
        found.add(synthetic_phrases._noun_phrase(generator, nouns))
    assert len(found) == expected
    return found


def pairs(loaded):
    return [
        pair
        for split in SPLITS
        for pair in zip(loaded.splits[split]["source"], loaded.splits[split]["target"], strict=True)
    ]


@pytest.fixture(scope="module")
def many():
    return pairs(load_splits.load(SyntheticPhrases(size=30_000)))


def noun_phrase(english, nouns):
    (found,) = (phrase for phrase in noun_phrases(nouns) if phrase.english == english)
    return found


@pytest.mark.parametrize(
    ("subject", "verb", "thing", "sort", "english", "spanish"),
    [
        (
            "the girl", EATEN, "the red apples", "asked",
            "Does the girl eat the red apples?", "¿La niña come las manzanas rojas?",
        ),
        (
            "the girl", EATEN, "an apple", "negated",
            "The girl does not eat an apple.", "La niña no come una manzana.",
        ),
        (
            "two old men", EATEN, "this egg", "plain",
            "Two old men eat this egg.", "Dos hombres viejos comen este huevo.",
        ),
        (
            "an old king", DONE[0], "these green trees", "plain",
            "An old king sees these green trees.", "Un rey viejo ve estos árboles verdes.",
        ),
        (
            "these women", DONE[5], "a big house", "negated and asked",
            "Do these women not want a big house?", "¿Estas mujeres no quieren una casa grande?",
        ),
    ],
)  # fmt: skip
def test_known_translations(subject, verb, thing, sort, english, spanish):
    signs = "negated" in sort, "asked" in sort
    phrases = noun_phrase(subject, PERSONS), verb, noun_phrase(thing, THINGS), *signs
    assert synthetic_phrases._english(*phrases) == english
    assert synthetic_phrases._spanish(*phrases) == spanish


@pytest.mark.parametrize(
    ("pronoun", "english", "spanish"),
    [
        ("I", "I buy two keys.", "Yo compro dos llaves."),
        ("he", "He buys two keys.", "Él compra dos llaves."),
        ("she", "She buys two keys.", "Ella compra dos llaves."),
        ("we", "We buy two keys.", "Nosotros compramos dos llaves."),
    ],
)
def test_a_verb_agrees_with_its_pronoun(pronoun, english, spanish):
    subject = next(Phrase(*each) for each in PRONOUNS if each[0] == pronoun)
    phrases = subject, DONE[1], noun_phrase("two keys", THINGS), False, False
    assert (synthetic_phrases._english(*phrases), synthetic_phrases._spanish(*phrases)) == (english, spanish)


def test_noun_phrases_are_one_to_one_and_agree():
    found = noun_phrases((*PERSONS, *THINGS))
    assert len({phrase.english for phrase in found}) == len({phrase.spanish for phrase in found}) == len(found)
    endings = {
        ("un", "este", "el"): "(niño|hombre|rey|huevo|tomate|libro|sombrero|árbol)( .*(o|e))?",
        ("una", "esta", "la"): "(niña|mujer|reina|manzana|naranja|casa|mesa|llave)( .*(a|e))?",
        ("estos", "los"): "(niños|hombres|reyes|huevos|tomates|libros|sombreros|árboles)( .*(os|es))?",
        ("estas", "las"): "(niñas|mujeres|reinas|manzanas|naranjas|casas|mesas|llaves)( .*(as|es))?",
        ("dos",): r"\w+s( .*s)?",
    }
    for phrase in found:
        article, _, rest = phrase.spanish.partition(" ")
        (wanted,) = (pattern for articles, pattern in endings.items() if article in articles)
        assert re.fullmatch(wanted, rest), phrase
        assert (phrase.form == 3) == (article in {"dos", "los", "las", "estos", "estas"})
        assert re.match("an [aeiou]|(?!an )", phrase.english)
        assert not re.match("a [aeiou]", phrase.english)


def test_no_two_phrases_have_one_translation():
    """A phrase is told by its parts, and each part is one to one: subjects, verbs with their forms, things, signs."""
    subjects = [*noun_phrases(PERSONS), *(Phrase(*pronoun) for pronoun in PRONOUNS)]
    assert len({each.english for each in subjects}) == len({each.spanish for each in subjects}) == len(subjects)
    verbs = (EATEN, *DONE)
    for forms in ([verb.spanish for verb in verbs], [verb.english for verb in verbs]):
        spelled = list(itertools.chain(*forms))
        assert len(set(spelled)) == len(spelled)
    things = len(noun_phrases(FOOD)) + len(DONE) * len(noun_phrases(THINGS))
    assert len(subjects) * things * 4 == 2_752_512
    assert "2,752,512 phrases" in SyntheticPhrases.component_help()


def test_a_large_sample_is_one_to_one(many):
    assert len({english for english, _ in many}) == len({spanish for _, spanish in many}) == len(many) == 30_000


def test_signs_capitals_and_negation(many):
    for english, spanish in many:
        assert re.fullmatch(r"[A-Z][A-Za-z ]*[.?]", english)
        assert re.fullmatch(r"¿[A-ZÉ]\w*( \w+)+\?|[A-ZÉ]\w*( \w+)+\.", spanish)
        assert english.endswith("?") == spanish.startswith("¿") == bool(re.match("Do(es)? ", english))
        assert (" not " in english) == (" no " in spanish)
        assert " i " not in english
    kinds = {(english[-1], " not " in english) for english, _ in many}
    assert len(kinds) == 4


def test_the_vocabulary_is_small_and_as_large_as_said(many):
    words = [{word.lower() for pair in many for word in re.findall(r"\w+", pair[side])} for side in (0, 1)]
    assert [len(side) for side in words] == [65, 96]
    assert "65 English and 96 Spanish words" in SyntheticPhrases.component_help()


@pytest.mark.parametrize("size", [100, 1_234, 4_000])
def test_sizes_and_no_sentence_in_two_splits(size):
    loaded = load_splits.load(SyntheticPhrases(size=size))
    tenth = size // 10
    assert [len(loaded.splits[split]) for split in SPLITS] == [size - 2 * tenth, tenth, tenth]
    for side in ("source", "target"):
        assert len({text for split in SPLITS for text in loaded.splits[split][side]}) == size
    assert (loaded.notes, loaded.sources) == ((), ())
    assert SyntheticPhrases.best_exact_match == 1


def test_the_other_direction_is_the_same_turned_round():
    one, other = (
        pairs(load_splits.load(SyntheticPhrases())),
        pairs(load_splits.load(SyntheticPhrases(source="spanish", target="english"))),
    )
    assert one == [pair[::-1] for pair in other]


def test_the_same_seed_gives_the_same_phrases_everywhere_and_for_ever():
    one, again, other = (load_splits.load(SyntheticPhrases(split_seed=seed)) for seed in (1337, 1337, 1))
    assert one.splits == again.splits
    assert other.fingerprints["test"] != one.fingerprints["test"]
    assert one.fingerprints["test"] == "512bc5ecfbb4eb30652a25af5664cd739598a2c075e7b69af408dbabeeec3467"


@pytest.mark.parametrize(
    "option",
    [{"path": "mine.tsv"}, {"validation": 0.5}, {"test": "mine.txt"}, {"size": 99}, {"source": "spanish"}],
    ids=lambda option: next(iter(option)),
)
def test_options_that_make_no_sense(option):
    with pytest.raises(ValidationError):
        SyntheticPhrases(**option)

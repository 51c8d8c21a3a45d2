"""Synthetic text: its entropy by derivation, by enumeration and by a long sample; seeds; what it looks like."""

import itertools
import math
import random
import re
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seqlab.data.datasets import synthetic_text
from seqlab.data.datasets.synthetic_text import GRAMMAR, NOUNS, VERBS, SyntheticText, bits_of, bits_per_character
from seqlab.data.records import SPLITS
from seqlab.data.splits import load_splits

ONE, MANY = "(?:a|the) (?:{nouns})", "(?:the|two|all) (?:{nouns})s"
SENTENCE = re.compile(
    "(?:{one}{place} (?:{verbs})s|{many}{place} (?:{verbs})) (?:{one}|{many})(?: again| at last)?[.]\n".format(
        one=ONE, many=MANY, place="(?: by the (?:{nouns})s?)?", verbs=VERBS.replace(" ", "|")
    ).replace("{nouns}", NOUNS.replace(" ", "|"))
)


def written(symbol):
    """Every text that a name can become, with the probability of each way, by plain enumeration."""
    if symbol not in GRAMMAR:
        return [(Fraction(1), symbol)]
    found = []
    for probability, symbols in GRAMMAR[symbol]:
        for parts in itertools.product(*map(written, symbols)):
            found.append((probability * math.prod(p for p, _ in parts), "".join(text for _, text in parts)))
    return found


@pytest.mark.parametrize("symbol", sorted(set(GRAMMAR) - {"<sentence>"}))
def test_entropy_and_length_of_a_part_by_enumeration(symbol):
    texts = Counter()
    for probability, text in written(symbol):
        texts[text] += probability
    assert sum(texts.values()) == 1
    bits, characters = synthetic_text._expected(symbol)
    assert math.isclose(-sum(p * math.log2(p) for p in texts.values()), bits, rel_tol=1e-12)
    assert sum(p * len(text) for text, p in texts.items()) == characters


def test_entropy_of_the_sentence_by_hand():
    """Number, article or quantity, noun, place, verb, object (number, article, noun), end."""
    articles = Fraction(1, 2) * 1 + Fraction(1, 2) * Fraction(3, 2)
    place = Fraction(3, 2) + Fraction(1, 2) * 5
    assert synthetic_text._expected("<sentence>")[0] == 1 + articles + 5 + place + 4 + (1 + articles + 5) + Fraction(
        3, 2
    )
    assert bits_per_character() == Fraction(1536, 2213)
    assert float(bits_per_character()) == pytest.approx(0.694, abs=5e-4)
    assert float(bits_per_character()) * math.log(2) == pytest.approx(0.481, abs=5e-4)


@given(seed=st.integers(0, 2**32))
def test_no_sentence_can_be_drawn_in_two_ways(seed):
    sentence = synthetic_text._drawn("<sentence>", random.Random(seed))
    ways = list(synthetic_text._derivations(("<sentence>",), sentence))
    assert len(ways) == 1
    assert bits_of(sentence) == -math.log2(ways[0])
    assert sentence.count("\n") == 1


def test_a_long_sample_costs_what_it_should():
    """Half a million characters are 14,000 sentences: their average comes within half a per cent."""
    text = load_splits.load(SyntheticText(size=625_000)).splits["train"]["text"][0]
    assert bits_of(text) / len(text) == pytest.approx(float(bits_per_character()), rel=0.005)


def test_what_the_grammar_cannot_write_costs_infinitely_much():
    assert bits_of("the cat sees a dog.\n") == 1 + 1 + 5 + 1 + 4 + (1 + 1 + 5) + 1
    assert bits_of("the cat sees a dog.\nthe cat sees a dog.\n") == 40
    for wrong in ("the cat see a dog.\n", "the cats by the dog sees a dog.\n", "the cat sees a dog", "", "a a"):
        assert bits_of(wrong) == math.inf


def test_every_sentence_is_one_of_the_grammar():
    loaded = load_splits.load(SyntheticText(size=20_000))
    for split in SPLITS:
        (text,) = loaded.splits[split]["text"]
        assert SENTENCE.sub("", text) == ""
        assert set(text) <= set("\n .abcdefghijklmnopqrstuvwxyz")
    assert len(set(loaded.splits["train"]["text"][0])) == 26


def test_a_verb_follows_the_first_noun_wherever_the_nearest_stands():
    text = load_splits.load(SyntheticText()).splits["train"]["text"][0]
    apart = re.findall(rf"^\w+ (?:{NOUNS.replace(' ', '|')}) by the \w+s (\w+)", text, re.MULTILINE)
    assert len(apart) > 300
    assert all(verb.endswith("s") for verb in apart)


@pytest.mark.parametrize("size", [1_000, 1_234, 200_000])
def test_sizes(size):
    loaded = load_splits.load(SyntheticText(size=size))
    tenth = size // 10
    for split, wanted in (("train", size - 2 * tenth), ("validation", tenth), ("test", tenth)):
        (text,) = loaded.splits[split]["text"]
        assert wanted <= len(text) < wanted + 80
        assert text.endswith(".\n")
    assert (loaded.notes, loaded.sources) == ((), ())
    assert loaded.counts == {"duplicates_kept_out_of_validation": 0, "test_overlap": 0}


def test_take_leaves_the_beginning():
    part, whole = (load_splits.load(SyntheticText(take=take)).splits["train"]["text"][0] for take in (500, None))
    assert part == whole[:500]


def test_the_same_seed_gives_the_same_text_everywhere_and_for_ever():
    one, again, other = (load_splits.load(SyntheticText(split_seed=seed)) for seed in (1337, 1337, 1))
    assert one.splits == again.splits
    assert other.fingerprints["test"] != one.fingerprints["test"]
    assert one.fingerprints["test"] == "631aa47ec6f3588fc1e69b14865dd861d31f96301d6596fe17dc135ccff39af8"


def test_it_has_no_path_and_splits_of_its_own(tmp_path):
    for option in ({"path": str(tmp_path)}, {"validation": 0.5}, {"test": "mine.txt"}, {"size": 999}):
        with pytest.raises(ValidationError):
            SyntheticText(**option)

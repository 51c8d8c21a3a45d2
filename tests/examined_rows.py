"""Made data for the checks of `seqlab data doctor`: clean sentences, and splits as the checks read them."""

import random
from collections.abc import Sequence

from seqlab.data.datasets import LABELLED_TEXTS, NUMBERED, PAIRS
from seqlab.data.records import Corpus, Records
from seqlab.data.splits.load_splits import Located
from seqlab.diagnosis import Examined

ADJECTIVES = [
    "red",
    "small",
    "heavy",
    "quiet",
    "bright",
    "ancient",
    "broken",
    "gentle",
    "narrow",
    "famous",
    "hungry",
    "lonely",
    "modern",
    "polite",
    "rapid",
    "silent",
    "tender",
]
NOUNS = [
    "garden",
    "river",
    "teacher",
    "window",
    "bridge",
    "market",
    "doctor",
    "letter",
    "mountain",
    "village",
    "engine",
    "kitchen",
    "soldier",
    "painter",
    "forest",
]
VERBS = ["watches", "follows", "repairs", "describes", "forgets", "paints", "carries", "admires", "visits", "measures"]


def sentences(number: int, seed: int = 1) -> list[str]:
    """Different English sentences, no two of which are nearly equal."""
    chosen = random.Random(seed)

    def adjective_noun() -> str:
        return f"{chosen.choice(ADJECTIVES)} {chosen.choice(NOUNS)}"

    return [
        f"The {adjective_noun()} {chosen.choice(VERBS)} the {adjective_noun()} while one {adjective_noun()} "
        f"{chosen.choice(VERBS)} every {adjective_noun()} behind the {adjective_noun()}."
        for _ in range(number)
    ]


def labelled(
    train: Sequence[tuple[str, str]],
    validation: Sequence[tuple[str, str]] = (),
    test: Sequence[tuple[str, str]] = (),
    examples: int = 3,
) -> Examined:
    """Texts with labels; the locations are `train:1`, `train:2` …"""
    return _examined(LABELLED_TEXTS, ("text", "label"), ("text",), (train, validation, test), examples)


def numbered(train: Sequence[tuple[str, float]], test: Sequence[tuple[str, float]] = ()) -> Examined:
    return _examined(NUMBERED, ("text", "number"), ("text",), (train, [], test), 3)


def paired(train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]] = ()) -> Examined:
    return _examined(PAIRS, ("source", "target"), ("source", "target"), (train, [], test), 3)


def _examined(registry, names, keys, splits, examples):
    dataset = registry["csv"].model_validate({"path": "made.csv"})
    records = {}
    for split, rows in zip(("train", "validation", "test"), splits, strict=True):
        columns = {name: [row[position] for row in rows] for position, name in enumerate(names)}
        records[split] = Records({**columns, "id": [f"{split}:{row + 1}" for row in range(len(rows))]}, keys)
    return Examined(Located(dataset, {}), Corpus(records), examples=examples)

"""Items that two runs answer differently: counts that add up, groups, and those that changed most."""

import pytest
from recorded_runs import predictions, recorded_run

from seqlab.comparison.flips import FlipGroup, flips
from seqlab.errors import RequestError

LABELS = ["no", "yes"]
TARGETS = ["no", "no", "yes", "yes", "yes", "no"]
FIRST = [[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]]
SECOND = [[0.8, 0.2], [0.3, 0.7], [0.1, 0.9], [0.4, 0.6], [0.45, 0.55], [0.4, 0.6]]
"""The second is wrong where the first is right on item 1, and the other way round on items 2 and 4."""
TEXTS = {f"{number:06}": (f"text {number}", number, 0.0 if number < 4 else 0.5) for number in range(6)}


@pytest.fixture
def pair(tmp_path):
    return [recorded_run(tmp_path, "run", None, predictions(LABELS, TARGETS, rows)) for rows in (FIRST, SECOND)]


def test_counts_and_the_items_that_changed_most(pair):
    found = flips(*pair, "test", TEXTS, 2)
    assert (found.items, found.a_better, found.b_better) == (6, 1, 2)
    assert found.examples == [
        {
            "id": "000002",
            "better": "b",
            "text": "text 2",
            "target": "yes",
            "a": "no",
            "b": "yes",
            "probability_of_target": [0.3, 0.9],
        },
        {
            "id": "000001",
            "better": "a",
            "text": "text 1",
            "target": "no",
            "a": "no",
            "b": "yes",
            "probability_of_target": [0.6, 0.3],
        },
    ]


def test_the_counts_of_groups_add_up_to_the_difference(pair):
    found = flips(*pair, "test", TEXTS, 1)
    assert list(found.groups) == ["class", "length", "unknown share"]
    assert found.groups["class"] == [FlipGroup("no", 3, 1, 0), FlipGroup("yes", 3, 0, 2)]
    assert found.groups["unknown share"] == [FlipGroup("0.0%", 4, 1, 1), FlipGroup("50.0%", 2, 0, 1)]
    for groups in found.groups.values():
        assert sum(each.items for each in groups) == 6
        assert sum(each.a_better for each in groups) == found.a_better
        assert sum(each.b_better for each in groups) == found.b_better
    assert [each.name for each in found.groups["length"]] == ["0 to 1", "2", "3", "4 to 5"]


def test_without_texts_there_are_ids_and_classes(pair):
    found = flips(*pair, "test", {}, 9)
    assert list(found.groups) == ["class"]
    assert ["text" in each for each in found.examples] == [False] * 3
    assert list(flips(*pair, "test", {"000001": ("one", 1, None)}, 9).groups) == ["class"]


def test_without_a_vectorizer_no_share_is_unknown(pair):
    texts = {content: (text, length, None) for content, (text, length, _) in TEXTS.items()}
    assert list(flips(*pair, "test", texts, 1).groups) == ["class", "length"]


def test_equal_runs_have_none(pair):
    found = flips(pair[0], pair[0], "test", TEXTS, 3)
    assert (found.a_better, found.b_better, found.examples) == (0, 0, [])


def test_numbers_by_the_change_of_the_error(tmp_path):
    runs = []
    for answers in ([1.0, 5.0, 3.0], [2.0, 2.5, 3.0]):
        lines = [{"id": str(n), "target": 2.0, "prediction": each} for n, each in enumerate(answers)]
        runs.append(recorded_run(tmp_path, "run", None, lines, task="regression"))
    found = flips(*runs, "test", {}, 5)
    assert (found.items, found.a_better, found.b_better, found.groups) == (3, 0, 2, {})
    assert [each["id"] for each in found.examples] == ["1", "0"]
    assert found.examples[0] == {"id": "1", "better": "b", "target": 2.0, "a": 5.0, "b": 2.5}


def test_sentences_by_the_change_of_chrf(tmp_path):
    said = {"1": "the cat sees a house", "2": "a dog runs", "3": "it rains"}
    runs = []
    for change in ({"2": "a dog sleeps"}, {"1": "nothing", "2": "a dog run"}):
        lines = [{"id": key, "target": [text], "prediction": {**said, **change}[key]} for key, text in said.items()]
        runs.append(recorded_run(tmp_path, "run", None, lines, task="translation", result={}))
    found = flips(*runs, "test", {key: (f"source {key}", 3, 0.0) for key in said}, 5)
    assert (found.items, found.a_better, found.b_better) == (3, 1, 1)
    first = found.examples[0]
    assert (first["id"], first["better"], first["text"]) == ("1", "a", "source 1")
    assert (first["target"], first["a"], first["b"]) == ([said["1"]], said["1"], "nothing")
    assert first["chrf"][0] == pytest.approx(100)


def test_segments_of_tokens_do_not_flip(tmp_path):
    run = recorded_run(tmp_path, "run", None, [], task="language_model")
    with pytest.raises(RequestError, match="are segments of tokens, which do not flip: leave --flips out"):
        flips(run, run, "test", {}, 1)

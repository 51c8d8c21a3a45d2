"""docs/learning_curve.py: the record of what pretrained vectors bring, and the table made of it."""

import importlib.util

import pytest
from documents import ROOT

from seqlab import config

_specification = importlib.util.spec_from_file_location("learning_curve", ROOT / "docs" / "learning_curve.py")
learning_curve = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(learning_curve)

PAGE = (ROOT / "docs" / "transfer.md").read_text(encoding="utf-8")


def point(embedding, reviews, accuracy, seed=1, words=20_000):
    return {
        "embedding": embedding,
        "reviews": reviews,
        "seed": seed,
        "vocabulary_size": words,
        "test.accuracy": accuracy,
    }


def test_the_page_shows_what_is_on_record():
    assert learning_curve.with_table(PAGE, learning_curve.read_points()) == PAGE


def test_the_table_has_a_row_for_each_size_and_means_over_seeds():
    points = [
        point("learned", 1_000, 0.7),
        point("glove_6b_50d", 300, 0.5, words=4_000),
        point("glove_6b_50d", 1_000, 0.7, seed=1),
        point("glove_6b_50d", 1_000, 0.8, seed=2),
    ]
    head, line, *rows = learning_curve.table(points)
    assert rows == [
        "| 300 | 4,000 | 0.5000 |  |",
        "| 1,000 | 20,000 | 0.7500 ± 0.0707 (2) | 0.7000 |",
    ]
    assert len({row.count("|") for row in (head, line, *rows)}) == 1
    page = f"before\n{learning_curve.BEGIN}old\n{learning_curve.END}after\n"
    once = learning_curve.with_table(page, points)
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "old" not in once
    assert learning_curve.with_table(once, points) == once


def test_a_point_that_is_trained_again_replaces_its_record(tmp_path, monkeypatch):
    monkeypatch.setattr(learning_curve, "RECORD", tmp_path / "curves" / "record.json")
    assert learning_curve.read_points() == []
    for each in [point("learned", 300, 0.6), point("learned", 100, 0.5), point("learned", 300, 0.7)]:
        learning_curve.add_to_record(each)
    found = [(each["reviews"], each["test.accuracy"]) for each in learning_curve.read_points()]
    assert found == [(100, 0.5), (300, 0.7)]


@pytest.mark.parametrize("size", learning_curve.SIZES)
def test_both_curves_train_the_same_network_on_the_same_reviews(size):
    configs = [
        config.dump(config.load(learning_curve.RECIPE, learning_curve.changes_of(name, size, 7)).experiment)
        for name in learning_curve.EMBEDDINGS
    ]
    with_vectors, learned = (each["model"].pop("embedding") for each in configs)
    assert configs[0] == configs[1]
    assert (with_vectors["pretrained"], with_vectors["trainable"], learned) == ("glove_6b_50d", False, 50)
    assert configs[0]["data"]["take"]["train"] == size
    assert configs[0]["training"]["epochs"] * size >= learning_curve.FEWEST_STEPS * 32 or size > 3_000

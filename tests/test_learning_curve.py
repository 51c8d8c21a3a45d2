"""docs/learning_curve.py: the record of what pretrained vectors bring, and the table made of it."""

import importlib.util
import sys

import pytest
from documents import ROOT

from seqlab import config

_specification = importlib.util.spec_from_file_location("learning_curve", ROOT / "docs" / "learning_curve.py")
learning_curve = importlib.util.module_from_spec(_specification)
sys.modules["learning_curve"] = learning_curve  # where dataclasses look their module up
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


STUDY = learning_curve.PRETRAINED


@pytest.mark.parametrize("study", learning_curve.STUDIES.values(), ids=lambda study: study.name)
def test_the_page_shows_what_is_on_record(study):
    assert all(mark in PAGE for mark in study.marks)
    assert learning_curve.with_table(PAGE, study, learning_curve.read_points(study)) == PAGE


def test_the_table_has_a_row_for_each_size_and_means_over_seeds():
    points = [
        point("learned", 1_000, 0.7),
        point("glove_6b_50d", 300, 0.5, words=4_000),
        point("glove_6b_50d", 1_000, 0.7, seed=1),
        point("glove_6b_50d", 1_000, 0.8, seed=2),
    ]
    head, line, *rows = learning_curve.table(STUDY, points)
    assert rows == [
        "| 300 | 4,000 | 0.5000 |  |",
        "| 1,000 | 20,000 | 0.7500 ± 0.0707 (2) | 0.7000 |",
    ]
    assert len({row.count("|") for row in (head, line, *rows)}) == 1
    page = "before\n{}old\n{}after\n".format(*STUDY.marks)
    once = learning_curve.with_table(page, STUDY, points)
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "old" not in once
    assert learning_curve.with_table(once, STUDY, points) == once


def test_a_point_that_is_trained_again_replaces_its_record(tmp_path, monkeypatch):
    monkeypatch.setattr(learning_curve, "DOCS", tmp_path)
    assert learning_curve.read_points(STUDY) == []
    for each in [point("learned", 300, 0.6), point("learned", 100, 0.5), point("learned", 300, 0.7)]:
        learning_curve.add_to_record(STUDY, each)
    found = [(each["reviews"], each["test.accuracy"]) for each in learning_curve.read_points(STUDY)]
    assert found == [(100, 0.5), (300, 0.7)]


@pytest.mark.parametrize("size", STUDY.sizes)
def test_both_curves_train_the_same_network_on_the_same_reviews(size):
    configs = [
        config.dump(config.load(STUDY.recipe, learning_curve.changes_of(STUDY, name, size, 7)).experiment)
        for name in STUDY.curves
    ]
    with_vectors, learned = (each["model"].pop("embedding") for each in configs)
    assert configs[0] == configs[1]
    assert (with_vectors["pretrained"], with_vectors["trainable"], learned) == ("glove_6b_50d", False, 50)
    assert configs[0]["data"]["take"]["train"] == size
    assert configs[0]["training"]["epochs"] * size >= learning_curve.FEWEST_STEPS * 32 or size > 3_000


SMALL = {
    "data": {"name": "synthetic", "size": 100},
    "vectorizer": {"name": "words", "max_length": 10},
    "model": {"name": "recurrent", "cell": "gru", "units": 144, "embedding": 8},
}


@pytest.mark.slow
def test_fine_tuning_trains_the_language_model_once_and_each_curve_with_it(tmp_path, monkeypatch):
    """The recipes with small data: the same walk."""
    study = learning_curve.FINE_TUNING
    recipes = {
        study.source: {"task": "language_model", "data": {"name": "synthetic", "size": 3_000}, "vectorizer": "words"},
        study.recipe: {"task": "classification", "init_from": f"run:{learning_curve.slug(study.source)}", **SMALL},
    }
    recipes[study.source] |= {"model": SMALL["model"], "training": {"epochs": 1, "window": 20}}
    load = config.load

    def small(recipe, changes=(), **options):
        kept = [each for each in changes if not each.startswith(("data", "training.epochs", "training.patience"))]
        short = ["training.epochs=1"] if recipe == study.recipe else []
        return load(recipes.get(recipe, recipe), (*kept, *short), **options)

    monkeypatch.setattr(config, "load", small)
    runs = {name: learning_curve.trained(study, name, 100, 7, tmp_path) for name in study.curves}
    assert len(list(tmp_path.iterdir())) == 3
    source = runs["fine_tuned"].metadata()["init_from"]["run"]
    assert source.endswith("imdb-language_model")
    assert "init_from" not in runs["scratch"].metadata()
    assert learning_curve.trained(study, "scratch", 100, 7, tmp_path).id == runs["scratch"].id
    assert learning_curve.point_of(study, runs["scratch"], "scratch", 100, 7)["seed"] == 7


def test_what_is_fine_tuned_is_the_network_of_the_language_model():
    """So that the one begins with the other: the same options of layers and tokens."""
    study = learning_curve.FINE_TUNING
    source, tuned = (config.load(recipe).experiment for recipe in (study.source, study.recipe))
    options = tuned.model.layer_options
    assert [getattr(source.model, each) for each in options] == [getattr(tuned.model, each) for each in options]
    assert source.model.tables["text"].width == tuned.model.tables["text"].width
    assert source.vectorizer.token_options == tuned.vectorizer.token_options
    assert tuned.init_from == f"run:{learning_curve.slug(study.source)}"

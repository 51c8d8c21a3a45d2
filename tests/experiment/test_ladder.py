"""Ladders: what is on them, what is trained, and what is not trained again."""

import pytest

from seqlab import config
from seqlab.errors import DivergedError, RequestError
from seqlab.experiment.ladder import LADDERS, LoadedStep, climb, finished, rung_of, steps_of


@pytest.mark.parametrize("name", LADDERS)
@pytest.mark.parametrize("quick", [False, True])
def test_all_models_of_a_ladder_have_one_split(name, quick):
    steps = steps_of(name, quick=quick)
    assert len(steps) == len(LADDERS[name].steps) - (len(LADDERS[name].vectors) if quick else 0)
    data = [config.dump(step.loaded.experiment)["data"] for step in steps]
    of_split = ("name", "validation", "test", "split", "split_seed", "size", "source", "target", "take")
    assert len({str([each.get(key) for key in of_split]) for each in data}) == 1
    assert data[0]["name"] == ("synthetic" if quick else name)


def test_quick_models_are_small_and_expect_nothing():
    for name in LADDERS:
        for step in steps_of(name, quick=True):
            dumped = config.dump(step.loaded.experiment)
            assert dumped["model"].get("units") in (None, 32)
            assert dumped["training"]["epochs"] <= 10
            assert dumped["runtime"]["threads"] is None  # it cannot change within a process
            assert not step.loaded.experiment.expected.bands


def test_overrides_are_for_all_and_only_chooses():
    steps = steps_of("imdb", ["data.take=100"], only=["imdb/transformer", "bigram"])
    assert [step.recipe for step in steps] == ["imdb/bigram", "imdb/transformer"]
    takes = [config.dump(step.loaded.experiment)["data"]["take"] for step in steps]
    assert takes == [config.dump(config.load("imdb/bigram", ["data.take=100"]).experiment)["data"]["take"]] * 2
    assert takes[0] is not None


@pytest.mark.parametrize(
    ("name", "only", "says"),
    [("imdbb", [], "no ladder 'imdbb': choose imdb, ag_news"), ("imdb", ["luong"], "has no 'luong': choose unigram")],
)
def test_wrong_names(name, only, says):
    with pytest.raises(RequestError, match=says):
        steps_of(name, only=only)


def test_what_is_finished_is_not_trained_again(finished_run):
    steps = steps_of("imdb", quick=True, only=["unigram", "bigram", "tfidf_bigram"])
    asked = []

    def train(step):
        asked.append(step.recipe)
        if step.recipe == "imdb/bigram":
            raise DivergedError("the loss is nan")
        return finished_run

    rungs = list(climb("imdb", steps, finished_run.directory.parent, train))
    assert asked == ["imdb/unigram", "imdb/bigram", "imdb/tfidf_bigram"]
    assert [rung.value is None for rung in rungs] == [False, True, False]
    assert rungs[1].note == "diverged: the loss is nan"
    loaded = config.load(finished_run.config_file)
    assert finished(loaded, finished_run.directory.parent) == finished_run
    assert (
        finished(
            config.load(finished_run.config_file, ["expected={test.accuracy: [0, 1]}"]), finished_run.directory.parent
        )
        == finished_run
    )
    assert finished(config.load(finished_run.config_file, ["model.hidden=3"]), finished_run.directory.parent) is None


def test_a_rung_has_the_figures_of_its_run(finished_run):
    step = steps_of("imdb", only=["unigram"])[0]
    rung = rung_of(step, finished_run, "accuracy")
    result = finished_run.result()
    assert (rung.metric, rung.value) == ("test.accuracy", result["test.accuracy"])
    assert rung.low < rung.value < rung.high
    assert rung.parameters == finished_run.metadata()["parameters"]
    assert rung.as_json()["interval"] == [rung.low, rung.high]
    band = f"expected={{test.accuracy: [{result['test.accuracy'] + 0.01}, 1.0], source: a test}}"
    today = LoadedStep("x", (), config.load(finished_run.config_file, [band]))
    assert rung_of(today, finished_run, "accuracy").note == "below"
    missing = rung_of(step, finished_run, "bleu")
    assert (missing.value, missing.note) == (None, "the run has no test.bleu")

"""What a loaded run answers."""

import math
import shutil

import pytest

from seqlab import experiment
from seqlab.runs import Run

TEXTS = ["The food was not bad at all.", "", "¿?", "I hated every minute. The plot was not good.", "zzz " * 50]


def test_a_moved_run_without_cache_and_configs_gives_the_same_answers(quick_run, tmp_path, monkeypatch):
    before = experiment.load(quick_run).predict(TEXTS)
    moved = Run(shutil.move(quick_run.directory, tmp_path / "else where"))
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "empty"))
    monkeypatch.chdir(tmp_path)
    after = experiment.load(moved)
    assert after.predict(TEXTS) == before
    assert after.evaluate()["test.accuracy"] == moved.result()["test.accuracy"]


def test_predictions_do_not_depend_on_the_batch(quick_run):
    loaded = experiment.load(quick_run)
    together = loaded.predict(TEXTS * 100)[: len(TEXTS)]
    for text, answer in zip(TEXTS, together, strict=True):
        (alone,) = loaded.predict([text])
        assert alone.label == answer.label
        assert alone.probabilities == pytest.approx(answer.probabilities, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("text", ["", "   ", "¿?", "\u00a0\n", "..."])
def test_a_text_of_which_nothing_is_left_has_no_label(quick_run, text):
    loaded = experiment.load(quick_run)
    answer, other = loaded.predict([text, "not"])
    assert (answer.label, math.isnan(answer.probability)) == ("", True)
    assert [math.isnan(each) for each in answer.probabilities.values()] == [True, True]
    assert other.label in answer.probabilities
    (unknown,) = loaded.predict(["zzz"])
    assert unknown.label, "an unknown word is something to read"


def test_predictions_are_streamed(quick_run):
    def endless():
        while True:
            yield "not bad"

    answers = experiment.load(quick_run).stream_predictions(endless())
    assert next(answers).label == next(answers).label

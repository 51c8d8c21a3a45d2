"""What a loaded run answers."""

import math
import shutil

import pytest

from seqlab import experiment
from seqlab.errors import RequestError
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


def test_one_text_has_one_answer_and_is_never_read_letter_by_letter(quick_run):
    loaded = experiment.load(quick_run)
    (answer,) = loaded.predict(["not bad"])
    assert loaded.predict("not bad") == answer
    assert list(loaded.stream_predictions("not bad")) == [answer]
    assert loaded.predict([]) == []
    assert loaded.predict("").label == "", "nothing is left of it to read"


class DataFrame(list):
    """Iterates over the names of its columns, as that of pandas does."""


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (b"not bad", "got a bytes"),
        ({"text": "not bad"}, "got a dict; give one column of it"),
        (DataFrame(["text", "label"]), "got a DataFrame; give one column of it"),
        (["not bad", None], "got None, which is of the type NoneType"),
        ([float("nan")], "got nan, which is of the type float"),
        ([["not", "bad"]], "which is of the type list"),
    ],
)
def test_only_texts_are_read(quick_run, texts, message):
    with pytest.raises(RequestError, match=message):
        experiment.load(quick_run).predict(texts)


@pytest.mark.slow
def test_one_sentence_has_one_translation(translator):
    loaded = experiment.load(translator)
    (translation,) = loaded.translate(["The girl eats."])
    assert loaded.translate("The girl eats.") == translation
    with pytest.raises(RequestError, match="got a bytes"):
        loaded.translate(b"The girl eats.")

"""What a loaded run answers."""

import json
import math
import shutil
from pathlib import Path

import pytest
from sklearn.metrics import f1_score

from seqlab import experiment
from seqlab.config import load
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.examples import Examples

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


def test_a_threshold_moves_the_border_between_two_labels(quick_run):
    loaded = experiment.load(quick_run)
    texts = [text for text in TEXTS if any(map(str.isalnum, text))]
    answers = loaded.predict(texts)
    for threshold in (0.0, 0.3, 0.5, 0.9, 1.0):
        for answer, moved in zip(answers, loaded.stream_predictions(texts, threshold=threshold), strict=True):
            assert moved.probabilities == answer.probabilities
            expected = "positive" if answer.probabilities["positive"] >= threshold else "negative"
            assert (moved.label, moved.probability) == (expected, moved.probabilities[expected])


def test_the_tuned_threshold_has_the_best_f1_on_validation(quick_run):
    loaded, result = experiment.load(quick_run), quick_run.result()
    threshold = loaded.tuned_threshold()
    assert threshold == result["validation.threshold"]
    lines = [json.loads(line) for line in quick_run.predictions_file("validation").read_text("utf-8").splitlines()]
    truth = [line["target"] == "positive" for line in lines]
    f1 = f1_score(truth, [line["scores"]["positive"] >= threshold for line in lines])
    assert result["validation.threshold_f1"] == pytest.approx(f1)
    assert f1 >= result["validation.f1.positive"]
    assert "test.threshold" not in result  # the labels of the test split choose nothing
    assert loaded.evaluate("validation")["validation.threshold"] == threshold


def test_a_threshold_needs_two_classes_and_a_run_that_has_them(quick_run):
    three = ClassificationPredictor(None, Examples(None, None, None, None, None), ("a", "b", "c"))
    with pytest.raises(RequestError, match="a threshold is between two classes, and this run has 3: leave it out"):
        next(three.predict_from(["text"], 0.5))
    loaded = experiment.load(quick_run)
    older = {name: value for name, value in quick_run.result().items() if "threshold" not in name}
    quick_run.write_result(older)
    with pytest.raises(RequestError, match=f"seqlab evaluate {quick_run.id} --split validation"):
        loaded.tuned_threshold()


def test_only_classifiers_predict_with_a_threshold(language_model):
    with pytest.raises(RequestError, match="cannot predict with a threshold; classification runs can"):
        next(experiment.load(language_model).stream_predictions(["text"], threshold=0.5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.evaluate("tests"), "there is no split 'tests'; the splits are train, validation, test"),
        (lambda run: run.predict(3), "got 3, which is of the type int"),
        (lambda run: run.predict(None), "which is of the type NoneType"),
        (lambda run: run.generate(samples=0), "samples is 0; it must be a whole number above 0"),
        (lambda run: run.generate(length=-3), "length is -3; it must be a whole number above 0"),
    ],
)
def test_wrong_arguments_are_named(quick_run, call, message):
    with pytest.raises(RequestError, match=message):
        call(experiment.load(quick_run))


@pytest.fixture(scope="module")
def table_run(tmp_path_factory):
    """A run of a table of reviews, and the table's rows."""
    folder = tmp_path_factory.mktemp("table")
    rows = [(f"the {'good' if n % 2 else 'bad'} soup {n}", "yes" if n % 2 else "no") for n in range(60)]
    (folder / "reviews.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), "utf-8")
    config = {
        "version": 1, "task": "classification", "data": {"name": "csv", "path": str(folder / "reviews.csv")},
        "vectorizer": "words", "model": {"name": "bag", "hidden": 0},
        "training": {"epochs": 2, "learning_rate": 0.01},
    }  # fmt: skip
    return experiment.train(load(config), folder / "runs"), rows


def test_a_split_with_files_of_its_own_is_evaluated_without_the_others(table_run, tmp_path):
    run, rows = table_run
    new = [(f"{text} indeed", label) for text, label in rows[:20]]
    (tmp_path / "new.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in new), "utf-8")
    (tmp_path / "new.tsv").write_text("text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in new), "utf-8")
    lines = [json.dumps({"label": label, "text": text}) for text, label in new]
    (tmp_path / "new.jsonl").write_text("\n".join(lines), "utf-8")
    loaded = experiment.load(run)
    expected = loaded.evaluate("test", data={"test": str(tmp_path / "new.csv")})
    assert expected["test.support.no"] == 10
    reviews = Path(loaded.experiment.data.path)
    moved = reviews.rename(reviews.with_name("moved.csv"))
    try:
        for name in ("new.csv", "new.tsv", "new.jsonl"):
            assert loaded.evaluate("test", data={"test": tmp_path / name}) == expected
        with pytest.raises(RequestError, match="which does not exist"):
            loaded.evaluate("test")
    finally:
        moved.rename(reviews)


def test_a_threshold_changes_the_metrics_of_labels_alone(table_run):
    loaded = experiment.load(table_run[0])
    usual, all_yes = loaded.evaluate("test"), loaded.evaluate("test", threshold=0.0)
    support = usual["test.support.yes"] + usual["test.support.no"]
    assert all_yes["test.recall.yes"] == 1
    assert all_yes["test.recall.no"] == 0
    assert all_yes["test.accuracy"] == usual["test.support.yes"] / support
    assert all_yes["test.loss"] == usual["test.loss"]
    tuned = loaded.evaluate("validation", threshold=loaded.tuned_threshold())
    assert tuned["validation.f1.yes"] == loaded.metrics["validation.threshold_f1"]

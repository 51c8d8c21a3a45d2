"""What a report shows of a run, whole, unfinished or damaged."""

import json

import pytest
from recorded_runs import predictions, recorded_run

from seqlab.reports.html.blocks import Note, Table, Text
from seqlab.reports.html.run_section import number, read_run_page

LINES = predictions(["ham", "spam"], ["ham", "spam"], [[0.9, 0.1], [0.8, 0.2]])
RESULT = {
    "test.loss": 0.5, "test.accuracy": 0.5, "test.accuracy_low": 0.1, "test.accuracy_high": 0.9, "test.log_loss": 0.5,
    "test.f1.ham": 0.6, "validation.loss": 0.25, "best_epoch": 2, "train.seconds": 1.5, "test.note": "why",
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    made = recorded_run(tmp_path, "one", LINES, LINES)
    made.write_result(RESULT)
    made.append_metrics({"epoch": 1, "train.loss": 0.5, "validation.loss": 0.4})
    made.samples_file.write_text("first \x1b[31mred\n", encoding="utf-8")
    made.config_file.write_text("task: classification\n", encoding="utf-8")
    return made


def titles(page):
    return [section.title for section in page.sections(5)]


def test_a_finished_run(run):
    page = read_run_page(run)
    found = {section.title: section.blocks for section in page.sections(5)}
    assert list(found) == [
        "Metrics", "Learning curves", "Predictions, test split", "Samples", "Config", "Environment",
    ]  # fmt: skip
    metrics, training, note = found["Metrics"]
    assert metrics.columns == ["", "test", "validation"]
    assert metrics.rows == [["loss", "0.5000", "0.2500"], ["accuracy", "0.5000", ""]]
    assert metrics.note == "With 95 % confidence, test: accuracy 0.1000 to 0.9000 (accuracy: Wilson's score interval)."
    assert training.rows == [["best_epoch", "2"], ["train.seconds", "1.5000"]]
    assert note == Note("test.note: why")
    assert found["Samples"] == [Text("samples.txt", "first \\x1b[31mred\n")]
    assert isinstance(found["Environment"][0], Table)
    assert ["status", "finished"] in found["Environment"][0].rows


def test_the_split_can_be_chosen(run):
    assert "Predictions, validation split" in titles(read_run_page(run, split="validation"))
    run.predictions_file("test").unlink()
    assert "Predictions, validation split" in titles(read_run_page(run))


def test_an_unfinished_run_has_no_result(tmp_path):
    run = recorded_run(tmp_path, "one", None, None, finished=False)
    metrics, environment = (section for section in read_run_page(run).sections(5) if section.title != "Config")
    assert metrics.blocks == [Note("The run is killed: it has no result yet.")]
    assert environment.title == "Environment"


@pytest.mark.parametrize("line", ["{", json.dumps({"id": 3}), "[]", ""])
def test_damaged_predictions_are_a_note(run, line):
    run.predictions_file("test").write_text(line, encoding="utf-8")
    section = next(each for each in read_run_page(run).sections(5) if each.title.startswith("Predictions"))
    (note,) = section.blocks
    assert "test.jsonl is" in note.text


def test_an_unknown_task_has_no_predictions(tmp_path):
    run = recorded_run(tmp_path, "one", None, LINES, task="painting")
    run.write_result(RESULT)
    assert "Predictions, test split" not in titles(read_run_page(run))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (3, "3"), (12345, "12,345"), (0.123456, "0.1235"), (1e-7, "1e-07"), (731.65625, "731.7"),
     (20084.56, "20,085"), (0.0, "0.0000"), (True, "True"), ("x", "x")],
)  # fmt: skip
def test_numbers(value, shown):
    assert number(value) == shown

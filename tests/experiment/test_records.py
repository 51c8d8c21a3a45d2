"""What a run recorded, as plain values, as tables of pandas, and as a notebook shows it."""

import json
import re
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

import seqlab
from seqlab import files
from seqlab.errors import RequestError
from seqlab.experiment.records import History, Metrics, Predictions, Recorded
from seqlab.runs import Run


class Tables(HTMLParser):
    """The texts of the cells of tables, row by row, and all other texts."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.others, self.tags, self._cell = [], [], [], False
        self.feed(text)
        assert self.tags == [], "each tag is closed"

    def handle_starttag(self, tag, attributes):
        assert tag in {"div", "table", "thead", "tbody", "tr", "th", "td"}
        assert [name for name, _ in attributes] in ([], ["style"])
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.tags.pop() == tag

    def handle_data(self, data):
        if self.tags and self.tags[-1] in {"th", "td"}:
            self.rows[-1][-1] += data
        else:
            self.others.append(data)


@pytest.fixture
def loaded(quick_run):
    return seqlab.load(quick_run.directory, progress=False)


@pytest.fixture
def stub(monkeypatch):
    """As much of pandas as is used, where it is not installed."""
    frame = SimpleNamespace(DataFrame=lambda rows, index=None: SimpleNamespace(rows=rows, index=index))
    monkeypatch.setitem(sys.modules, "pandas", frame)


def made(tmp_path, predictions=(), result=(), metadata=()):
    run = Run(tmp_path / "20260101-000000-made")
    run.predictions_file("test").parent.mkdir(parents=True)
    files.write_json(run.metadata_file, {"format": 1, "id": run.id, "status": "finished", **dict(metadata)})
    files.write_json(run.result_file, dict(result))
    lines = "".join(f"{json.dumps(line)}\n" for line in predictions)
    run.predictions_file("test").write_text(lines, encoding="utf-8")
    return run


def test_they_are_what_the_files_say(loaded, quick_run):
    assert loaded.metrics == quick_run.result()
    assert json.loads(json.dumps(loaded.metrics)) == quick_run.result()
    assert loaded.history == quick_run.metrics()
    assert list(loaded.predictions) == ["test", "validation"]
    lines = quick_run.predictions_file("test").read_text(encoding="utf-8").splitlines()
    assert loaded.predictions["test"] == list(map(json.loads, lines))
    right = [each["target"] == each["prediction"] for each in loaded.predictions["test"]]
    assert sum(right) / len(right) == pytest.approx(loaded.metrics["test.accuracy"])
    assert repr(loaded.predictions) == f"<predictions of run {quick_run.id}: test, validation>"


def test_a_split_without_predictions_is_no_key(loaded):
    for split in ("train", "../test", "x"):
        assert split not in loaded.predictions
        with pytest.raises(KeyError):
            loaded.predictions[split]


def test_damaged_predictions_are_an_error(tmp_path):
    run = made(tmp_path)
    run.predictions_file("test").write_text('{"id": "a"}\n{"id": \n', encoding="utf-8")
    with pytest.raises(RequestError, match=r"line 2 of .*test\.jsonl is damaged"):
        Predictions(run)["test"]


def test_tables_are_made_by_pandas_alone(loaded, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    for each in (loaded.metrics, loaded.history, loaded.predictions, loaded.predictions["test"]):
        with pytest.raises(RequestError, match="pip install pandas"):
            each.to_pandas()


@pytest.mark.usefixtures("stub")
def test_a_score_has_a_column_of_its_own(tmp_path):
    lines = [
        {"id": "a", "target": "x", "prediction": "y", "scores": {"x": 0.25, "y": 0.75}},
        {"id": "b", "target": ["eins", "one"], "prediction": "uno", "scores": {}},
    ]
    predictions = Predictions(made(tmp_path, lines))
    expected = [
        {"id": "a", "target": "x", "prediction": "y", "scores.x": 0.25, "scores.y": 0.75},
        {"id": "b", "target": ["eins", "one"], "prediction": "uno", "scores": {}},
    ]
    assert predictions["test"].to_pandas().rows == expected
    assert predictions.to_pandas().rows == [{"split": "test", **line} for line in expected]


@pytest.mark.usefixtures("stub")
def test_metrics_are_a_row_with_the_name_of_the_run(tmp_path):
    frame = Metrics(made(tmp_path, result={"test.accuracy": 0.5})).to_pandas()
    assert (frame.rows, frame.index) == ([{"test.accuracy": 0.5}], ["20260101-000000-made"])


def test_tables_of_pandas_itself(loaded, quick_run):
    pandas = pytest.importorskip("pandas")
    frame = loaded.predictions["test"].to_pandas()
    assert list(frame.columns) == ["id", "target", "prediction", "scores.negative", "scores.positive"]
    assert (frame["target"] == frame["prediction"]).mean() == pytest.approx(loaded.metrics["test.accuracy"])
    both = loaded.predictions.to_pandas()
    assert both["split"].value_counts().to_dict() == {
        split: len(loaded.predictions[split]) for split in loaded.predictions
    }
    runs = pandas.concat([loaded.metrics.to_pandas(), loaded.metrics.to_pandas()])
    assert list(runs.index) == [quick_run.id] * 2
    assert list(runs["test.accuracy"]) == [loaded.metrics["test.accuracy"]] * 2
    assert list(loaded.history.to_pandas()["epoch"]) == [1, 2, 3]


def test_a_notebook_shows_what_a_run_is_and_its_metrics(loaded, quick_run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    page = Tables(loaded._repr_html_())
    assert page.others[:2] == [f"run {quick_run.id}", "classification · synthetic · bag · finished"]
    assert page.others[2].startswith(f"{quick_run.metadata()['parameters']:,} parameters · 3 epochs · best epoch ")
    assert page.rows[0] == ["", "test", "validation", "train"]
    shown = {row[0]: row[1:] for row in page.rows[1:]}
    assert shown["accuracy"][0] == f"{loaded.metrics['test.accuracy']:.4f}"
    assert not [name for name in shown if "." in name or name.endswith("_low")]
    assert len(loaded._repr_html_()) < 10_000


def test_a_notebook_shows_the_history(loaded):
    page = Tables(loaded.history._repr_html_())
    assert page.rows[0][:3] == ["epoch", "train.loss", "train.accuracy"]
    assert page.rows[0][-1] == "seconds"
    assert [row[0] for row in page.rows[1:]] == ["1", "2", "3"]
    assert Tables(History()._repr_html_()).rows == [["epoch", "seconds"]]


def test_nothing_of_a_run_is_markup(tmp_path):
    evil = "<script>alert(1)</script>\x1b[31m"
    config = {"task": evil, "data": {"name": "<b>"}, "model": {"name": "&"}}
    run = made(tmp_path, result={"test.loss": 0.5, f"test.{evil}": evil}, metadata={"config": config})
    recorded = Recorded()
    recorded.run = run
    page = recorded._repr_html_()
    assert "<script" not in page
    assert "\x1b" not in page
    assert [evil.replace("\x1b", "\\x1b")] * 2 in [row[:2] for row in Tables(page).rows]


def test_it_has_no_colors_of_its_own(loaded):
    page = loaded._repr_html_() + loaded.history._repr_html_()
    colors = set(re.findall(r"(?<![-\w])(?:color|background): ([^;\"]+)", page))
    assert colors == {"inherit", "none"}

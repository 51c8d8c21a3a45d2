"""The texts of a split by content id: of classes, pairs and rows without a text; data that are gone or changed."""

import pytest
from made_runs import made_run

from seqlab.config import load, to_yaml
from seqlab.data.records import content_id
from seqlab.data.splits import load_splits
from seqlab.errors import DataError, RequestError
from seqlab.experiment.split_texts import split_texts
from seqlab.progress import SILENT
from seqlab.tasks import TASKS, Choices


def run_of(folder, config):
    """What `split_texts` reads of a run: its config, the hashes of its splits, and its vocabularies."""
    experiment = load(config).experiment
    corpus = load_splits.load(experiment.data)
    run = made_run(folder, "20260101-000000-run", data={"splits": corpus.fingerprints})
    run.config_file.write_text(to_yaml(experiment), encoding="utf-8")
    choices = Choices(experiment.data, experiment.vectorizer, experiment.model)
    TASKS[experiment.task].fit(choices, corpus.splits["train"], SILENT).save(run.directory)
    return run, corpus


@pytest.fixture
def table(tmp_path):
    """A file whose rows are the test split; the vocabulary of training is w0 … w9."""
    rows = [f"w{number} w{number // 2},{'yes' if number % 2 else 'no'}" for number in range(10)]
    (tmp_path / "train.csv").write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "test.csv").write_text("text,label\nw1 w2 strange,yes\nw3,no\n", encoding="utf-8")
    return {
        "version": 1,
        "task": "classification",
        "data": {"name": "csv", "path": str(tmp_path / "train.csv"), "test": str(tmp_path / "test.csv")},
        "vectorizer": "words",
        "model": "bag",
    }


def test_texts_lengths_and_unknown_shares(tmp_path, table):
    run, _ = run_of(tmp_path / "runs", table)
    found = split_texts(run, "test")
    assert found == {
        content_id("w1 w2 strange"): ("w1 w2 strange", 3, pytest.approx(1 / 3)),
        content_id("w3"): ("w3", 1, 0.0),
    }


def test_the_source_of_a_pair(tmp_path):
    config = {
        "version": 1,
        "task": "translation",
        "data": {"name": "synthetic", "size": 200},
        "vectorizer": "words",
        "model": {"name": "recurrent_encoder_decoder", "units": 4},
    }
    run, corpus = run_of(tmp_path, config)
    found, pairs = split_texts(run, "test"), corpus.splits["test"]
    for source, target in zip(pairs["source"], pairs["target"], strict=True):
        assert found[content_id(source, target)].text == source


def test_rows_without_a_text(tmp_path):
    config = {"version": 1, "task": "regression", "data": {"name": "synthetic", "size": 100}, "model": "tabular"}
    run, corpus = run_of(tmp_path, config)
    found = split_texts(run, "test")
    assert set(found) == set(corpus.splits["test"].content_ids)
    shown = next(iter(found.values()))
    assert (shown.length, shown.unknown) == (None, None)
    assert "," in shown.text


def test_data_that_are_gone_or_changed(tmp_path, table):
    run, _ = run_of(tmp_path / "runs", table)
    (tmp_path / "test.csv").write_text("text,label\nanother,yes\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"test split of run .* is no longer what its data hold"):
        split_texts(run, "test")
    (tmp_path / "test.csv").unlink()
    with pytest.raises(RequestError, match=r"reads its data from .*test\.csv, which does not exist"):
        split_texts(run, "test")
    (tmp_path / "moved.csv").write_text("text,label\nw1 w2 strange,yes\nw3,no\n", encoding="utf-8")
    assert len(split_texts(run, "test", overrides=[f"data.test={tmp_path / 'moved.csv'}"])) == 2

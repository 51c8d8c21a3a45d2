"""Whether the examples of an evaluation were trained on."""

import csv
import shutil
from types import SimpleNamespace

import pytest
from quick import QUICK, Heard

from seqlab import config, experiment
from seqlab.data.datasets import PAIRS
from seqlab.data.datasets.pairs import pair_records
from seqlab.data.records import Corpus
from seqlab.data.splits.load_splits import load
from seqlab.experiment.leakage import notes_on_leakage

FIELDS = ("text", "label")


def written(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([FIELDS, *rows])
    return path


@pytest.fixture
def table(tmp_path):
    """Sixty different reviews."""
    rows = [(f"the film number {number} was {word}", label)
            for number in range(30) for word, label in (("good", "yes"), ("bad", "no"))]  # fmt: skip
    return written(tmp_path / "reviews.csv", rows)


@pytest.fixture
def train(tmp_path):
    return lambda data, **training: experiment.train(
        config.load({**QUICK, "data": data, "training": {"epochs": 1, **training}}), tmp_path / "runs"
    )


def said(run, split="test", *overrides):
    heard = Heard()
    experiment.load(run, overrides=overrides).evaluate(split, heard)
    return [line for line in heard.lines if "not that of the training run" not in line]


def rows_of(run, split):
    records = load(experiment.load(run).trained.data).splits[split]
    return list(zip(*(records[field] for field in FIELDS), strict=True))


def test_examples_of_another_file_that_were_trained_on_are_counted(table, train, tmp_path):
    run = train({"name": "csv", "path": str(table)})
    seen, unseen = rows_of(run, "train"), rows_of(run, "test")
    counted = "{} of {} test examples have a text that this model was trained on: kept, and part of every metric"
    for known, new in ((seen, []), (seen[:3], unseen[:2])):
        lab = written(tmp_path / "lab.csv", [*known, *new])
        (note,) = said(run, "test", f"data.test={lab}")
        assert note == counted.format(len(known), len(known) + len(new))
    assert said(run, "test", f"data.test={written(tmp_path / 'lab.csv', unseen)}") == []
    chose = rows_of(run, "validation")
    (note,) = said(run, "test", f"data.test={written(tmp_path / 'lab.csv', [*chose, *unseen])}")
    assert note.startswith(
        f"{len(chose)} of {len(chose) + len(unseen)} test examples have a text of the validation split"
    )
    assert said(run) == said(run, "validation") == said(run, "train") == []


def test_a_label_does_not_make_a_text_another_one(table, train, tmp_path):
    run = train({"name": "csv", "path": str(table)})
    turned = [(text, {"yes": "no", "no": "yes"}[label]) for text, label in rows_of(run, "train")]
    (note,) = said(run, "test", f"data.test={written(tmp_path / 'lab.csv', turned)}")
    assert note.startswith(f"{len(turned)} of {len(turned)} test examples")


def test_another_table_is_compared_with_what_was_trained_on(table, train, tmp_path):
    run = train({"name": "csv", "path": str(table)})
    copy = shutil.copy(table, tmp_path / "copy.csv")
    assert said(run, "test", f"data.path={copy}") == []
    for split in ("test", "train"):
        assert (
            f"{split} examples have a text that this model was trained on"
            in said(run, split, f"data.path={copy}", "data.split_seed=3")[0]
        )


def test_duplicates_of_an_official_test_split_are_said_again(table, train, tmp_path):
    official = shutil.copy(table, tmp_path / "official.csv")
    run = train({"name": "csv", "path": str(table), "test": str(official)})
    known = len(rows_of(run, "train"))
    assert 0 < known < 60
    trained_on, validated_on = said(run)
    assert trained_on.startswith(f"{known} of 60 test examples have a text that this model was trained on")
    assert validated_on.startswith(f"{60 - known} of 60 test examples have a text of the validation split")


def test_a_refitted_model_was_trained_on_validation_too(table, train, tmp_path):
    run = train({"name": "csv", "path": str(table)}, refit=True)
    both = [*rows_of(run, "train"), *rows_of(run, "validation")]
    (note,) = said(run, "test", f"data.test={written(tmp_path / 'lab.csv', both)}")
    assert note.startswith(f"{len(both)} of {len(both)} test examples")


def test_sentences_of_pairs_that_were_trained_on_are_counted_too():
    """A source with another translation is not the same pair, and was seen all the same."""
    pairs = PAIRS["tsv"](name="tsv", path="pairs.tsv")
    records = {
        "train": pair_records([("a dog", "un perro", "1"), ("a cat", "un gato", "2")]),
        "test": pair_records([("a dog", "un can", "3"), ("a cat", "un gato", "4"), ("a cow", "una vaca", "5")]),
    }
    corpus = Corpus({**records, "validation": records["train"].rows([])})
    given = SimpleNamespace(data=pairs, training=SimpleNamespace(refit=False))
    run = SimpleNamespace(section=lambda *_: {"train": corpus.fingerprints["train"]})
    assert list(notes_on_leakage(run, given, given, corpus, "test")) == [
        "1 of 3 test examples has a pair of sentences that this model was trained on: kept, and part of every metric",
        "tsv: of 3 test pairs 2 have a source and 1 a target that is also in training or validation: kept",
    ]


def test_training_data_that_are_gone_or_changed_are_not_known(table, train, tmp_path):
    run = train({"name": "csv", "path": str(table)})
    lab = written(tmp_path / "lab.csv", rows_of(run, "train"))
    written(table, [("something else", "yes"), *rows_of(run, "train")])
    expected = "whether test examples were trained on is not known: the training data of run"
    for change in (lambda: None, table.unlink):
        change()
        (note,) = said(run, "test", f"data.path={lab}", f"data.test={lab}")
        assert note.startswith(expected)

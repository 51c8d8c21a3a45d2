"""A report on trained runs: texts from the data, attention and word maps from the models, and what is missing."""

import re

import pytest
from quick import QUICK, trained

from seqlab.errors import RequestError
from seqlab.experiment.report import report
from seqlab.runs import Run


def test_errors_have_their_texts(finished_run):
    page = report([[finished_run]], with_model=False)
    errors = re.search(r"Most confident errors</figcaption>.*?</ol>", page, re.DOTALL)[0]
    wrong = int(re.search(r"(\d+) of \d+ examples are wrong", page)[1])
    assert errors.count("<blockquote>") == min(wrong, 20) > 0
    assert "Words: " not in page


def test_the_model_shows_its_words(tmp_path):
    run = trained(tmp_path, "model.hidden=4", "training.epochs=1", given=QUICK)
    assert "Words: 150 words, principal components" in report([[run]])
    assert "Words: " not in report([[run]], with_model=False)
    run.weights_file.write_bytes(b"damaged")
    assert "Nothing of the model is shown: " in report([[run]])


def test_a_translator_shows_what_it_looked_at(translator):
    page = report([[translator]])
    maps = re.findall(r'<figure class="attention">.*?</figure>', page, re.DOTALL)
    assert len(maps) == 8
    assert "[END]</th>" in maps[0]
    assert "Words of the source: " in page
    assert "Words of the target: " in page
    assert page.count("<blockquote>") > 10


def test_data_that_are_gone_are_a_note(tmp_path, finished_run):
    lines = "".join(f"{label}\t{text} {number}\n" for number in range(60) for label, text in [("a", "x y"), ("b", "z")])
    (tmp_path / "own.tsv").write_text(f"label\ttext\n{lines}", encoding="utf-8")
    data = {"name": "tsv", "path": str(tmp_path / "own.tsv"), "text": "text", "label": "label"}
    run = trained(tmp_path / "runs", "training.epochs=1", given={**QUICK, "data": data})
    (tmp_path / "own.tsv").unlink()
    page = report([[run], [finished_run]], with_model=False)
    assert "Texts are missing: " in page
    assert "There is no comparison: " in page
    assert f"A: {run.id}" in page


def test_two_runs_are_compared(tmp_path, finished_run):
    other = trained(tmp_path, "training.epochs=1", "training.learning_rate=1e-4", given=QUICK)
    page = report([[finished_run], [other]], with_model=False)
    assert "B - A, test.accuracy" in page
    assert "training.learning_rate" in page


def test_a_group_is_compared_as_one(tmp_path, finished_run):
    others = [
        trained(tmp_path / str(seed), "training.epochs=1", f"runtime.seed={seed}", given=QUICK) for seed in (1, 2)
    ]
    page = report([[finished_run], others], with_model=False)
    assert "B - A, test.accuracy" in page
    assert "C - A" not in page
    assert "seeds, which give other models, and test sampling" in page
    assert "One run each says nothing about seeds" not in page


def test_no_run_no_report(tmp_path):
    with pytest.raises(RequestError, match="does not exist"):
        report([[Run(tmp_path / "none")]])

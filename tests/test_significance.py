"""docs/significance.py: which of two translators is better, on runs whose translations are known."""

import importlib.util
import json
import re

import pytest
from documents import ROOT

from seqlab import config
from seqlab.data.splits import load_splits
from seqlab.runs import Run

_specification = importlib.util.spec_from_file_location("significance", ROOT / "docs" / "significance.py")
significance = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(significance)

CONFIG = """
version: 1
task: translation
data: {name: synthetic, size: %d}
vectorizer: words
model: {name: recurrent_encoder_decoder, units: 4}
"""


@pytest.fixture
def run_that_says(tmp_path):
    """A run that answers a share of the test sentences with the first word of their reference, the others with all."""

    def made(name, short, *, shift=0, size=400):
        run = Run(tmp_path / name)
        run.predictions_file("test").parent.mkdir(parents=True)
        run.config_file.write_text(CONFIG % size, encoding="utf-8")
        targets = load_splits.load(config.load(run.config_file).experiment.data).splits["test"]["target"]
        said = [text.split()[0] if (place + shift) % 10 < short else text for place, text in enumerate(targets)]
        lines = (json.dumps({"prediction": each}) + "\n" for each in said)
        run.predictions_file("test").write_text("".join(lines), encoding="utf-8")
        return run

    return made


def test_the_better_translator_is_distinguished_from_chance(run_that_says):
    runs = [run_that_says("first", 5), run_that_says("like it", 5, shift=5), run_that_says("better", 0)]
    signature, first, like, better = significance.compared(runs)
    assert "bs:1000" in signature
    assert "case:lc" in signature
    assert first.endswith("first")
    assert "p =" not in first
    assert float(re.search(r"p = ([\d.]+)", like)[1]) > 0.1
    assert better.split()[0] == "100.00"
    assert float(re.search(r"p = ([\d.]+)", better)[1]) < 0.01


def test_other_test_splits_cannot_be_compared(run_that_says):
    with pytest.raises(SystemExit, match=r"^error: larger has another test split than first$"):
        list(significance.compared([run_that_says("first", 5), run_that_says("larger", 5, size=500)]))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ([], "error: name two runs"),
        (["first"], "error: name two runs"),
        (["first", "none"], "none is not the directory"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(run_that_says, tmp_path, monkeypatch, named, said):
    run_that_says("first", 5)
    monkeypatch.setattr("sys.argv", ["significance.py", *(str(tmp_path / name) for name in named)])
    with pytest.raises(SystemExit, match=said):
        significance.main()

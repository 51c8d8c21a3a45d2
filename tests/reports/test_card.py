"""A model card: its metadata, figures, data and limits."""

import re

import pytest
import yaml
from recorded_runs import predictions, recorded_run

from seqlab.reports.card import CardFacts, card

FACTS = CardFacts("A bag of words.", "Reviews.", "CC BY 4.0", "Somebody\n  2020", "seqlab predict one 'text'")
RESULT = {
    "test.loss": 0.5, "test.accuracy": 0.5, "test.accuracy_low": 0.1, "test.f1.ham": 0.75, "test.f1.spam": 0.25,
    "test.bleu_signature": "nrefs:1", "validation.accuracy": 0.6, "best_epoch": 2,
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    lines = predictions(["ham", "spam"], ["ham", "spam"], [[0.9, 0.1], [0.8, 0.2]])
    made = recorded_run(tmp_path, "one", lines, lines)
    made.write_result(RESULT)
    config = {
        "task": "classification", "data": {"name": "csv"}, "model": {"name": "bag"}, "runtime": {"seed": 7},
        "expected": {"test.accuracy": [0.9, 1.0], "source": "a paper"},
    }  # fmt: skip
    sizes = {"train": {"examples": 4_000}, "test": {"examples": 2, "tokens": 10, "unknown_share": 0.25}}
    made.update(
        config=config, parameters=1234, vocabulary_size=99, data={"sizes": sizes, "splits": {}, "notes": ["odd"]}
    )
    made.config_file.write_text("task: classification  # ```\n", encoding="utf-8")
    return made


def test_the_metadata_are_yaml_of_the_hub(run):
    _, front, body = card(run, FACTS).split("---\n", 2)
    found = yaml.safe_load(front)
    assert (found["library_name"], found["pipeline_tag"]) == ("seqlab", "text-classification")
    (result,) = found["model-index"][0]["results"]
    assert result["dataset"] == {"name": "csv", "type": "csv", "split": "test"}
    assert result["metrics"] == [
        {"type": "loss", "name": "test.loss", "value": 0.5},
        {"type": "accuracy", "name": "test.accuracy", "value": 0.5},
    ]
    assert body.lstrip().startswith(f"# {run.id}\n")


def test_figures_data_and_limits(run):
    text = card(run, FACTS)
    assert "It has 1,234 parameters and a vocabulary of 99 tokens." in text
    assert "| `test.accuracy` | 0.5000 | 0.0000 to 1.0000 | higher |" in text
    assert "| `test.loss` | 0.5000 |  | lower |" in text
    assert "- `test.bleu_signature`: nrefs:1" in text
    assert "test.accuracy 0.5000 is below the expected 0.9 to 1" in text
    assert "| test | 2 | 10 | 25.00% |" in text
    assert "- Terms of the data: CC BY 4.0\n- Source: Somebody 2020\n- odd" in text
    assert "The test split has 2 examples: the metrics are uncertain" in text
    assert "It is worst at the class spam: F1 0.2500" in text
    assert "25.00% of the tokens of the test split are unknown to it." in text
    assert "One training, with seed 7" in text
    assert text.endswith("````yaml\ntask: classification  # ```\n````\n")  # the fence is longer than any inside
    assert "no test split" not in text


def test_without_a_test_split_the_figures_are_of_validation(run):
    run.write_result({"validation.accuracy": 0.6})
    text = card(run, FACTS)
    assert "| `validation.accuracy` | 0.6000 |" in text
    assert "There is no test split" in text


def test_crafted_runs_stay_text(run):
    evil = "<script>alert(1)</script>|`x`\n# big\x1b[31m"
    run.write_result({"test.loss": "x", "test.accuracy": 0.5, "test.f1.a": "x", f"test.f1.{evil}": 0.1})
    run.update(
        data={"sizes": {"test": "x", "train": {"examples": "many"}}, "splits": {}, "notes": [evil]}, warning=evil
    )
    text = card(run, FACTS)
    body = text.split("---\n", 2)[2]
    assert not re.search(r"(?<!\\)<", body.partition("## Use")[0])
    assert "\x1b" not in body
    assert "\n# big" not in body
    assert "It is worst at the class \\<script" in body


def test_without_predictions_there_are_no_intervals(run):
    run.predictions_file("test").unlink()
    assert "There are no intervals: the predictions of the test split cannot be read." in card(run, FACTS)


def test_a_run_without_metrics(run):
    run.write_result({"train.loss": 2.0})
    assert "The run recorded no metrics of the test split." in card(run, FACTS)

"""A model card: its metadata, figures, data and limits."""

import re
from dataclasses import replace

import pytest
import yaml
from recorded_runs import predictions, recorded_run

from seqlab.reports.card import CardFacts, card
from seqlab.runs import Run

FACTS = CardFacts(
    model="A bag of words.",
    dataset="Reviews.",
    licence="CC BY 4.0",
    citation="Somebody\n  2020",
    example="seqlab predict one 'text'",
    config="task: classification  # ```\n",
    folders={"/home/me": "me", "/home/me/a.csv": "a.csv"},
)
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
    return made


def test_the_metadata_are_yaml_of_the_hub(run):
    _, front, body = card(run, FACTS).split("---\n", 2)
    found = yaml.safe_load(front)
    assert (found["library_name"], found["pipeline_tag"]) == ("seqlab", "text-classification")
    (result,) = found["model-index"][0]["results"]
    assert "datasets" not in found  # `csv` would be somebody's dataset
    assert result["dataset"] == {"name": "own data", "type": "own-data", "split": "test"}
    assert result["metrics"] == [
        {"type": "loss", "name": "test.loss", "value": 0.5},
        {"type": "accuracy", "name": "test.accuracy", "value": 0.5},
    ]
    assert body.lstrip().startswith(f"# {run.id}\n")


def test_published_data_are_named_as_on_the_hub(run):
    front = card(run, replace(FACTS, published="imdb", hub="stanfordnlp/imdb")).split("---\n", 2)[1]
    found = yaml.safe_load(front)
    assert found["datasets"] == ["stanfordnlp/imdb"]
    expected = {"name": "imdb", "type": "stanfordnlp/imdb", "split": "test"}
    assert found["model-index"][0]["results"][0]["dataset"] == expected
    embedded = yaml.safe_load(card(run, replace(FACTS, published="synthetic")).split("---\n", 2)[1])
    assert "datasets" not in embedded
    assert "trained by seqlab on own data (csv)." in card(run, FACTS)
    assert "trained by seqlab on imdb." in card(run, replace(FACTS, published="imdb"))


@pytest.mark.parametrize("name", ["a\u2028b", "a\x85b", "a\u2029 b", "é: #", "a\ufeffb", "no", "1e3"])
def test_a_name_is_read_back_from_the_metadata(run, name):
    moved = Run(run.directory.rename(run.directory.with_name(name)))
    found = yaml.safe_load(card(moved, FACTS).split("---\n", 2)[1])
    assert found["model-index"][0]["name"] == name


def test_the_interval_of_accuracy_is_the_one_of_the_result(run):
    """Another one stays a bootstrap, and each is named."""
    run.write_result({**RESULT, "test.accuracy_high": 0.9, "test.macro_f1": 0.3333})
    text = card(run, FACTS)
    assert "| `test.accuracy` | 0.5000 | 0.1000 to 0.9000 | higher |" in text
    how = "(accuracy: Wilson's score interval; the others: bootstrap over the items)"
    assert f"- The intervals are about the examples of the split {how}; they say" in text
    run.predictions_file("test").unlink()
    text = card(run, FACTS)
    assert "| `test.accuracy` | 0.5000 | 0.1000 to 0.9000 | higher |" in text
    assert "examples of the split (accuracy: Wilson's score interval); they say" in text


def test_a_reader_can_follow_the_commands(run):
    text = card(run, FACTS).partition("## Use")[2]
    commands = f"$ pip install -c constraints.txt -e .\n$ seqlab unpack {run.id}.tar.gz\n$ seqlab predict one 'text'\n"
    assert f"```console\n{commands}```" in text


def test_no_folder_of_this_machine_is_published(run):
    run.update(data={"splits": {}, "notes": ["/home/me/a.csv: odd", "in /home/me"]}, warning="see /home/me/a.csv")
    text = card(run, FACTS)
    assert "/home" not in text
    assert "- a.csv: odd\n- in me" in text.replace("\\", "")


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


def test_no_class_is_the_worst_where_all_are_right(run):
    run.write_result(RESULT | {"test.f1.ham": 1.0, "test.f1.spam": 1.0})
    assert "worst" not in card(run, FACTS)


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

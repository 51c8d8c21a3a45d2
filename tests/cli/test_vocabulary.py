"""`seqlab vocabulary`, of a config and of a run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_encoder import config_of, save_encoder
from typer.testing import Result

from seqlab import runs

Invoke = Callable[..., Result]

CONFIG = """\
task: classification
data: {name: csv, path: mine.csv}
vectorizer: {name: words, ngrams: 2, output: count}
model: bag
"""


@pytest.fixture
def config(in_empty_directory: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A config whose texts are `not good 0`, `not bad 1`, …"""
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))
    rows = [f"not {('good', 'bad')[number % 2]} {number},{'ab'[number % 2]}" for number in range(40)]
    Path("mine.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    Path("mine.yaml").write_text(CONFIG, encoding="utf-8")
    return "mine.yaml"


def test_the_most_frequent_tokens(invoke: Invoke, config: str) -> None:
    lines = invoke("vocabulary", config, "--top", 2).stdout.splitlines()
    assert lines[0].endswith(" texts")
    assert lines[2].split() == ["id", "token", "count", "texts"]
    assert lines[3].split()[:2] == ["1", "not"]
    assert len(lines) == 5


def test_a_text_as_tokens_and_ids_and_back(invoke: Invoke, config: str) -> None:
    shown = json.loads(invoke("vocabulary", config, "--encode", "not good good", "--json").stdout)
    assert sorted(shown["weights"], reverse=True)[0] == 2.0
    assert "not good" in shown["tokens"]
    printed = invoke("vocabulary", config, "--encode", "not good").stdout.splitlines()
    assert [line.split()[0] for line in printed] == ["tokens", "ids", "decoded", "weights"]
    assert " | " in printed[0]
    decoded = invoke("vocabulary", config, "--decode", "1, 0").stdout.splitlines()
    assert decoded == ["ids      1 0", "decoded  not, [UNK]"]


def test_of_a_run(invoke: Invoke, config: str) -> None:
    """What `train` leaves behind is enough: no model is built."""
    from seqlab.config import load
    from seqlab.data.splits.load_splits import locate
    from seqlab.experiment.prepare_data import prepare_data
    from seqlab.progress import SILENT

    experiment = load(config).experiment
    prepared = prepare_data(experiment, locate(experiment.data), SILENT)
    run = runs.create(Path("runs"), "mine", {})
    with run.writing():
        run.config_file.write_text(CONFIG.replace("mine.csv", str(Path("mine.csv").absolute())), encoding="utf-8")
        prepared.task.save(run.directory)
    of_run = json.loads(invoke("vocabulary", "latest", "--json").stdout)
    assert of_run == json.loads(invoke("vocabulary", config, "--json").stdout)
    assert of_run["tokens"][0]["token"] == "not"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--decode", "1 x"], "'1 x' is not a list of ids"),
        (["--decode", "100000"], "invalid id 100000: ids are 0 to "),
    ],
)
def test_wrong_ids(invoke: Invoke, config: str, arguments: list[str], message: str) -> None:
    result = invoke("vocabulary", config, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_neither_a_run_nor_a_config(invoke: Invoke) -> None:
    result = invoke("vocabulary", "quickstat")
    assert result.exit_code == 2
    assert "no run 'quickstat'" in result.stderr


def test_white_space_can_be_seen(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))
    Path("text.txt").write_text("a b c\n" * 500, encoding="utf-8")
    config = "task: language_model\ndata: {name: text_file, path: text.txt}\nvectorizer: characters\nmodel: recurrent\n"
    Path("mine.yaml").write_text(config, encoding="utf-8")
    lines = invoke("vocabulary", "mine.yaml").stdout.splitlines()
    assert lines[0].endswith("from 1 text")
    assert {line.split("  ")[1].strip() for line in lines[3:]} == {"' '", "'\\n'", "a", "b", "c"}
    encoded = invoke("vocabulary", "mine.yaml", "--encode", "a b\n").stdout.splitlines()[0]
    assert encoded == r"tokens   a | ' ' | b | '\n'"
    tokens = json.loads(invoke("vocabulary", "mine.yaml", "--json").stdout)["tokens"]
    assert {each["token"] for each in tokens} == {" ", "\n", "a", "b", "c"}, "unchanged for programs"
    batch = invoke("data", "show", "mine.yaml", "--batch", "training.window=4").stdout
    assert "' ' | " in batch


def test_overrides_of_a_config(invoke: Invoke, config: str) -> None:
    lines = invoke("vocabulary", config, "vectorizer.ngrams=1", "--top", 3).stdout.splitlines()
    assert not any(" ".join(line.split()).endswith("not good") for line in lines)
    refused = invoke("vocabulary", config, "vectorizer.ngram=1")
    assert refused.exit_code == 2
    assert "unknown key 'ngram'" in refused.stderr


@pytest.mark.usefixtures("in_empty_directory")
def test_the_vocabulary_of_a_run_has_no_overrides(invoke: Invoke, finished_run: runs.Run) -> None:
    result = invoke("vocabulary", finished_run.directory, "vectorizer.ngrams=1")
    assert result.exit_code == 2
    assert "is what it was trained with: remove vectorizer.ngrams=1" in " ".join(result.stderr.split())


def test_without_a_vocabulary_the_reason_is_told(invoke: Invoke, tmp_path: Path) -> None:
    config = tmp_path / "encoder.yaml"
    config.write_text(json.dumps(config_of(save_encoder(tmp_path / "encoder"))), encoding="utf-8")
    result = invoke("vocabulary", config)
    assert (result.exit_code, result.stdout) == (2, "")
    message = "the encoder of 'sentence_encoder' reads texts as they are: there is no vocabulary"
    assert message in " ".join(result.stderr.split())
    rows = [f"{number % 7},{'ab'[number % 2]}" for number in range(40)]
    (tmp_path / "n.csv").write_text("\n".join(["size,label", *rows]), encoding="utf-8")
    data = {"name": "csv", "path": "n.csv", "features": {"numbers": ["size"]}}
    config.write_text(json.dumps({"task": "classification", "data": data, "model": "tabular"}), encoding="utf-8")
    result = invoke("vocabulary", config)
    assert result.exit_code == 2
    assert "the data have no text, so there is no vocabulary" in " ".join(result.stderr.split())

"""`seqlab parts`: components with their options."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import Result

Invoke = Callable[..., Result]


def test_everything_is_listed_once(invoke: Invoke) -> None:
    """A component used by two tasks has one row; two components with the same name have two."""
    listed = json.loads(invoke("parts", "--json").stdout)
    names = [(part["kind"], part["task"], part["name"]) for part in listed]
    assert len(set(names)) == len(names)
    assert ("vectorizer", "classification, language_model, regression, translation, word_vectors", "words") in names
    assert {("dataset", task, "synthetic") for task in ("classification", "language_model")} <= set(names)
    assert ("model", "classification, regression", "bag") in names


@pytest.mark.parametrize("kind", ["model", "models", "Models"])
def test_one_kind(invoke: Invoke, kind: str) -> None:
    lines = invoke("parts", kind).stdout.splitlines()
    assert {line.split()[0] for line in lines[1:]} == {"model"}


def test_one_component_in_the_notation_of_a_config(invoke: Invoke) -> None:
    shown = invoke("parts", "model", "bag").stdout
    assert shown.startswith("model bag (classification, regression)\n")
    assert "\nhidden: 16\n    Units of the hidden layer" in shown
    assert "models/classification/" in shown
    assert max(map(len, shown.splitlines()[2:-1])) <= 79


@pytest.mark.parametrize("part", [["metric", "bleu"], ["model", "bag"], ["vectorizer", "words"]])
def test_paragraphs_fit_a_terminal(invoke: Invoke, part: list[str]) -> None:
    _, *lines, _, _ = invoke("parts", *part).stdout.splitlines()
    assert max(map(len, lines)) <= 80


def test_a_narrow_terminal_shows_descriptions_below_the_names(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqlab.cli import console, parts

    narrow = Console(width=80, file=io.StringIO())
    for module in (console, parts):
        monkeypatch.setattr(module, "result_console", lambda: narrow)
    lines = invoke("parts").stdout.splitlines()
    place = lines.index("model bag (classification, regression)")
    assert lines[place + 1].startswith("    ")
    assert max(map(len, lines)) <= 100, "only the names of tasks may be long"
    assert len(lines) < 250


def test_a_function_is_a_component_too(invoke: Invoke) -> None:
    shown = invoke("parts", "metrics", "calibration_error").stdout
    assert "\nbins: 15\n" in shown
    assert "metrics/classification.py:" in shown
    assert "no options" in invoke("parts", "metrics", "accuracy").stdout


def test_required_options(invoke: Invoke) -> None:
    assert "\npath: required\n" in invoke("parts", "dataset", "csv").stdout


def test_as_json(invoke: Invoke) -> None:
    (bag,) = json.loads(invoke("parts", "model", "bag", "--json").stdout)
    assert (bag["kind"], bag["name"], bag["task"]) == ("model", "bag", "classification, regression")
    hidden = next(option for option in bag["options"] if option["name"] == "hidden")
    assert hidden["default"] == "16"
    assert hidden["help"].startswith("Units")


@pytest.mark.usefixtures("in_empty_directory")
def test_a_plug_in_is_found_in_the_current_folder(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "parts_of_my_own", raising=False)
    Path("parts_of_my_own.py").write_text("answer = 42", encoding="utf-8")
    Path("broken_parts.py").write_text("1 / 0", encoding="utf-8")
    assert invoke("parts", "--plugin", "parts_of_my_own").exit_code == 0
    assert sys.modules["parts_of_my_own"].answer == 42
    assert "ZeroDivisionError" in invoke("parts", "--plugin", "broken_parts").stderr
    assert str(Path.cwd()) not in sys.path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["layers"],
            "unknown kind 'layers'; available: dataset, vectorizer, model, metric, logits_processor, sink, data, "
            "training, runtime, expected",
        ),
        (["trainning"], "unknown kind 'trainning'; did you mean 'training'?"),
        (["datasetts"], "did you mean 'dataset'?"),
        (["training", "epoch"], "unknown key of training 'epoch'; did you mean 'epochs'?"),
        (["data", "cvs"], "unknown dataset 'cvs'; did you mean 'csv'?"),
        (["model", "bog"], "unknown model 'bog'; did you mean 'bag'?"),
        (["--plugin", "no_such_module"], "cannot import the plug-in 'no_such_module'"),
        (["--plugin", "mine.py"], "'mine.py' is the name of a file: name the plug-in as `import` does, 'mine'"),
    ],
)
def test_unknown_names(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke("parts", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_keys_of_a_section(invoke: Invoke) -> None:
    shown = invoke("parts", "training").stdout
    assert shown.startswith("section training (all tasks)\nHow the model is trained.\n")
    assert "\nepochs: 30\n    Maximum number of passes over the training split. (a whole number above 0)\n" in shown
    assert "\ncheckpoint.every_seconds: 60.0\n" in shown
    assert max(len(line) for line in shown.splitlines()[2:-1] if line.startswith(" ")) <= 79
    assert "\nseed: 1337\n" in invoke("parts", "runtime").stdout
    sections = json.loads(invoke("parts", "training", "--json").stdout)
    assert {(section["kind"], section["name"]) for section in sections} == {("section", "training")}
    options = {section["task"]: {option["name"] for option in section["options"]} for section in sections}
    assert {"epochs", "checkpoint.every_epochs"} <= options["all tasks"]
    assert options["language_model"] == {"clip_norm", "window", "shift"}


def test_every_section_with_keys_has_them_with_defaults_and_help(invoke: Invoke) -> None:
    for section, key in (("data", "split_seed: 1337"), ("runtime", "threads: null"), ("expected", "source: null")):
        shown = invoke("parts", section).stdout
        assert shown.startswith(f"section {section} (all tasks)\n")
        lines = shown.splitlines()
        assert lines[lines.index(key) + 1].startswith("    ")
        assert "\nname:" not in shown


def test_a_key_alone_and_a_dataset_of_the_section(invoke: Invoke) -> None:
    shown = invoke("parts", "training", "schedule").stdout
    assert [line for line in shown.splitlines() if line[:1].isalpha()] == [
        "section training (all tasks)", "How the model is trained.", "schedule: null", shown.splitlines()[-1]
    ]  # fmt: skip
    assert "classification" in invoke("parts", "training", "class_weights").stdout
    assert invoke("parts", "data", "csv").stdout == invoke("parts", "dataset", "csv").stdout

"""`seqlab data doctor`: the report, its JSON, and its exit codes."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from examined_rows import sentences
from recorded_runs import recorded_run
from typer.testing import Result

from seqlab.cli import data_doctor

Invoke = Callable[..., Result]

CONFIG = """
task: classification
data: {name: csv, path: mine.csv, validation: 0.2, test: 0.2}
vectorizer: words
model: bag
"""
STEERING = "[b]\x1b[31mred"


def write(rows: list[str]) -> None:
    Path("mine.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    Path("mine.yaml").write_text(CONFIG, encoding="utf-8")


@pytest.fixture
def clean(invoke: Invoke) -> Invoke:
    write([f"{text},{'ab'[row % 2]}" for row, text in enumerate(sentences(200))])
    return invoke


@pytest.fixture
def odd(invoke: Invoke) -> Invoke:
    write([f"{text},{'ab'[row % 2]}" for row, text in enumerate([*sentences(200), STEERING, "<p>markup</p> here"])])
    return invoke


def lines_of(result: Result) -> dict[str, str]:
    """Check → its line, from the table at the top."""
    first = result.stdout.split("\n\n")[1].splitlines()
    return {line.split()[0]: line for line in first[1:]}


def test_a_line_a_check_then_the_details(odd: Invoke) -> None:
    result = odd("data", "doctor", "mine.yaml")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "csv: 202 texts (122 train, 40 validation, 40 test)"
    lines = lines_of(result)
    assert lines["duplicates"].split(maxsplit=2)[1:] == ["ok", "no row is there twice"]
    assert lines["label_errors"].split()[1] == "skipped"
    assert lines["odd_rows"].split()[1] == "warning"
    details = result.stdout.split("\nodd_rows\n")[1]
    assert "  warning: 1 of 202 texts has HTML" in details
    assert r"[b]\x1b[31mred" in details
    assert "\x1b" not in result.stdout


def test_long_findings_go_on_below(odd: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = json.loads(odd("data", "doctor", "mine.yaml", "--json").stdout)["checks"]
    monkeypatch.setattr("seqlab.cli.data_doctor.WIDEST_TEXT", 60)
    table = odd("data", "doctor", "mine.yaml").stdout.split("\n\n")[1].splitlines()
    assert max(map(len, table)) < 60
    said = " ".join(" ".join(table).split())
    assert any(len(check["summary"]) > 40 for check in checks.values())
    assert all(" ".join(check["summary"].split()) in said for check in checks.values())


def test_strict_exits_with_1_for_a_warning_alone(odd: Invoke) -> None:
    assert odd("data", "doctor", "mine.yaml", "--strict").exit_code == 1
    assert odd("data", "doctor", "mine.yaml", "--strict", "--check", "duplicates").exit_code == 0


def test_clean_data_pass_strictly(clean: Invoke) -> None:
    result = clean("data", "doctor", "mine.yaml", "--strict")
    assert result.exit_code == 0
    assert {line.split()[1] for line in lines_of(result).values()} == {"ok", "skipped"}


def test_json(odd: Invoke) -> None:
    result = odd(
        "data", "doctor", "mine.yaml", "--json", "--examples", "1", "--check", "odd_rows", "--check", "coverage"
    )
    found = json.loads(result.stdout)
    assert list(found) == ["dataset", "splits", "status", "checks"]
    assert found["splits"] == {"train": 122, "validation": 40, "test": 40}
    assert found["status"] == "warning"
    assert list(found["checks"]) == ["odd_rows", "coverage"]
    check = found["checks"]["odd_rows"]
    assert list(check) == ["status", "summary", "findings", "figures"]
    markup = next(each for each in check["findings"] if "HTML" in each["message"])
    assert (markup["severity"], markup["count"]) == ("warning", 1)
    (instance,) = markup["instances"]
    assert list(instance) == ["split", "location", "text", "detail"]
    assert (instance["location"], instance["text"]) == ("mine.csv:203", "<p>markup</p> here")
    assert set(found["checks"]["coverage"]["figures"]["text"]["train"]) == {
        "tokens", "unknown_share", "cut_share", "cut_tokens_share",
    }  # fmt: skip


def test_no_examples(odd: Invoke) -> None:
    result = odd("data", "doctor", "mine.yaml", "--examples", "0", "--check", "odd_rows")
    assert "has HTML" in result.stdout
    assert "<p>" not in result.stdout


def test_overrides_and_datasets(clean: Invoke) -> None:
    assert clean("data", "doctor", "mine.yaml", "data.take={train: 30, validation: 9}").stdout.startswith(
        "csv: 79 texts"
    )
    assert clean("data", "doctor", "synthetic", "--check", "labels").stdout.startswith("synthetic: 4,000 texts")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine.yaml", "--check", "leak"], "unknown check 'leak'; did you mean 'leaks'?"),
        (["mine.yaml", "--check", "numbers"], "the check 'numbers' does not apply to these data"),
        (["mine.yaml", "--run", "nobody"], "no run 'nobody'"),
        (["synthetic", "data.take=3"], "'data.take=3' overrides a config, and 'synthetic' is a dataset"),
        (["missing.yaml"], "no file or recipe 'missing.yaml'"),
        (["imbd"], "did you mean the dataset 'imdb'?"),
        (["csv"], "reads your own files"),
    ],
)
def test_wrong_requests(clean: Invoke, arguments: list[str], message: str) -> None:
    result = clean("data", "doctor", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_data_that_cannot_be_read(invoke: Invoke) -> None:
    write(["one text,a", "another text,a"])
    result = invoke("data", "doctor", "mine.yaml")
    assert result.exit_code in {1, 2}
    assert "every training example has the label 'a'" in result.stderr or "split is empty" in result.stderr


def test_a_run_of_other_data(clean: Invoke) -> None:
    recorded_run(Path("runs"), "made", [], [])
    for source, message in (("mine.yaml", "is not that of this config"), ("shakespeare.yaml", "have no labels")):
        Path("shakespeare.yaml").write_text(
            "task: language_model\ndata: {name: text_file, path: mine.csv}\nvectorizer: characters\nmodel: recurrent\n",
            encoding="utf-8",
        )
        result = clean("data", "doctor", source, "--run", "made")
        assert result.exit_code == 2
        assert message in result.stderr


def test_the_latest_run_is_one_of_the_task(clean: Invoke) -> None:
    expected = recorded_run(Path("runs"), "classifier", [], [])
    recorded_run(Path("runs"), "writer", [], [], task="language_model")
    result = clean("data", "doctor", "mine.yaml", "--run", "latest")
    assert f"the validation split of run {expected.id} is not that of this config" in result.stderr


def test_tensorflow_is_not_imported(clean: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, name, None)
    result = clean("data", "doctor", "mine.yaml", "vectorizer.min_count=2")
    assert result.exit_code == 0, result.stderr
    assert lines_of(result)["coverage"].split()[1] in {"ok", "note"}


def test_bars() -> None:
    assert data_doctor.bars(["0-4", "5+"], [80, 41]) == ["0-4  " + "█" * 40 + " 80", " 5+  " + "█" * 20 + "▌ 41"]
    assert data_doctor.bars(["0"], [0]) == ["0  0"]


def test_bars_where_there_are_no_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert data_doctor.bars(["0-4", "5+"], [80, 41]) == ["0-4  " + "#" * 40 + " 80", " 5+  " + "#" * 20 + "- 41"]

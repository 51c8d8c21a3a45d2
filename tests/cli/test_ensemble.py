"""`seqlab evaluate RUN RUN --ensemble`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from recorded_runs import predictions, recorded_run
from typer.testing import Result

from seqlab import runs

Invoke = Callable[..., Result]


@pytest.fixture
def pair(invoke: Invoke) -> list[str]:
    def lines(right: list[float], times: int) -> list[dict[str, object]]:
        return predictions(["no", "yes"], ["no", "yes"] * times, [right, right[::-1]] * times)

    first = recorded_run(Path("runs"), "good", lines([0.9, 0.1], 60), lines([0.9, 0.1], 4))
    second = recorded_run(Path("runs"), "fair", lines([0.6, 0.4], 60), lines([0.4, 0.6], 4))
    return [first.id, second.id]


def test_a_table_of_runs_then_the_metrics_of_the_ensemble(invoke: Invoke, pair: list[str]) -> None:
    result = invoke("evaluate", *pair, "--ensemble")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[1:3] == [
        [pair[0], "1.0000", "0.1054", "0.1054", "1.0000"],
        [pair[1], "0.0000", "0.5108", "0.9163", "0.0000"],
    ]
    assert rows[3] == ["ensemble", "0.1054", "0.1054", "1.0000"]
    assert rows[4][:3] == ["equal", "weights", "0.2877"]
    assert ["accuracy", "1.0000", "1.0000"] in rows


def test_json(invoke: Invoke, pair: list[str]) -> None:
    found = json.loads(invoke("evaluate", "--run", pair[0], pair[1], "--ensemble", "--json").stdout)
    assert list(found) == ["weights", "chosen_by", "runs", "ensemble", "equal_weights"]
    assert found["weights"] == pytest.approx({pair[0]: 1, pair[1]: 0}, abs=1e-4)
    assert found["chosen_by"] == "validation"
    assert list(found["runs"]) == pair
    assert found["runs"][pair[1]]["test.accuracy"] == 0
    assert {"validation.loss", "test.accuracy", "test.f1.yes"} <= found["ensemble"].keys()


def test_no_model_is_loaded(invoke: Invoke, pair: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tensorflow", "keras", "seqlab.experiment"):
        monkeypatch.setitem(sys.modules, name, None)
    assert invoke("evaluate", *pair, "--ensemble").exit_code == 0


def test_small_validation_is_said(invoke: Invoke, pair: list[str]) -> None:
    for run in map(runs.Run, map(Path("runs").joinpath, pair)):
        run.predictions_file("validation").write_bytes(run.predictions_file("test").read_bytes())
    result = invoke("evaluate", *pair, "--ensemble")
    assert "validation is too small to choose weights: they are equal" in result.stderr
    assert "equal weights" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--split", "validation"], "leave --split out"),
        (["--threshold", "0.4"], "leave --threshold out"),
        (["--plugin", "mine"], "leave --plugin out"),
        (["data.test=new.csv"], "no override changes them"),
        (["nothing"], "no run 'nothing'"),
    ],
)
def test_what_an_ensemble_does_not_read(invoke: Invoke, pair: list[str], arguments: list[str], message: str) -> None:
    result = invoke("evaluate", *pair, *arguments, "--ensemble")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


def test_two_runs_without_the_option(invoke: Invoke, pair: list[str]) -> None:
    result = invoke("evaluate", *pair)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"'{pair[1]}' is no override KEY=VALUE; if it is another run, add --ensemble" in result.stderr

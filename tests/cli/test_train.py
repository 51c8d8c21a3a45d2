"""`seqlab train`: its arguments and its output. The experiment itself is a stand-in."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_runs import made_run
from typer.testing import Result

import seqlab
from seqlab import runs
from seqlab.errors import DivergedError, Stopped
from seqlab.experiment import RunElsewhere, example_command, reference

Invoke = Callable[..., Result]

RESULT = {"test.loss": 0.25, "test.accuracy": 0.90124, "validation.accuracy": 0.9, "best_epoch": 4}


class StandIn:
    """Records the arguments of its calls."""

    RunElsewhere = RunElsewhere
    example_command = staticmethod(example_command)
    reference = staticmethod(reference)

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.error: Exception | None = None

    def load(self, source: str, overrides: list[str], *, plugins: tuple[str, ...]) -> Any:
        self.asked |= {"source": source, "overrides": overrides, "plugins": plugins}
        return "the loaded config"

    def train(self, loaded: Any, runs_dir: Path, *, name: str | None, progress: Any) -> runs.Run:
        self.asked |= {"runs_dir": runs_dir, "name": name}
        return self._carry_out(runs_dir, name, progress)

    def resume_or_train(self, loaded: Any, runs_dir: Path, *, name: str | None, progress: Any) -> runs.Run:
        self.asked |= {"auto": loaded}
        return self._carry_out(runs_dir, name, progress)

    def resume(
        self, run: runs.Run, overrides: list[str], *, force: bool, plugins: tuple[str, ...], progress: Any
    ) -> runs.Run:
        self.asked |= {"run": run.id, "overrides": overrides, "force": force, "plugins": plugins}
        return run

    def _carry_out(self, runs_dir: Path, name: str | None, progress: Any) -> runs.Run:
        expected = {"test.accuracy": [0.95, 0.99], "source": "docs"}
        run = runs.create(
            runs_dir,
            name or "quickstart",
            {"config": {"task": "classification", "data": {"take": None}, "expected": expected}},
        )
        with run.writing():
            progress.epoch({"epoch": 1, "epochs": 1, "train.loss": 0.5})
            if self.error:
                raise self.error
            run.write_result(RESULT)
        return run


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    for module in ("experiment", "config"):
        monkeypatch.setitem(sys.modules, f"seqlab.{module}", stand_in)
        monkeypatch.setattr(seqlab, module, stand_in, raising=False)
    return stand_in


def test_arguments_are_passed_on(invoke: Invoke, stand_in: StandIn) -> None:
    result = invoke("train", "imdb/bigram", "training.epochs=3", "--name", "mine", "a=b", "--plugin", "parts")
    assert result.exit_code == 0
    assert stand_in.asked == {
        "source": "imdb/bigram",
        "overrides": ["training.epochs=3", "a=b"],
        "plugins": ("parts",),
        "runs_dir": Path("runs"),
        "name": "mine",
    }


@pytest.mark.usefixtures("stand_in")
def test_metrics_verdict_and_next_steps(invoke: Invoke) -> None:
    result = invoke("train", "quickstart")
    run = runs.find("latest", Path("runs"))
    assert "accuracy  0.9012      0.9000" in result.stdout
    assert "test.accuracy 0.9012 is below the expected 0.95 to 0.99" in result.stdout
    assert result.stdout.splitlines()[-1] == f"run {run.id}"
    assert result.stderr.splitlines() == [
        "epoch 1/1  loss 0.5000",
        "",
        f'  seqlab predict {run.id} "a text of your own"',
        f"  seqlab evaluate {run.id} --split validation",
    ]


@pytest.mark.usefixtures("stand_in")
def test_next_steps_name_a_run_in_any_folder(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("train", "quickstart", "--runs-dir", "my runs")
    run = runs.find("latest", tmp_path / "my runs")
    assert f"seqlab predict '{run.directory}' " in result.stderr


@pytest.mark.usefixtures("stand_in")
def test_stdout_is_json_only(invoke: Invoke) -> None:
    printed = json.loads(invoke("train", "quickstart", "--json").stdout)
    assert printed["status"] == "finished"
    assert printed["result"] == RESULT
    assert printed["verdicts"][0]["where"] == "below"
    assert Path(printed["directory"]).name == printed["run"]


def test_a_failed_run_records_the_reason(invoke: Invoke, stand_in: StandIn) -> None:
    stand_in.error = DivergedError("the loss is NaN at step 7")
    result = invoke("train", "quickstart")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: the loss is NaN at step 7" in result.stderr
    assert runs.find("latest", Path("runs"), status=None).status() == "diverged"


def test_a_bug_in_training_is_logged_in_the_run(
    invoke: Invoke, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stand_in.error = ZeroDivisionError("x")
    result = invoke("train", "quickstart")
    assert result.exit_code == 1
    assert "this is a bug in seqlab" in result.stderr
    assert "ZeroDivisionError" in runs.find("latest", Path("runs"), status=None).log_file.read_text(encoding="utf-8")


def test_resume_needs_no_config(invoke: Invoke, stand_in: StandIn) -> None:
    invoke("train", "quickstart")
    run = runs.find("latest", Path("runs"))
    stand_in.asked.clear()
    result = invoke("train", "--resume", "latest", "training.epochs=9", "--force", "--plugin", "parts")
    assert (result.exit_code, f"run {run.id}" in result.stdout) == (0, True)
    assert stand_in.asked == {
        "run": run.id,
        "overrides": ["training.epochs=9"],
        "force": True,
        "plugins": ("parts",),
    }


def test_the_next_command_finds_a_run_that_continues_elsewhere(
    invoke: Invoke, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQLAB_RUNS_DIR", "mine")
    expected = {"source": None}
    run = runs.create(
        Path("elsewhere"), "c", {"config": {"task": "classification", "data": {"take": None}, "expected": expected}}
    )
    with run.writing():
        run.write_result(RESULT)
    result = invoke("train", "--resume", str(run.directory), "training.epochs=9")
    assert f"seqlab evaluate {run.directory} --split validation" in result.stderr


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("auto", "--name 'auto': the run is called run-auto, because 'auto' means whichever run is the newest"),
        (
            "my bag!",
            "--name 'my bag!': the run is called my-bag, because of a name, the first 60 ASCII letters, digits",
        ),
        ("x" * 61, f"the run is called {'x' * 60}, because of a name"),
        ("a\x1b[31m", r"--name 'a\x1b[31m': the run is called a-31m"),
    ],
)
def test_another_name_than_the_one_given_is_told(invoke: Invoke, name: str, said: str) -> None:
    for more in ([], ["--resume", "auto"]):
        result = invoke("train", "quickstart", "--name", name, *more)
        assert result.exit_code == 0
        assert said in " ".join(result.stderr.split())
    assert "the run is called" not in invoke("train", "quickstart", "--name", "my-bag_1.0").stderr


def test_resume_auto(invoke: Invoke, stand_in: StandIn) -> None:
    assert invoke("train", "quickstart", "--resume", "auto").exit_code == 0
    assert stand_in.asked["auto"] == "the loaded config"


def test_a_resumed_run_keeps_its_name(invoke: Invoke, stand_in: StandIn) -> None:
    invoke("train", "quickstart")
    result = invoke("train", "--resume", "latest", "--name", "foo")
    assert "--name foo has no effect" in result.stderr


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "CONFIG is missing: give a file or a recipe"),
        (["quickstart", "--resume", "latest"], "uses the config of that run: remove quickstart"),
        (["--resume", "nope"], "no run 'nope'"),
    ],
)
def test_what_cannot_be_resumed(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke("train", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("code", [75, 130])
def test_a_stopped_run_has_the_exit_code_of_its_signal(invoke: Invoke, stand_in: StandIn, code: int) -> None:
    stand_in.error = Stopped("SIGTERM", code)  # type: ignore[assignment]
    assert invoke("train", "quickstart").exit_code == code


def test_the_latest_run_to_resume_is_the_latest_unfinished_one(invoke: Invoke, stand_in: StandIn) -> None:
    made_run("runs", "20250101-000000-a", status="stopped")
    made_run("runs", "20250102-000000-b")
    result = invoke("train", "--resume", "latest")
    assert stand_in.asked["run"] == "20250101-000000-a"
    assert "the latest run is 20250101-000000-a; passed over: 20250102-000000-b (finished)" in result.stderr


def test_where_all_are_finished_the_latest_one_is_trained_further(invoke: Invoke, stand_in: StandIn) -> None:
    made_run("runs", "20250101-000000-a")
    made_run("runs", "20250102-000000-b")
    invoke("train", "--resume", "latest", "training.epochs=9")
    assert stand_in.asked["run"] == "20250102-000000-b"

"""`seqlab train --seeds`: which seeds, and the table of them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import made_run
from typer.testing import Result

from seqlab import experiment, runs
from seqlab.cli.repeats import parse_seeds
from seqlab.errors import RequestError
from seqlab.experiment import repeats

Invoke = Callable[..., Result]

GROUP = "20250101-000000-base"


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("1-5", [1, 2, 3, 4, 5]),
        ("1,2,7", [1, 2, 7]),
        (" 3 - 4 , 1", [3, 4, 1]),
        ("2,1-3,2", [2, 1, 3]),
        ("0", [0]),
        ("4294967295", [4294967295]),
        ("7-7", [7]),
    ],
)
def test_seeds(text: str, seeds: list[int]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected whole numbers and ranges, such as 1-5"),
        ("a", "expected whole numbers"),
        ("1,,2", "expected whole numbers"),
        ("-1", "expected whole numbers"),
        ("1.5", "expected whole numbers"),
        ("٣", "expected whole numbers"),
        ("5-1", "the range 5-1 is empty; write 1-5"),
        ("4294967296", "the largest seed is 4294967295"),
        ("1-1001", "more than 1,000 seeds"),
        ("1-999,2000-2999", "more than 1,000 seeds"),
    ],
)
def test_what_is_no_seed(text: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        parse_seeds(text)


@pytest.fixture
def group(invoke: Invoke) -> str:
    """Seeds 1 to 3, of which the second is the best by validation and the worst by test."""
    for seed, (validation, test) in enumerate([(0.30, 0.95), (0.20, 0.90), (0.25, 0.94)], 1):
        made_run(
            "runs",
            f"2025010{seed}-000000-base-seed{seed}",
            group=GROUP,
            seed=seed,
            result={"validation.loss": validation, "test.loss": 0.1, "test.accuracy": test, "seconds": 60.0},
        )
    return GROUP


@pytest.mark.parametrize("reference", [GROUP, "base"])
def test_the_table_of_a_group(invoke: Invoke, group: str, reference: str) -> None:
    """0.93 ± √((0.02² + 0.03² + 0.01²) / 2) = 0.0265."""
    result = invoke("runs", "show", reference)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["seed", "validation", "loss", "test", "accuracy", "test", "loss", "time"]
    assert lines[1].split() == ["1", "0.3000", "0.9500", "0.1000", "60", "s"]
    assert "0.9300 ± 0.0265" in lines[4]
    assert "0.9000 to 0.9500" in lines[5]
    assert max(map(len, lines)) <= 80
    assert lines[-2:] == [
        "best by validation.loss: seed 2, 0.2000, run 20250102-000000-base-seed2",
        f"group {group}",
    ]


def test_seeds_without_a_run_are_named(invoke: Invoke) -> None:
    """Of four that were asked for, one was deleted and one has not begun."""
    for seed in (1, 3):
        run_id = f"2025010{seed}-000000-base-seed{seed}"
        made_run("runs", run_id, group=GROUP, seed=seed, group_seeds=[1, 2, 3, 4], result={"validation.loss": 0.1})
    said = invoke("runs", "show", "base").stderr
    assert "without a run: seed 2, 4; means and ranges are of the others" in " ".join(said.split())
    assert f"seqlab train --resume {GROUP}" in said


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((0.5, 0.5004), "0.5002 ± 0.0003"),
        ((0.5, 0.5), "0.5000 ± 0.0000"),
        ((1200.0, 1204.0), "1,202 ± 2.8284"),
        ((1e-5, 3e-5), "2.0e-05 ± 1.4e-05"),
        ((-0.5, 0.5), "0.0000 ± 0.7071"),
    ],
)
def test_mean_and_deviation(invoke: Invoke, values: tuple[float, float], shown: str) -> None:
    for seed, value in enumerate(values, 1):
        result = {"validation.loss": 0.2, "test.r2": value}
        made_run("runs", f"2025010{seed}-000000-base-seed{seed}", group=GROUP, seed=seed, result=result)
    (line,) = [line for line in invoke("runs", "show", GROUP).stdout.splitlines() if line.startswith("mean")]
    assert line.endswith(f"  {shown}")


def test_the_group_as_json(invoke: Invoke, group: str) -> None:
    printed = json.loads(invoke("runs", "show", group, "--json").stdout)
    assert printed["group"] == group
    assert [(each["seed"], each["status"]) for each in printed["runs"]] == [(n, "finished") for n in (1, 2, 3)]
    assert printed["metrics"]["test.accuracy"] == {
        "runs": 3,
        "mean": pytest.approx(0.93),
        "standard_deviation": pytest.approx((0.0014 / 2) ** 0.5),
        "minimum": 0.9,
        "maximum": 0.95,
    }
    assert printed["best"] == {
        "run": "20250102-000000-base-seed2",
        "seed": 2,
        "metric": "validation.loss",
        "value": 0.2,
    }


def test_a_group_that_is_done_only_shows_its_table(invoke: Invoke, group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "group_to_resume", lambda *arguments: (None, repeats.Membership(group, (1, 2, 3))))
    result = invoke("train", "--resume", "base")
    assert result.exit_code == 0, result.stderr
    assert "0.9300 ± 0.0265" in result.stdout
    assert "seed 2: run 20250102-000000-base-seed2 is finished\n" in result.stderr


def test_a_seed_that_diverged_is_told_and_the_exit_code_says_so(
    invoke: Invoke, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_run("runs", "20250104-000000-base-seed4", group=group, seed=4, status="diverged")
    monkeypatch.setattr(repeats, "group_to_resume", lambda *arguments: (None, repeats.Membership(group, (1, 2, 3, 4))))
    result = invoke("train", "--resume", group)
    assert result.exit_code == 1
    assert "without a result: seed 4 (diverged); means and ranges are of the other runs" in result.stderr
    assert result.stdout.splitlines()[4].split() == ["4", "diverged"]
    assert "0.9300 ± 0.0265" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["quickstart", "--seeds", "x"], "--seeds 'x': expected whole numbers"),
        (["quickstart", "--seeds", "1-2", "runtime.seed=3"], "--seeds sets runtime.seed: leave runtime.seed=… out"),
        (["quickstart", "--seeds", "1-2", "runtime={seed: 3}"], "--seeds sets runtime.seed"),
        (["--seeds", "1-2"], "CONFIG is missing: --seeds needs one, or --resume GROUP"),
        (["quickstart", "--seeds", "1-2", "--resume", "base"], "uses the config of that group: remove quickstart"),
        (["--seeds", "1-2", "--resume", "20250101-000000-base-seed1"], "--seeds needs a group of runs"),
        (["quickstart", "--seeds", "1-2", "nothing.like=it"], "nothing"),
    ],
)
@pytest.mark.usefixtures("group")
def test_what_is_refused_before_anything_is_trained(
    invoke: Invoke, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "train", None)
    monkeypatch.setattr(experiment, "train", None)
    result = invoke("train", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())
    assert len(runs.list_runs(Path("runs"))) == 3

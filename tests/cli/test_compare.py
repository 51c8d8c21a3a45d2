"""`seqlab runs compare`."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded_runs import SPLITS, predictions, recorded_run
from typer.testing import Result

from seqlab.data.records import content_id

Invoke = Callable[..., Result]
TEXTS = [f"text {number} \x1b[31m[b]" for number in range(40)]
"""What a terminal would obey, and rich would take for its own."""


def lines(wrong: set[int]) -> list[dict[str, Any]]:
    """Predictions for `TEXTS` that are wrong about some."""
    targets = ["no", "yes"] * 20
    right = {"no": [0.8, 0.2], "yes": [0.2, 0.8]}
    rows = [right[target][:: -1 if number in wrong else 1] for number, target in enumerate(targets)]
    found = predictions(["no", "yes"], targets, rows)
    return [{**line, "id": content_id(text)} for line, text in zip(found, TEXTS, strict=True)]


@pytest.fixture
def pair(invoke: Invoke) -> list[str]:
    found = []
    for name, wrong, hidden in (("one", set(range(12)), 16), ("two", {0, 1, 30}, 32)):
        config = {"model": {"name": "bag", "hidden": hidden}}
        origins = {"model.hidden": "mine.yaml:4"}
        run = recorded_run(
            Path("runs"), name, lines(wrong), lines(wrong), config=config, origins=origins, result={"test.loss": 0.5}
        )
        found.append(run.id)
    return found


def said(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_configs_metrics_and_verdicts(invoke: Invoke, pair: list[str]) -> None:
    result = invoke("runs", "compare", *pair)
    found = said(result)
    assert found[:2] == [f"A {pair[0]}", f"B {pair[1]}"]
    assert "model.hidden 16 (mine.yaml:4) 32 (mine.yaml:4)" in found
    # Only A is wrong on 10 items, only B on 1: p = 2 (1 + 11) / 2^11.
    (row,) = [line for line in found if line.startswith("accuracy 0.7000 0.9250 +0.2250")]
    assert row.endswith(" 0.012")
    assert "accuracy: B is better by 23 points (95 %: 8 to 38), p = 0.012: unlikely to be chance" in found
    assert "loss 0.5000 0.5000" in found
    assert "One run each says nothing about seeds" in found[-1]
    assert result.stderr == "there are only 40 items to draw from: the intervals are rough, and too narrow\n"


def test_json(invoke: Invoke, pair: list[str]) -> None:
    found = json.loads(invoke("runs", "compare", "--run", pair[0], pair[1], "--json").stdout)
    accuracy = found["difference"]["test.accuracy"]
    assert {"a", "b", "delta", "interval", "p", "test", "verdict"} <= accuracy.keys()
    assert (accuracy["a"], accuracy["b"], accuracy["test"]) == (0.7, 0.925, "exact McNemar")
    assert accuracy["p"] == pytest.approx(2 * 12 / 2**11)
    assert found["config"] == {"model.hidden": [16, 32]}


def test_a_run_against_itself(invoke: Invoke, pair: list[str]) -> None:
    found = said(invoke("runs", "compare", pair[0], pair[0]))
    assert "the configs are the same" in found
    assert "accuracy: no difference: B scores every item like A, p = 1 without resampling" in found


def test_no_model_is_loaded(invoke: Invoke, pair: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tensorflow", "keras", "seqlab.experiment"):
        monkeypatch.setitem(sys.modules, name, None)
    assert invoke("runs", "compare", *pair).exit_code == 0


def test_three_runs_are_corrected(invoke: Invoke, pair: list[str]) -> None:
    found = said(invoke("runs", "compare", *pair, pair[0]))
    assert "test, 40 items A B B - A 95 % p (Holm)" in found
    assert "test, 40 items A C C - A 95 % p (Holm)" in found
    assert any("p = 0.023 (Holm, 2 comparisons)" in line for line in found)


def test_a_group(invoke: Invoke, pair: list[str]) -> None:
    for seed in (1, 2):
        wrong = set(range(10 + seed))
        recorded_run(
            Path("runs"),
            f"many-seed{seed}",
            lines(wrong),
            lines(wrong),
            group="20260101-000000-many",
            config={"runtime": {"seed": seed}},
        )
    found = said(invoke("runs", "compare", "many", pair[1]))
    assert found[0] == "A 20260101-000000-many (2 seeds)"
    assert any(line.startswith("accuracy 0.7125 ± 0.0177 0.9250 ") and line.endswith("%") for line in found)
    assert "mean ± deviation A B of seeds of items" in found
    result = invoke("runs", "compare", "many", pair[1], "--flips", 2)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--flips is about two runs: name two, and no group" in result.stderr


class TestFlips:
    @pytest.fixture
    def texts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = {content_id(text): (text, len(text), 0.25) for text in TEXTS}
        monkeypatch.setattr("seqlab.experiment.split_texts.split_texts", lambda *_, **__: found)

    @pytest.mark.usefixtures("texts")
    def test_items_and_groups(self, invoke: Invoke, pair: list[str]) -> None:
        result = invoke("runs", "compare", *pair, "--flips", 1)
        found = said(result)
        assert "11 of 40 items change: A alone is better on 1, B alone on 10; the difference is +9 for B" in found
        assert "class items A better B better B - A" in found
        assert "no 20 1 5 4" in found
        assert "yes 20 0 5 5" in found
        assert found.count("all 40 1 10 9") == 3
        assert any(line.startswith("text: text ") and line.endswith(r"\x1b[31m[b]") for line in found)
        assert "\x1b" not in result.stdout

    @pytest.mark.usefixtures("texts")
    def test_json(self, invoke: Invoke, pair: list[str]) -> None:
        found = json.loads(invoke("runs", "compare", *pair, "--flips", 3, "--json").stdout)["flips"]
        assert (found["items"], found["a_better"], found["b_better"]) == (40, 1, 10)
        assert found["groups"]["class"][0] == {"name": "no", "items": 20, "a_better": 1, "b_better": 5}
        assert len(found["examples"]) == 3

    def test_without_the_data_there_are_ids(self, invoke: Invoke, pair: list[str]) -> None:
        result = invoke("runs", "compare", *pair, "--flips", 1)
        assert any(content_id(text) in result.stdout for text in TEXTS)
        assert "without the data, items are shown by their ids" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs two runs or more, and got 0 runs"),
        (["one"], "needs two runs or more, and got 1 run"),
        (["one", "nothing"], "no run 'nothing'"),
        (["one", "two", "--set", "data.path=x"], "data.path=x is for --flips, which reads the data"),
        (["one", "two", "--plugin", "mine"], "mine is for --flips"),
        (["one", "other"], "have different data in test"),
        (["one", "less"], "add --other-training-data"),
        (["one", "damaged"], "is damaged"),
    ],
)
@pytest.mark.usefixtures("pair")
def test_what_is_refused(invoke: Invoke, arguments: list[str], message: str) -> None:
    for name, splits in (("other", {**SPLITS, "test": "0"}), ("less", {**SPLITS, "train": "0"}), ("damaged", SPLITS)):
        run = recorded_run(Path("runs"), name, lines(set()), lines(set()), splits=splits)
    run.predictions_file("test").write_text('{"id": 1}\n', encoding="utf-8")
    result = invoke("runs", "compare", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


def test_other_training_data(invoke: Invoke, pair: list[str]) -> None:
    recorded_run(Path("runs"), "less", lines(set()), lines(set()), splits={**SPLITS, "train": "0"}, result={})
    result = invoke("runs", "compare", pair[0], "less", "--other-training-data")
    assert "have different data in train: a difference may come from them" in " ".join(result.stderr.split())
    assert result.exit_code == 0

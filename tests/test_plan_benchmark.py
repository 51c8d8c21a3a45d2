"""The benchmark of `seqlab plan`: what it repeats, and what it says of figures that are made up."""

import json
from argparse import Namespace

import pytest

PLAN = {
    "seconds": {"total": 20.0, "training": 6.0},
    "step_seconds": {"compiling": 3.0},
    "memory": {"peak_mb": 700.0},
}
TRAINED = {
    "result": {"seconds": 25.0, "train.seconds": 12.0, "peak_memory_mb": 1000.0, "test.accuracy": 0.9}
}  # fmt: skip


@pytest.fixture
def plan(benchmark):
    return benchmark("plan")


def answers(*totals):
    """What commands print, the plans with these seconds; and what was asked for."""
    asked, left = [], list(totals)

    def run(what, recipe, changes):
        asked.append((what, recipe))
        if what == "training":
            return TRAINED, 30.0
        return {**PLAN, "seconds": {"total": left.pop(0), "training": 6.0}}, 12.0

    return asked, run


def test_medians_and_quotients(plan, tmp_path):
    asked, run = answers(20.0, 90.0, 21.0, 22.0, 1.0)
    plan.carry_out(["quickstart"], 5, tmp_path / "record.jsonl", run)
    assert asked == [("plan", "quickstart")] * 5 + [("training", "quickstart")]
    (row,) = plan.rows_of(plan.read_record(tmp_path / "record.jsonl"), ["quickstart", "imdb/bigram"])
    assert row["planned"] == {"seconds": 21.0, "train.seconds": 9.0, "peak_memory_mb": 700.0}
    assert row["quotients"] == pytest.approx({"seconds": 0.84, "train.seconds": 0.75, "peak_memory_mb": 0.7})
    assert (row["range"], row["holds"], row["wall"]) == ((1.0, 90.0), True, 12.0)
    line = plan.table([row]).splitlines()[-1]
    assert line == "| `quickstart` | 21.0 (1.0 to 90.0) | 25.0 | 0.84 | 9.0 | 12.0 | 0.75 | 0.70 | 12 |"


@pytest.mark.parametrize(("seconds", "holds"), [(33.7, True), (33.8, False), (16.3, True), (16.2, False)])
def test_the_bounds(plan, tmp_path, seconds, holds):
    _, run = answers(seconds)
    plan.carry_out(["quickstart"], 1, tmp_path / "record.jsonl", run)
    chosen = Namespace(page=None, table=True, only=["quickstart"], record=tmp_path / "record.jsonl")
    assert plan.judge(chosen) == int(not holds)


def test_what_is_on_record_is_not_repeated(plan, tmp_path, monkeypatch):
    record = tmp_path / "record.jsonl"
    asked, run = answers(20.0, 20.0)
    plan.carry_out(["quickstart"], 2, record, run)
    with record.open("a", encoding="utf-8") as file:
        file.write('{"recipe": "quick')  # killed in the middle
    again, run = answers(20.0)
    plan.carry_out(["quickstart"], 3, record, run)
    assert again == [("plan", "quickstart")]
    assert len(plan.read_record(record)) == len(asked) + len(again)
    monkeypatch.setitem(plan.CASES, "quickstart", ("training.epochs=99",))
    changed, run = answers(20.0)
    plan.carry_out(["quickstart"], 1, record, run)
    assert changed == [("plan", "quickstart"), ("training", "quickstart")]


def test_a_line_says_where_it_was_measured(plan, tmp_path):
    _, run = answers(20.0)
    plan.carry_out(["quickstart"], 1, tmp_path / "record.jsonl", run)
    (first, last) = map(json.loads, (tmp_path / "record.jsonl").read_text(encoding="utf-8").splitlines())
    assert first["changes"] == last["changes"] == [*plan.CASES["quickstart"], "training.patience=null"]
    assert first["figures"]["parts"] == {"total": 20.0, "training": 6.0}
    assert {"instructions", "cores"} <= first["machine"].keys()


def test_the_page_gets_the_table(plan):
    begin, end = plan.MARKS
    assert plan.between(f"a\n{begin}\nold\n{end}\nb", plan.MARKS, "new") == f"a\n{begin}\n\nnew\n\n{end}\nb"


def test_its_configs_are_valid(plan):
    from seqlab import config

    for recipe, changes in plan.CASES.items():
        loaded = config.load(recipe, [*changes, *plan.ALWAYS])
        assert loaded.experiment.training.epochs >= 2

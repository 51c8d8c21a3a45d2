"""Conditions on runs, the values of their keys, and their order."""

from pathlib import Path

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.errors import RequestError
from seqlab.runs import RunSummary
from seqlab.runs.notes import set_label
from seqlab.runs.selection import in_order, parse_condition, selected, value_of


@pytest.fixture
def listed(runs_dir: Path) -> list[RunSummary]:
    """`a`: a bag of accuracy 0.9; `b`: an LSTM of 0.95; `c`: of another task, without an accuracy; `d`: failed."""
    bag = {"model": {"name": "bag", "hidden": 16}, "training": {"learning_rate": 1e-3, "refit": False}}
    lstm = {"model": {"name": "recurrent", "layers": None}, "training": {"learning_rate": 0.01, "refit": True}}
    made_run(runs_dir, "20250101-000000-a", config=bag, seed=1, result={"test.accuracy": 0.9, "test.loss": 0.3})
    lists = {"data": {"text": ["title", "body"]}}
    made_run(runs_dir, "20250102-000000-b", config=lstm | lists, seed=2, result={"test.accuracy": 0.95, "test.loss": 0})
    made_run(runs_dir, "20250103-000000-c", config={"task": "translation"}, result={"test.bleu": 20.0})
    failed = made_run(runs_dir, "20250104-000000-d", config=bag, status="failed", parameters=7)
    set_label(failed, "draft")
    return runs.list_runs(runs_dir)


def names(found: list[RunSummary]) -> str:
    return "".join(each.run.id[-1] for each in found)


@pytest.mark.parametrize(
    ("condition", "fitting"),
    [
        ("model.name=bag", "ad"),
        ("model=bag", "ad"),
        ("model.name == bag", "ad"),
        ("model.name!=bag", "bc"),
        ("model.hidden=16", "ad"),
        ("model.hidden=16.0", "ad"),
        ("training.learning_rate=1e-3", "ad"),
        ("training.learning_rate>0.001", "b"),
        ("training.learning_rate>=0.001", "abd"),
        ("training.refit=true", "b"),
        ("training.refit=False", "ad"),
        ("model.layers=null", "abcd"),
        ("data.text=['title','body']", ""),
        ('data.text=["title", "body"]', "b"),
        ("test.accuracy>0.9", "b"),
        ("test.accuracy<=0.9", "a"),
        ("test.accuracy!=0.9", "bcd"),
        ("test.loss<0.1", "b"),
        ("test.bleu>1", "c"),
        ("status=failed", "d"),
        ("status!=failed", "abc"),
        ("label=draft", "d"),
        ("label='draft'", "d"),
        ("label!=draft", "abc"),
        ("label=", "abc"),
        ("task=translation", "c"),
        ("seed=2", "b"),
        ("runtime.seed<2", "a"),
        ("name=a", "a"),
        ("started>=2025-01-03", "cd"),
        ("started>2025-01-03", "d"),
        ("started<=2025-01-03", "abc"),
        ("started=2025-01-03", "c"),
        ("started!=2025-01-03", "abd"),
        ("started>='2025-01-03 00:00'", "cd"),
        ("started<2025-01-03T00:00:01Z", "abc"),
        ("started=2025", "abcd"),
        ("parameters=7", "d"),
        ("model.name>bag", "b"),
        ("status>5", "abcd"),
    ],
)
def test_which_runs_a_condition_selects(listed: list[RunSummary], condition: str, fitting: str) -> None:
    assert names(selected(listed, [parse_condition(condition)])) == fitting


def test_all_conditions_must_hold(listed: list[RunSummary]) -> None:
    conditions = [parse_condition(each) for each in ("model=bag", "status=finished")]
    assert names(selected(listed, conditions)) == "a"
    assert selected(listed, []) == listed


@pytest.mark.parametrize("text", ["", "model", "=bag", "a b=c", ">3"])
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(RequestError, match=r"expected KEY=VALUE, such as model\.name=bag"):
        parse_condition(text)


@pytest.mark.parametrize("value", ["29.11.2026", "yesterday", "2026-11-29 21:4", "20261129"])
def test_what_is_no_time(value: str) -> None:
    with pytest.raises(RequestError, match="expected a time in UTC, or the beginning of one, such as 2026-11-29"):
        parse_condition(f"started>={value}")


def test_a_group_is_selected_by_its_id_or_its_name(runs_dir: Path) -> None:
    made_run(runs_dir, "20250101-000000-g-seed1", group="20250101-000000-g", seed=1)
    made_run(runs_dir, "20250102-000000-h-seed1", group="20250102-000000-h", seed=1)
    listed = runs.list_runs(runs_dir)
    for value in ("g", "20250101-000000-g"):
        assert [each.group for each in selected(listed, [parse_condition(f"group={value}")])] == ["20250101-000000-g"]
        assert [each.group for each in selected(listed, [parse_condition(f"group!={value}")])] == ["20250102-000000-h"]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("model.nmae", "did you mean model.name"),
        ("learning_rate", r"did you mean training.learning_rate\?"),
        ("accuracy", r"did you mean test.accuracy\?"),
        ("xyzzy", "seqlab runs show RUN --json"),
    ],
)
def test_a_key_that_no_run_has(listed: list[RunSummary], key: str, meant: str) -> None:
    with pytest.raises(RequestError, match=f"no run has the key '{key}'; .*{meant}"):
        selected(listed, [parse_condition(f"{key}=1")])
    assert selected([], [parse_condition(f"{key}=1")]) == [], "of no runs nothing is known"


def test_a_number_is_compared_with_a_number(listed: list[RunSummary]) -> None:
    with pytest.raises(RequestError, match=r"test\.accuracy is a number, and 'high' is none"):
        selected(listed, [parse_condition("test.accuracy>high")])


def test_the_order_has_missing_values_last(listed: list[RunSummary]) -> None:
    assert names(in_order(listed, "test.accuracy", descending=True)) == "bacd"
    assert names(in_order(listed, "test.accuracy")) == "abcd"
    assert names(in_order(listed, "test.loss")) == "bacd"
    assert names(in_order(listed, "model.name")) == "adbc"


def test_numbers_come_before_texts(runs_dir: Path) -> None:
    for number, value in enumerate(["x", 10, 9, None]):
        made_run(runs_dir, f"20250101-000000-{number}", config={"k": value})
    found = runs.list_runs(runs_dir)
    assert names(in_order(found, "k")) == "2103"
    assert names(in_order(found, "k", descending=True)) == "1203"


def test_a_run_of_a_stranger_may_say_anything(runs_dir: Path) -> None:
    made_run(runs_dir, "20250101-000000-a", config={"model": [1], "runtime": 3, "x": {"y": {"z": True}}})
    (odd,) = runs.list_runs(runs_dir)
    assert value_of(odd, "model") == [1]
    assert (value_of(odd, "model.name"), value_of(odd, "seed"), value_of(odd, "x.y")) == (None, None, None)
    assert value_of(odd, "x.y.z") is True
    assert selected([odd], [parse_condition("x.y.z>0")]) == []

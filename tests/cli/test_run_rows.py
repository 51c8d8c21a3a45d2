"""The lines of a list of runs."""

from pathlib import Path

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.cli.run_rows import format_size, print_runs


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (12_345, "12 kB"),
        (3_400_000, "3.4 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_sizes(size: int, shown: str) -> None:
    assert format_size(size) == shown


def shown_of(capsys: pytest.CaptureFixture[str], folder: Path, **config: list[object]) -> list[str]:
    """The heading of a list of two runs with these values of their keys."""
    for number in (0, 1):
        values = {key.replace("__", "."): pair[number] for key, pair in config.items()}
        nested: dict[str, dict[str, object]] = {}
        for key, value in values.items():
            section, _, name = key.partition(".")
            nested.setdefault(section, {})[name] = value
        made_run(folder, f"2025010{number + 1}-000000-a", config=nested, result={"test.accuracy": 0.5})
    print_runs(runs.list_runs(folder), None, {}, None)
    return capsys.readouterr().out.splitlines()


def test_headings_are_the_last_words_unless_that_is_ambiguous(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown_of(capsys, tmp_path, model__name=["bag", "lstm"], model__dropout=[0.1, 0.2], data__dropout=[1, 2])
    assert lines[0].split()[:4] == ["run", "status", "model", "model.dropout"]
    assert lines[1].split()[:4] == ["20250101-000000-a", "finished", "bag", "0.1"]


def test_long_and_odd_values_stay_on_their_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown_of(capsys, tmp_path, model__hidden=["x" * 50, "a\n[b]\x1b"])
    assert len(lines) == 3
    assert f"{'x' * 23}…" in lines[1]
    assert r"a [b]\x1b" in lines[2]


def test_a_column_that_has_no_room_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown_of(capsys, tmp_path, model__a=["x" * 20, "y"], model__b=["x" * 20, "y"], model__c=["1", "2"])
    assert lines[0].split() == ["run", "status", "a", "total", "time", "c", "test.accuracy"]
    assert max(map(len, lines)) <= 80

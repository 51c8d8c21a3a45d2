"""The comparison of a report, with hand-made figures."""

from seqlab.comparison.compare import Comparison
from seqlab.comparison.configs import ConfigDifference
from seqlab.comparison.differences import Difference
from seqlab.reports.html.blocks import Note, Table
from seqlab.reports.html.compared import comparison_blocks

BETTER = Difference(0.5, 0.75, 0.25, (0.1, 0.4), 1e-6, 2e-6, "exact McNemar", {}, "B is better")
SAME = Difference(0.5, 0.5, 0.0, (-0.1, 0.1), 1.0, 1.0, "exact McNemar", {}, "no difference shown")


def compared(config=()):
    found = ({"test.accuracy": BETTER}, {"test.accuracy": SAME})
    return Comparison("test", 4, "items", ("x", "y", "z"), ((), (), ()), found, config, {}, "of items", ("a note",))


def test_differences_and_their_verdicts():
    table, *notes = comparison_blocks(compared())
    assert isinstance(table, Table)
    assert table.rows == [
        ["B - A, test.accuracy", "0.5000", "0.7500", "+0.2500", "+0.1000 to +0.4000", "below 0.0001"],
        ["C - A, test.accuracy", "0.5000", "0.5000", "+0.0000", "-0.1000 to +0.1000", "1.0000"],
    ]
    assert table.note == "of items"
    assert notes == [
        Note("test.accuracy: B is better"), Note("test.accuracy: no difference shown"), Note("a note"),
        Note("The configs are the same."),
    ]  # fmt: skip


def test_keys_that_differ_have_their_origins():
    key = ConfigDifference("model.hidden", (None, 16, "many"), ("", "a.yaml:3", "command line"))
    *_, table = comparison_blocks(compared((key,)))
    assert table.columns == ["key", "A", "B", "C"]
    assert table.rows == [["model.hidden", "null", "16 (a.yaml:3)", "many (command line)"]]

"""Letters for the runs of a report."""

from seqlab.reports.html.names import letters


def test_letters():
    assert letters(3) == ["A", "B", "C"]
    assert letters(28)[25:] == ["Z", "AA", "AB"]
    assert len(set(letters(500))) == 500

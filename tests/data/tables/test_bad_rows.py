"""Rows that cannot be used: one in one line, many counted, the first of them shown, every remedy once."""

from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.tables import BadRows


def test_one_bad_row_is_told_in_one_line_and_many_are_counted():
    bad = BadRows("a.parquet", "row")
    bad.check()
    bad.add(1200, "is bad", "mend it")
    assert str(bad.error()) == "a.parquet, row 1,200: is bad; mend it"
    for row in range(2000, 1000, -1):
        bad.add(row, "is bad", "mend it")
    lines = str(bad.error()).splitlines()
    assert lines[0] == "a.parquet: 1,001 rows cannot be used, the first is 1,001"
    assert lines[1:] == [*(f"  row 1,00{row}: is bad" for row in range(1, 6)), "  and 996 more", "mend it"]


@given(st.lists(st.integers(1, 1000), min_size=2))
def test_the_first_rows_are_shown_whatever_the_order_in_which_they_are_found(numbers):
    bad = BadRows("a.csv")
    for number in numbers:
        bad.add(number, f"problem {number}", "mend it" if number % 2 else "remove it")
    heading, *shown, remedies = str(bad.error()).splitlines()
    assert heading == f"a.csv: {len(numbers):,} lines cannot be used, the first is {min(numbers):,}"
    expected = [f"  line {number:,}: problem {number}" for number in sorted(numbers)[:5]]
    assert shown == expected + ([f"  and {len(numbers) - 5:,} more"] if len(numbers) > 5 else [])
    assert set(remedies.split("; ")) == {"mend it" if number % 2 else "remove it" for number in numbers}

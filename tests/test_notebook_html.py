"""HTML for notebooks."""

import pytest

from seqlab.notebook_html import MOST_ROWS, block, escaped, paragraph, shown, table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0.89641, "0.8964"),
        (12_400, "12,400"),
        (3.1e-5, "3.1e-05"),
        (True, "True"),
        ("a", "a"),
        ([1], "[1]"),
    ],
)
def test_values_as_texts(value, text):
    assert shown(value) == text


def test_names_are_on_the_left_and_values_on_the_right():
    cells = table(["", "A"], [["x", 0.5], ["y", None], []])
    assert cells.count("text-align: left") == 4
    assert cells.count("text-align: right") == 3


def test_a_long_table_is_cut_in_the_middle():
    rows = table(["n"], [[f"row {n}"] for n in range(1000)])
    assert rows.count("<tr>") == MOST_ROWS + 2
    assert "row 0<" in rows
    assert "row 999<" in rows
    assert "…" in rows


def test_everything_is_escaped():
    page = block("<i>", paragraph('a & "b"'), table(["<th>"], [["</table>"]]))
    assert "<i>" not in page
    assert page.count("</table>") == 1
    assert "a &amp; &quot;b&quot;" in page
    assert escaped("\u202e\n") == "\\u202e\\n"

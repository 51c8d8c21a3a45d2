"""An explanation in the terminal: bars of signs, marks below the text, and nothing that a terminal obeys."""

import pytest
from explained import attribution, empty, surprise, translation
from rich.cells import cell_len
from shell import RAW

from seqlab.cli.explanation import bars, lines_below, print_explanation
from seqlab.explanations.wording import faithfulness_in_words


def test_bars_have_as_many_signs_as_the_share_of_the_largest():
    assert bars([("a", 2.0), ("b", -1.0), ("c", 0.0)]) == [
        "  +2.000  ++++++++++++++++++++  a",
        "  -1.000  ----------            b",
        "  +0.000                        c",
    ]


def test_marks_are_below_their_words():
    assert lines_below(["a", "bad", "film"], ["+", "-----", ""], " ", 80) == ["a bad   film", "+ -----"]
    assert lines_below(["t", "o", "\n"], ["", "9", "10"], "", 80) == ["to\\n", " 910"]
    assert lines_below(["t", "o"], ["", "123"], "", 80) == ["to", " 1"]


@pytest.mark.parametrize("words", [["word"] * 40, ["a" * 50, "b" * 90, "c"], ["日本語"] * 30])
@pytest.mark.parametrize("separator", [" ", ""])
def test_lines_fit_the_width(words, separator):
    lines = lines_below(words, ["+++"] * len(words), separator, 40)
    assert all(cell_len(line) <= 40 or line in {"b" * 90, "a" * 50} for line in lines)
    text = separator.join(words).replace(" ", "")
    assert "".join(lines[::2]).replace(" ", "") == text


@pytest.mark.parametrize("found", [attribution(), attribution(ngrams=()), empty(), surprise(), translation()])
def test_everything_is_printed_as_data(found, capsys):
    print_explanation(found, 10)
    said = capsys.readouterr().out
    assert said
    assert not RAW.search(said)


def test_what_a_classifier_is_shown_with(capsys):
    print_explanation(attribution(text="good good"), 1)
    assert capsys.readouterr().out.splitlines() == [
        "positive\t0.8750\tgood good",
        "logit of positive +1.000 = +0.250 without tokens + 0.750 by tokens; exact contributions",
        "",
        "  +1.250  ++++++++++++++++++++  good (2 times)",
        "and 1 more token (--top)",
        "",
        "categories and numbers: the score less what it would be without each",
        "  -2.000  --------------------  ci<ty: (missing)",
        "",
        "good  <script>alert(1)</script> \\x1b[31mred good",
        "+++++ --                                    +",
        "tokens that training never had: <script>alert(1)</script>",
        "",
        faithfulness_in_words(attribution().faithfulness),
    ]


def test_bits_are_below_the_characters(capsys):
    print_explanation(surprise(), 1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[3:5] == ["a\\n<", " 1 9"]
    assert lines[-1].split() == ["12.00", "3", "<", "(unknown)", "\\x1b[31mred", "0.50"]

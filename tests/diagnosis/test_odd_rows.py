"""Each kind of odd text is found where it was planted, and nowhere else."""

import pytest
from examined_rows import labelled, sentences

from seqlab import config
from seqlab.data.datasets import LABELLED_TEXTS
from seqlab.data.splits.load_splits import Located
from seqlab.diagnosis import Examined
from seqlab.diagnosis.odd_rows import ODDITIES, odd_rows

TEXT = sentences(30)
PLANTED = {
    "empty": ["", "  \t ", "\u200b"],
    "no_words": ["!!! ???", "—", "😀 😀"],
    "only_addresses": ["https://example.org/a?b=1", " www.example.org  http://a.b !", "<a.name@example.org>"],
    "damaged": ["the cafÃ© was fine", "a \ufffd b"],
    "surrogates": ["cut in half \ud83d", "\udc00 at the beginning"],
    "control": ["a \x07 bell", "\x1b[31mred"],
    "markup": ["<p>Hello</p>", "one<br />two", "Tom &amp; Jerry", "it &#8217;s", "cut #39;s"],
    "invisible": ["so\u00adft hyphen in a word", "\ufeffmark of the file"],
    "long_word": ["a " + "x" * 150],
}


@pytest.mark.parametrize("name", list(PLANTED))
def test_planted_ones_are_found(name: str) -> None:
    rows = [(text, "a") for text in TEXT]
    for position, text in enumerate(PLANTED[name]):
        rows.insert(7 * position + 3, (text, "b"))
    outcome = odd_rows(labelled(rows, examples=10))
    expected = [f"train:{7 * position + 4}" for position in range(len(PLANTED[name]))]
    found = next(each for each in outcome.findings if each.count == outcome.figures[name])
    assert [each.location for each in found.instances] == expected
    assert outcome.figures[name] == len(expected)


def test_every_kind_is_planted_and_clean_text_is_not_odd() -> None:
    assert set(PLANTED) == {each.name for each in ODDITIES}
    assert (
        odd_rows(
            labelled([(text, "a") for text in [*TEXT, "if a < b and c > d", "R&D", "1 < 2", "e.g. a.b/c"]])
        ).findings
        == []
    )


def test_a_long_line_takes_no_square_of_its_length() -> None:
    """A pattern that backtracks would take minutes for 200,000 characters."""
    texts = ["x" * 200_000, "<a" * 100_000, "a@" * 100_000, "é" * 200_000, "&#1" * 70_000, "http" * 50_000]
    outcome = odd_rows(labelled([(text, "a") for text in texts]))
    assert outcome.figures["long_word"] == 3


def test_what_is_odd_is_shown_without_steering_the_terminal() -> None:
    (finding,) = odd_rows(labelled([("a \x1b[31mred", "a"), (TEXT[0], "b")])).findings
    assert finding.instances[0].detail == r"'a \x1b[31mred'"


def test_beside_features_a_text_may_be_empty() -> None:
    made = labelled([(text, "a") for text in ["", *TEXT]])
    options = {"path": "made.csv", "features": {"text": "text", "numbers": ["size"]}}
    located = Located(LABELLED_TEXTS["csv"].model_validate(options), {})
    severities = [odd_rows(data).findings[0].severity for data in (made, Examined(located, made.corpus))]
    assert severities == ["warning", "note"]


def test_markup_that_the_vectorizer_removes_is_no_finding() -> None:
    made = labelled([("<p>Hello you</p>", "a"), (TEXT[0], "b")])
    for standardize, findings in (("html", 0), ("lower", 1)):
        experiment = config.load("quickstart", [f"vectorizer.standardize={standardize}"]).experiment
        assert len(odd_rows(Examined(made.located, made.corpus, experiment)).findings) == findings

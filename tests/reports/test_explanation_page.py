"""Explanations as HTML: everything that the terminal shows, well formed, whatever the tokens are."""

from html.parser import HTMLParser

import pytest
from explained import MARKUP, attribution, empty, surprise, translation

from seqlab.explanations.results import TokenContribution
from seqlab.reports import explanation_page
from seqlab.reports.explanation_page import fragment, write_page

VOID = {"br", "meta", "line", "rect"}


class Parsed(HTMLParser):
    """The text of a page by element, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("found", [attribution(), attribution(ngrams=()), empty(), surprise(), translation()])
def test_tokens_are_text(found):
    made = fragment(found, 10)
    parsed = Parsed(made)
    assert "script" not in {tag for tag, _ in parsed.tags}
    assert "\x1b" not in made
    if found.tokens and found.tokens[1].token == MARKUP:
        assert MARKUP in "".join(parsed.texts)


def test_signs_and_lines_tell_what_colors_do():
    parsed = Parsed(fragment(attribution(), 10))
    marked = [attributes for tag, attributes in parsed.tags if tag == "span"]
    assert [each["class"] for each in marked] == ["t plus s5", "t unknown minus s2", "t", "t plus s1"]
    assert [each["title"] for each in marked] == ["+1.000", "-0.500, unknown", "+0.000", "+0.250"]
    assert [text for text in parsed.texts if text in "+−"] == ["+", "−", "+"]


def test_bars_begin_in_the_middle():
    bars = [attributes for tag, attributes in Parsed(fragment(attribution(), 1)).tags if tag == "rect"]
    assert (bars[0]["class"], bars[0]["x"], bars[0]["width"]) == ("p", "100", "100.0")
    assert (bars[1]["class"], bars[1]["x"], bars[1]["width"]) == ("m", "0.0", "100.0")


def test_everything_is_said():
    said = "".join(Parsed(fragment(attribution(), 1)).texts)
    for part in ("positive 0.8750", "+1.000 = +0.250 without", "good (2 times)", "(missing)", "All 4 tokens", "0.750"):
        assert part in said
    assert "3 tokens at the end of the text were not read" in said
    assert "No answer" in "".join(Parsed(fragment(empty(), 1)).texts)
    said = "".join(Parsed(fragment(translation(), 1)).texts)
    assert "75" in said
    assert "Attention" in said
    assert "Attention" not in fragment(translation(attention=()), 1)


def test_a_page_of_several(tmp_path, monkeypatch):
    monkeypatch.setattr(explanation_page, "MOST_ON_PAGE", 2)
    path = tmp_path / "new" / "page.html"
    judged = [attribution().faithfulness] * 2
    assert write_page([attribution(), surprise()], path, run="a<b", top=3, judged=judged) == []
    parsed = Parsed(path.read_text(encoding="utf-8").removeprefix("<!doctype html>"))
    assert [tag for tag, _ in parsed.tags].count("article") == 2
    said = "".join(parsed.texts)
    assert "Explanations by run a<b" in said
    assert "Mean of 2 texts: comprehensiveness 0.5000" in said
    (note,) = write_page([surprise()] * 3, path, run="r", top=3, judged=[])
    assert "the first 2 texts" in note


def test_the_raw_text_is_marked_where_the_places_are_known():
    text = "  Good, <b>!"
    tokens = (TokenContribution("good", 1.0, False, 2, 7), TokenContribution("<b>", -1.0, False, 8, 11))
    made = fragment(attribution(text=text, tokens=tokens, ngrams=()), 10)
    assert ">Good,<sup>+</sup></span> <span" in made
    assert "&lt;b&gt;<sup>−</sup></span>!</p>" in made
    assert 'class="given"' not in made
    assert 'class="given"' in fragment(attribution(), 10)

"""Pages of HTML: one file, no script, text as text, and colors that can be read."""

import base64
import hashlib
import re

import pytest

from seqlab.errors import RequestError
from seqlab.reports.html_page import STYLE, check_page, escaped, page, paragraph, table, write_html


def test_the_policy_allows_the_style_and_nothing_else():
    made = page("A <title>", "<p>body</p>", "p { color: red }")
    (style,) = re.findall(r"<style>(.*?)</style>", made, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', made)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "A &lt;title&gt;" in made
    assert not re.search(r"<script|\bstyle=|\bon\w+=|https?:|<link|<img", made)


def test_text_is_text():
    assert escaped('<b> & "x" \x1b[31m\n\u202e') == "&lt;b&gt; &amp; &quot;x&quot; \\x1b[31m\\n\\u202e"
    assert paragraph("a\nb\x07\ud800") == "a\nb\\x07\\ud800"
    assert table(["a", "b"], [["1", "x"]], numbers=1).count('class="number"') == 2


def test_what_is_no_page_is_refused(tmp_path):
    with pytest.raises(RequestError, match="is no page: give a file that ends in"):
        check_page(tmp_path / "out.txt")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(RequestError, match="it is a directory"):
        check_page(tmp_path / "folder.html")
    check_page(tmp_path / "new" / "out.HTML")
    with pytest.raises(RequestError, match="cannot write"):
        write_html(tmp_path / "folder.html", "x")


def test_colors_can_be_read_in_light_and_dark():
    """Contrast of 4.5 : 1, on the strongest tint too (WCAG 2.1, success criterion 1.4.3)."""
    light, dark = (dict(re.findall(r"--(\w+): (#\w+)", part)) for part in STYLE.split("@media", 2)[:2])
    tints = [dict(re.findall(r"--(\w+)-tint: ([\d, ]+)", part)) for part in STYLE.split("@media", 2)[:2]]
    for colors, tint in zip((light, dark), tints, strict=True):
        paper = _rgb(colors["paper"])
        for name in ("ink", "faint", "plus", "minus"):
            assert _contrast(_rgb(colors[name]), paper) >= 4.5
        for name in ("plus", "minus"):
            over = [0.75 * low + 0.25 * int(high) for low, high in zip(paper, tint[name].split(","), strict=True)]
            assert _contrast(_rgb(colors["ink"]), over) >= 4.5
            assert _contrast(_rgb(colors[name]), over) >= 4.5


def _rgb(color):
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    return [int(digits[place : place + 2], 16) for place in (0, 2, 4)]


def _contrast(one, other):
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(rgb):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (each / 255 for each in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

"""Texts with what is hard to cut, and long texts in small blocks."""

import pytest
from hypothesis import strategies as st

from seqlab.data import long_text
from seqlab.data.long_text import LongTexts

ODD = (
    "aAbZ05 \t\n\r\v\x1c\x85\xa0\u2028\u3000.,'!-:<>/;&#@^_"
    "ΣσςÀé\u0301\u0323\u0338\u200b\u200d\u200c\xad\ufeff\ufe0f\u20e3"
    "あが\u3099中文\ufa0e한\u1100\u1161\u11a8กั\u212a\u037eİıßﬁ👩🏽\u0915\u093c\u09c7\u09be"
)
"""White space of every kind, letters that compose with what follows, capital sigma and what it looks at, emoji."""
MARKUP = [
    "<b>",
    "</b>",
    "<a ",
    "href=x ",
    ">",
    "<",
    "&lt;",
    "&lt\u037e",
    "&nbsp;",
    "&amp;",
    " ",
    "\n",
    "x",
    "\u0338",
    "<\u212a ",
]

texts_of = st.text(ODD, max_size=40)
markup = st.lists(st.sampled_from(MARKUP), max_size=25).map("".join)


def long_texts(texts, size):
    """Long texts in blocks of `size` characters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "BLOCK", size)
        return LongTexts.of(list(texts))

"""Texts end where a stop is whole, however their pieces are cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seqlab.serving.text_stream import UntilStop


def token_by_token(text, stops):
    """The reference: look at every beginning of the text in turn."""
    for size in range(len(text) + 1):
        places = [place for stop in stops if (place := text[:size].find(stop)) >= 0]
        if places:
            return text[: min(places)], True
    return text, False


@given(
    st.text("ab.", max_size=30),
    st.lists(st.text("ab.", min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(0, 30), max_size=8),
)
def test_pieces_do_not_matter(text, stops, cuts):
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    until = UntilStop(stops)
    shown = [until.add(text[start:end]) for start, end in pairwise(places)]
    shown.append(until.rest())
    assert ("".join(shown), until.stopped) == token_by_token(text, stops)
    assert until.text == "".join(shown)


def test_nothing_is_held_back_without_reason():
    until = UntilStop(["end"])
    assert [until.add(piece) for piece in ("the e", "n", "ough")] == ["the ", "", "enough"]

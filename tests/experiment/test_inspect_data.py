"""The beginnings of texts that are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data import long_text
from seqlab.data.long_text import LongTexts
from seqlab.experiment import inspect_data
from seqlab.text_format import visible


@given(text=st.text("ab \n\x1b\u3000é", max_size=30), longest=st.integers(0, 12), block=st.integers(1, 7))
def test_the_beginning_of_a_long_text_and_its_length_on_one_line(text, longest, block):
    line = " ".join(visible(text).split())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "BLOCK", block)
        assert list(inspect_data.beginnings([text, text], longest)) == [(line[:longest], len(line))] * 2
        assert inspect_data.characters_of(LongTexts.of([text, text])) == 2 * len(text)
    assert inspect_data.characters_of([text, "ab"]) == len(text) + 2

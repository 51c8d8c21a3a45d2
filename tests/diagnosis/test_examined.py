"""The rows of running text: its lines, with their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data import long_text
from seqlab.data.datasets import TEXTS
from seqlab.data.datasets.running_text import document
from seqlab.data.records import Corpus, content_id
from seqlab.data.splits.load_splits import Located
from seqlab.diagnosis import Examined


@given(texts=st.lists(st.text("ab\n", max_size=20), min_size=1, max_size=2))
def test_the_lines_of_running_text_are_rows(texts):
    dataset = TEXTS["text_file"].model_validate({"path": "a.txt"})
    one = document(texts[0], "a.txt", line=5)
    both = one.followed_by(document(texts[-1], "b.txt", line=2)) if len(texts) > 1 else one
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "BLOCK", 25)
        rows = Examined(Located(dataset, {}), Corpus({"train": both})).splits["train"]
    expected = [
        (line, f"{name}:{number}")
        for text, name, first in zip(texts, ("a.txt", "b.txt"), (5, 2), strict=False)
        for number, line in enumerate(text.split("\n"), start=first)
        if line
    ]
    assert list(zip(rows.texts["text"], rows.locations, strict=True)) == expected
    assert list(rows.contents) == [content_id(line) for line, _ in expected]

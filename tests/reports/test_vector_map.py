"""Maps of words."""

import json
import re

import numpy as np
import pytest

from seqlab.errors import RequestError
from seqlab.reports.vector_map import draw_map, map_of
from seqlab.vectors import WordVectors

WORDS = ("spain", "madrid", "</script>", "$x_1$", " ")
VECTORS = WordVectors(WORDS, np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [2, 2, 2]], np.float32))


def test_the_first_words_or_those_that_are_named_with_their_neighbors():
    assert list(map_of(VECTORS, "pca", words=None, top=3).words) == ["spain", "madrid", "</script>"]
    assert list(map_of(VECTORS, "pca", words=["$x_1$", "spain"], top=0).words) == ["$x_1$", "spain"]
    found = map_of(VECTORS, "pca", words=["spain"], top=1)
    assert (list(found.words), found.nearest) == (["spain", "madrid"], [["madrid"], ["spain"]])
    with pytest.raises(RequestError, match="two words or more, got 1"):
        map_of(VECTORS, "pca", words=["spain"], top=0)
    with pytest.raises(RequestError, match="and there is only 'spain'"):
        map_of(WordVectors(WORDS[:1], VECTORS.matrix[:1]), "pca", words=None, top=5)


def test_the_page_holds_every_word_as_data(tmp_path):
    draw_map(map_of(VECTORS, "pca", words=None, top=5), tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert page.count("</script>") == 1, "a word ends no script"
    assert not re.search(r"@[A-Z]+@|https?://(?!www\.w3\.org/2000/svg)", page), "it needs nothing from elsewhere"
    words = json.loads(re.search(r"const words = (.*);", page)[1])
    assert [each["word"] for each in words] == ["spain", "madrid", "</script>", "$x_1$", "' '"]
    assert all(0 <= each["x"] <= 1200 and 0 <= each["y"] <= 900 for each in words)
    assert words[0]["near"][0] == "madrid"


def test_a_crowded_picture_says_how_many_words_have_no_label(tmp_path):
    generator = np.random.default_rng(0)
    vectors = WordVectors([f"quite a long word {n}" for n in range(300)], generator.normal(size=(300, 3)))
    (note,) = draw_map(map_of(vectors, "pca", words=None, top=300), tmp_path / "map.png")
    assert re.match(r"\d+ words have a point without a label", note)

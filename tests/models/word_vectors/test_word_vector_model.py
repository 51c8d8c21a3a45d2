"""What the options of word vectors tell of their tables."""

import numpy as np
import pytest

from seqlab.models.word_vectors import WORD_VECTOR_MODELS
from seqlab.text import Words

GROUPS = {"min": 2, "max": 3, "buckets": 2}


@pytest.mark.parametrize(
    ("subwords", "layer", "first", "second"),
    [
        (None, "embedding", [0, 1], [0, 1]),
        (GROUPS, "embedding", [0, 1, 2, 3], [0, 1, 3, 4]),  # two words there, three here, then the groups
        (GROUPS, "logits", [0, 1], [0, 1]),
    ],
)
def test_rows_of_the_same_words_and_groups(subwords, layer, first, second):
    model = WORD_VECTOR_MODELS.read({"name": "cbow", "subwords": subwords})
    before, after = (Words().learn([text]).vocabulary for text in ("c b b", "c b b a"))
    rows = model.shared_rows(layer, before.first(2, ("", "[UNK]")), after)
    np.testing.assert_array_equal(rows, [first, second])

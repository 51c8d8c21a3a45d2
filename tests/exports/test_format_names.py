"""The names of the formats."""

import pytest

from seqlab.errors import RequestError
from seqlab.exports.format_names import FORMATS, refuse_unknown
from seqlab.exports.formats import WRITERS


def test_every_format_has_a_writer():
    assert list(WRITERS) == list(FORMATS)
    assert WRITERS["word2vec"].__module__.endswith(".word_vectors")
    assert WRITERS["sklearn_int8"].__name__ == "write_rounded"
    assert WRITERS["sklearn"].__module__.endswith(".numpy_bag")


def test_an_unknown_one_is_refused():
    with pytest.raises(RequestError, match=r"there is no format 'saved-model'; did you mean 'saved_model'\?"):
        refuse_unknown("saved-model")

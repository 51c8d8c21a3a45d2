"""Which texts have nothing to read, and what is said of them."""

import pytest

from seqlab.data.records import Records
from seqlab.tasks.empty_texts import note_on_empty, without_tokens, without_words


class Splits:
    """Reads the words between spaces."""

    def tokens(self, text):
        return text.split()


def test_rows_without_tokens_and_without_words():
    texts = ["a b", " ", "", "!?", "\u200b"]
    assert without_words(texts) == [1, 2, 3, 4]
    assert without_tokens(texts, Splits(), [0, 1, 2, 3]) == [1, 2]
    assert without_tokens(texts, None, range(5)) == [1, 2]


@pytest.mark.parametrize(
    ("split", "columns", "empty", "said"),
    [
        ("train", {"id": ["a.csv:10", "a.csv:9", "a.csv:2"]}, [0, 1], "2 of 3 examples of the training split have"),
        ("train", {"id": ["a.csv:10", "a.csv:9", "a.csv:2"]}, [0, 1], "(first: a.csv:9): they are learned all the"),
        ("test", {"text": ["a", ""]}, [1], "1 of 2 examples of the test split has a text with nothing to read"),
        ("test", {"text": ["a", ""]}, [1], "(first: row 2): it is scored all the same"),
    ],
)
def test_the_first_row_of_the_file_is_named(split, columns, empty, said):
    assert said in note_on_empty(split, Records(columns), empty)

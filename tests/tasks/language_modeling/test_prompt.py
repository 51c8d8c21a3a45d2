"""What is read of a prompt, what is said of it, and where a text without one begins."""

import pytest

from seqlab.errors import RequestError
from seqlab.tasks.language_modeling.generate import without_first_space
from seqlab.tasks.language_modeling.prompt import hidden_prompt, notes_on, read_prompt
from seqlab.text import Characters, Subwords, Words

TEXT = "the cat sees the dog\nthe dog sees a cat\n"


def fitted(options, text=TEXT):
    return options.unpadded(options.learn([text]).vocabulary)


@pytest.mark.parametrize("options", [Characters(), Words(), Subwords(size=260)])
@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_are_those_of_a_training_text(options, line_end):
    vectorizer = fitted(options)
    read = read_prompt(f"the cat{line_end}a dog", vectorizer)
    assert read.text == "the cat\na dog"
    assert read.ids.tolist() == read_prompt("the cat\na dog", vectorizer).ids.tolist()


@pytest.mark.parametrize(
    ("options", "prompt", "read", "ends_with_space"),
    [
        (Words(), "the cat ", "the cat ", True),
        (Words(), "the cat\t", "the cat\t", True),
        (Words(), "the cat", "the cat", False),
        (Characters(), "the cat ", "the cat ", False),
        (Subwords(size=300), "the cat ", "the cat", True),  # the space belongs to the next token
        (Subwords(size=300), "the cat\n", "the cat\n", False),
        (Subwords(size=256), "the cat ", "the cat ", False),  # of single bytes, it is a token that was trained
    ],
)
def test_a_space_at_the_end(options, prompt, read, ends_with_space):
    found = read_prompt(prompt, fitted(options, TEXT * 9))
    assert (found.text, found.ends_with_space) == (read, ends_with_space)


@pytest.mark.parametrize(
    ("options", "text", "prompt", "ends_with_space"),
    [
        (Characters(), TEXT, "\n", False),
        (Characters(), "aab" * 3, "a", True),
        (Characters(), "a b c d", " ", False),
        (Words(), TEXT, "the", True),
        (Subwords(size=256), TEXT, "\n", False),
        (Subwords(size=256), "aab" * 3, "a", True),  # the byte of a line's end is a token, but was never trained
    ],
)
def test_without_a_prompt_the_text_follows_a_line_or_the_most_frequent_token(options, text, prompt, ends_with_space):
    hidden = hidden_prompt(fitted(options, text))
    assert (hidden.text, hidden.ends_with_space) == (prompt, ends_with_space)


@pytest.mark.parametrize(
    ("options", "prompt", "context", "said"),
    [
        (Subwords(size=256), "zebra", None, ["about the tokens 'z', 'b', 'r': what follows is a guess"]),
        (Subwords(size=256), "caf\u00e9", None, ["about the tokens 'f', 'é'"]),
        (Words(), "the zebra", None, ["not in the training text, and read as unknown: 'zebra'"]),
        (Words(), "...", None, ["the prompt has no words"]),
        (Characters(unknown=True), "abcdefghijklmn\u00e9", None, ["'b', 'f', 'i', 'j', 'k' and 4 more"]),
        (Characters(), "the cat", 4, ["has 7 tokens, and the model reads at most the last 4 (model.context)"]),
        (Characters(), "the cat", 7, []),
        (Words(), "the dog sees", None, []),
    ],
)
def test_notes(options, prompt, context, said):
    vectorizer = fitted(options)
    notes = list(notes_on(read_prompt(prompt, vectorizer), vectorizer, context))
    assert len(notes) == len(said)
    for note, text in zip(notes, said, strict=True):
        assert text in note


@pytest.mark.parametrize("prompt", ["", "\u00e9"])
def test_what_cannot_be_read(prompt):
    with pytest.raises(RequestError, match=r"is empty|'é' is not among the 11 of the training text.*unknown: true"):
        read_prompt(prompt, fitted(Characters()))


def test_the_first_space_of_each_text_is_dropped_once():
    pieces = [["", " a"], [" b", " c"], [" d", "e"]]
    assert list(without_first_space(iter(pieces), 2)) == [["", "a"], ["b", " c"], [" d", "e"]]

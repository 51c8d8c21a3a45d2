"""What is said of an explanation."""

import pytest
from explained import attribution, empty, surprise, translation

from seqlab.explanations.results import TokenContribution
from seqlab.explanations.wording import (
    answer_of,
    faithfulness_in_words,
    named_tokens,
    notes_of,
    signed,
    summary_of,
    unknown_in_words,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "+0.000"),
        (1.2345, "+1.234"),
        (-0.25, "-0.250"),
        (2e-5, "+2e-05"),
        (-12345.6, "-12,346"),
        (3e9, "+3e+09"),
    ],
)
def test_a_number_has_its_sign(value, text):
    assert signed(value) == text


def test_sums_are_shown_where_contributions_add_up():
    assert summary_of(attribution()) == (
        "logit of positive +1.000 = +0.250 without tokens + 0.750 by tokens; exact contributions"
    )
    less = attribution(base=2.0, method="integrated_gradients", steps=64, gap=0.005)
    assert summary_of(less) == (
        "logit of positive +1.000 = +2.000 without tokens - 1.000 by tokens; integrated gradients of 64 steps, which "
        "miss the sum by 0.50 %"
    )
    assert summary_of(attribution(base=None, method="occlusion")).endswith(
        "+1.000; by occlusion (the tokens need not add up to it)"
    )
    assert summary_of(attribution(tokens=(), base=None, method="occlusion")) == "logit of positive +1.000"
    number = attribution(label=None, probability=None, prediction=12.5, explained=None)
    assert answer_of(number) == ("12.5",)
    assert summary_of(number).startswith("the number +1.000")


def test_of_texts_and_translations():
    assert summary_of(surprise()) == "13.00 bits, 6.500 bits per character; the first token has no context"
    assert "6.500 bits per token, 2 tokens" in summary_of(surprise(characters=None))
    assert summary_of(surprise(tokens=surprise().tokens[:1])).startswith("nothing is predicted")
    assert summary_of(translation()) == "log probability of the translation -2.079, probability 0.125"
    assert summary_of(translation(unknown_penalty=6.0)).endswith(
        "0.125, without the penalty of 6 for [UNK] that the search had"
    )
    assert "of the given translation" in summary_of(translation(given=True))
    assert (answer_of(attribution()), answer_of(empty()), answer_of(surprise())) == (("positive", "0.8750"), (), ())


def test_tokens_are_told_apart_by_their_places():
    assert named_tokens(attribution().tokens) == [
        "good #1", "<script>alert(1)</script> (unknown)", "\\x1b[31mred", "good #4",
    ]  # fmt: skip


def test_what_was_not_read_is_noted():
    assert notes_of(attribution()) == ["3 tokens at the end of the text were not read"]
    assert notes_of(attribution(cut_off=1, unreadable=True)) == [
        "1 token at the end of the text was not read", "hardly any token is known: the answer is a guess",
    ]  # fmt: skip
    assert notes_of(attribution(cut_off=0, steps=256, gap=0.25)) == [
        "the contributions miss their sum by 25 %: compare them with --method occlusion"
    ]
    assert "the end of the translation (2 tokens) was not read" in notes_of(translation(translation_cut_off=2))
    assert notes_of(surprise()) == []


def test_faithfulness_is_said_with_its_shares():
    said = faithfulness_in_words(attribution().faithfulness)
    assert "comprehensiveness 0.5000, sufficiency 0.1250 (means over 1, 5, 10, 20, 50 % of the tokens)" in said
    assert said.endswith("0.750")


def test_unknown_tokens_are_named_once_and_counted():
    assert unknown_in_words(attribution()) == "tokens that training never had: <script>alert(1)</script>"
    assert unknown_in_words(attribution(tokens=attribution().tokens[:1])) == ""
    many = tuple(TokenContribution(f"x{place % 12}", 0.0, unknown=True) for place in range(24))
    assert unknown_in_words(attribution(tokens=many)).endswith("x8, x9 and 2 more")

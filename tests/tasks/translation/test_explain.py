"""Translations token by token, of the translator that was trained for the tests."""

import math

import pytest

from seqlab.errors import RequestError

SENTENCE, TRANSLATION = "The queen buys the green table.", "La reina compra la mesa verde."


def test_it_explains_what_translate_finds(loaded):
    found = loaded.explain(SENTENCE)
    (answer,) = loaded.stream_translations([SENTENCE])
    best = answer.hypotheses[0]
    assert found.translation == best.text == TRANSLATION
    assert found.log_probability == pytest.approx(best.log_probability, abs=1e-4)
    assert [each.token for each in found.tokens] == [*best.tokens, "[END]"]
    assert found.source_tokens == answer.source_tokens
    for weights, expected in zip(found.attention, best.attention, strict=True):
        assert weights == pytest.approx(expected, abs=2e-4)
    assert not found.given
    assert all(each.probability > dict(each.alternatives).popitem()[1] for each in found.tokens)


def test_a_given_translation_is_scored_as_the_same_pair_is(loaded):
    given, found = loaded.explain(SENTENCE, target=TRANSLATION), loaded.explain(SENTENCE)
    assert given.log_probability == pytest.approx(found.log_probability, abs=1e-5)
    assert given.given
    worse = loaded.explain(SENTENCE, target="La reina compra la mesa rojo.")
    assert worse.log_probability < given.log_probability - 1
    place = next(p for p, (a, b) in enumerate(zip(given.tokens, worse.tokens, strict=True)) if a.token != b.token)
    assert worse.tokens[place].alternatives[0][0] == "verde"
    assert [each.probability for each in worse.tokens[:place]] == pytest.approx(
        [each.probability for each in given.tokens[:place]], abs=1e-5
    )


def test_unknown_words_and_empty_sentences(loaded):
    found = loaded.explain("zzz queen", target="zzz reina")
    assert (found.unknown, found.tokens[0].token, found.tokens[0].unknown) == ((True, False), "[UNK]", True)
    with pytest.raises(RequestError, match="the translation '' has no token"):
        loaded.explain(SENTENCE, target="")
    assert loaded.explain("  ").empty
    assert math.isfinite(loaded.explain("!!!").log_probability)


@pytest.mark.parametrize("options", [{"method": "occlusion"}, {"label": "x"}, {"faithfulness": True}])
def test_what_means_nothing_here_is_refused(loaded, options):
    with pytest.raises(RequestError, match="has no effect: a translator explains what it writes"):
        loaded.explain(SENTENCE, **options)

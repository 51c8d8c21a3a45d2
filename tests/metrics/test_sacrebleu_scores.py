"""Which tokenizer of sacreBLEU scores a text. Scores themselves: test_translation.py."""

import importlib.util

import pytest

from seqlab.metrics import sacrebleu_scores
from seqlab.metrics.sacrebleu_scores import bleu_of, tokenizer_for
from seqlab.metrics.translation import TRANSLATION_METRICS

HAS_MECAB = all(importlib.util.find_spec(package) for package in sacrebleu_scores.MECAB_PACKAGES)


def test_japanese_needs_an_extra(monkeypatch):
    monkeypatch.setattr(sacrebleu_scores, "_has_mecab", lambda: True)
    assert tokenizer_for("japanese") == ("ja-mecab", "")
    assert TRANSLATION_METRICS.read({"name": "bleu", "tokenize": "ja-mecab"}).tokenize == "ja-mecab"
    monkeypatch.setattr(sacrebleu_scores, "_has_mecab", lambda: False)
    assert tokenizer_for("japanese")[0] == "char"
    with pytest.raises(ValueError, match=r"needs MeCab, which is not installed: pip install 'seqlab\[japanese\]'"):
        TRANSLATION_METRICS.read({"name": "bleu", "tokenize": "ja-mecab"})


@pytest.mark.skipif(not HAS_MECAB, reason="the extra `japanese` is not installed")
def test_japanese_by_mecab():
    text = "猫が魚を食べました。"
    score = bleu_of([text], [[text]], tokenize="ja-mecab")
    assert score.score == pytest.approx(100)
    assert "tok:ja-mecab" in score.signature


def test_longer_translations_are_scored_as_ever():
    """With a single 4-gram the effective order changes nothing."""
    score = bleu_of(["a b c d", "e"], [["a b c d"], ["f"]], tokenize="13a")
    assert "eff:no" in score.signature
    assert score.note == ""

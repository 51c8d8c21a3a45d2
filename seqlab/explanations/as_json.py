"""An explanation as plain values, whose names do not change."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from seqlab.explanations.results import Attribution, Explanation, ScoredToken, Surprise


def plain(explanation: Explanation) -> dict[str, Any]:
    """Names to texts, numbers, lists and mappings; what is not a number stays so."""
    if isinstance(explanation, Attribution):
        fields = asdict(explanation)
        fields.pop("separator")
        return {"kind": explanation.kind, **fields}
    if isinstance(explanation, Surprise):
        return {
            "kind": explanation.kind,
            "text": explanation.text,
            "bits": explanation.bits,
            "bits_per_character": explanation.bits_per_character,
            "bits_per_token": explanation.bits_per_token,
            "tokens": [_token(each) for each in explanation.tokens],
        }
    source = zip(explanation.source_tokens, explanation.unknown, strict=True)
    return {
        "kind": explanation.kind,
        "text": explanation.text,
        "translation": explanation.translation,
        "given": explanation.given,
        "log_probability": None if explanation.empty else explanation.log_probability,
        "source_tokens": [{"token": token, "unknown": unknown} for token, unknown in source],
        "tokens": [_token(each) for each in explanation.tokens],
        "attention": explanation.attention or None,
        "cut_off": explanation.cut_off,
        "translation_cut_off": explanation.translation_cut_off,
    }


def _token(token: ScoredToken) -> dict[str, Any]:
    return {
        "token": token.token,
        "log_probability": token.log_probability,
        "bits": token.bits,
        "probability": token.probability,
        "entropy": token.entropy,
        "unknown": token.unknown,
        "alternatives": [{"token": each, "probability": probability} for each, probability in token.alternatives],
    }

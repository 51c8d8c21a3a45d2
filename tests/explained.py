"""Explanations as they may come, for what draws them: hostile tokens, all fields, all kinds."""

import math

from seqlab.explanations.results import (
    Attribution,
    Faithfulness,
    FeatureContribution,
    NgramContribution,
    ScoredToken,
    ScoredTranslation,
    Surprise,
    TokenContribution,
)

MARKUP, ESCAPE = "<script>alert(1)</script>", "\x1b[31mred"
TOKENS = (
    TokenContribution("good", 1.0),
    TokenContribution(MARKUP, -0.5, unknown=True),
    TokenContribution(ESCAPE, 0.0),
    TokenContribution("good", 0.25),
)


def attribution(**changes):
    given = {
        "text": f"good {MARKUP} {ESCAPE} good [b]",
        "label": "positive",
        "probability": 0.875,
        "prediction": None,
        "explained": "positive",
        "score": 1.0,
        "base": 0.25,
        "method": "contributions",
        "tokens": TOKENS,
        "ngrams": (NgramContribution("good", 1.25, 2), NgramContribution(MARKUP, -0.5, 1, unknown=True)),
        "features": (FeatureContribution("ci<ty", "", -2.0),),
        "gap": 0.0,
        "cut_off": 3,
        "faithfulness": Faithfulness(0.5, 0.125, 0.75, (0.5,) * 5, (0.125,) * 5),
    }
    return Attribution(**given | changes)


def empty():
    nothing = {"text": "", "label": None, "probability": None, "prediction": None, "ngrams": (), "features": ()}
    return attribution(**nothing, score=math.nan, base=None, method=None, tokens=(), faithfulness=None, cut_off=0)


def surprise(**changes):
    tokens = (
        ScoredToken("a", None, None),
        ScoredToken("\n", math.log(0.5), 1.0, (("b", 0.25), (" ", 0.125))),
        ScoredToken("<", math.log(2**-12), 1.5, ((ESCAPE, 0.5),), unknown=True),
    )
    return Surprise(**{"text": "a\n<", "tokens": tokens, "characters": 2, "separator": ""} | changes)


def translation(**changes):
    tokens = (
        ScoredToken("la", math.log(0.5), 1.0, (("el", 0.25),)),
        ScoredToken(MARKUP, math.log(0.25), 2.0, (("[UNK]", 0.125),), unknown=True),
        ScoredToken("[END]", math.log(1.0), 0.0),
    )
    given = {
        "text": "the <i>",
        "translation": f"la {MARKUP}",
        "source_tokens": ("the", "<i>"),
        "tokens": tokens,
        "attention": ((0.75, 0.25, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        "given": False,
        "unknown": (False, True),
    }
    return ScoredTranslation(**given | changes)

"""How surprising each token of a text is to a language model, given those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seqlab.explanations.results import ScoredToken, Surprise
from seqlab.models.score_text import Scorer, score_text
from seqlab.progress import Progress
from seqlab.tasks.language_modeling.evaluate import spelled, with_unseen
from seqlab.tasks.ranked_tokens import other_tokens
from seqlab.text.untrained import is_untrained
from seqlab.text.vectorizer import FittedVectorizer, separator_of
from seqlab.text.vocabulary import NO_ID
from seqlab.text_format import unix_newlines

if TYPE_CHECKING:
    import keras


def surprise_of(
    text: str,
    model: keras.Model,
    vectorizer: FittedVectorizer,
    scorer: Scorer,
    max_context: int | None,
    progress: Progress,
) -> Surprise:
    """Every token but the first, scored as an evaluation scores a split. `scorer`: of `compile_ranking_scorer`."""
    text = unix_newlines(text)
    tokens = vectorizer.tokens(text)
    separator = separator_of(vectorizer)
    if not tokens:
        return Surprise(text, (), None, separator)
    ids = np.asarray(vectorizer.encode([text]).ids[0])
    unknown = is_untrained(ids, vectorizer.vocabulary)
    known = np.flatnonzero(ids != NO_ID)
    logs, ranked = np.empty(0), {}
    if len(known) > 1:
        logs, *others = score_text(model, scorer, ids[known].astype(np.int32), max_context, progress)
        ranked = dict(zip(known[1:].tolist(), zip(*others, strict=True), strict=True))
    training_tokens = int(vectorizer.vocabulary.counts.sum())
    scored, logs, _ = with_unseen(ids, logs, np.zeros(len(logs), bool), training_tokens)
    characters = None
    if vectorizer.character_counts is not None:
        characters = int(np.where(ids == NO_ID, 1, vectorizer.character_counts[ids])[scored].sum())
        logs = spelled(logs, ids[scored], vectorizer.vocabulary)
    by_position = dict(zip(scored.tolist(), logs.tolist(), strict=True))
    found = []
    for position, (token, index) in enumerate(zip(tokens, ids.tolist(), strict=True)):
        entropy: float | None = None
        alternatives: tuple[tuple[str, float], ...] = ()
        if position in ranked:
            bits, best, values = ranked[position]
            entropy = float(bits)
            alternatives = other_tokens(vectorizer.vocabulary, index, best, values)
        found.append(ScoredToken(token, by_position.get(position), entropy, alternatives, bool(unknown[position])))
    return Surprise(text, tuple(found), characters, separator)

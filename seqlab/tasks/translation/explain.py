"""Explaining translations: each target token's probability, its rivals, and what the model attended to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqlab.errors import OptionError
from seqlab.explanations.results import ScoredToken, ScoredTranslation
from seqlab.progress import SILENT
from seqlab.tasks.ranked_tokens import other_tokens
from seqlab.tasks.translation.forced import Forced, forced_decoding
from seqlab.tasks.translation.translate import translate
from seqlab.text.sentences import END_ID, UNKNOWN_ID
from seqlab.text.vocabulary import UNKNOWN
from seqlab.text_format import quoted

if TYPE_CHECKING:
    from seqlab.tasks.translation.predictor import TranslationPredictor


@dataclass(frozen=True)
class TranslationExplainer:
    """Explains what a predictor translates. `forced`: of `compile_forced`."""

    predictor: TranslationPredictor
    forced: Forced

    def explain(self, text: str, given: str | None) -> ScoredTranslation:
        """The best translation, found as `translate` does by default, or the `given` one."""
        of = self.predictor
        if not text.strip():
            return ScoredTranslation(text, "", (), (), (), given is not None)
        encoded = of.source.encode([text], start=False, longest=of.max_ids)
        source = encoded.ids[0].tolist()
        cut_off, target_cut_off = 0 if encoded.cut_off is None else int(encoded.cut_off[0]), 0
        if given is None:
            found = translate(of.compiled, encoded.ids, of.beam, SILENT, limits=of.limits(encoded.ids))[0]
            target = [*found.ids[0], *([] if 0 in found.cut else [END_ID])]
        else:
            if not of.target.vectorizer.tokens(given):
                message = f"the translation {quoted(given)} has no token: give one of some words"
                raise OptionError(message, "target", given)
            of_target = of.target.encode([given], start=False, longest=of.max_ids)
            target = of_target.ids[0].tolist()
            target_cut_off = 0 if of_target.cut_off is None else int(of_target.cut_off[0])
        read = self._tokens(source, target)
        tokens = tuple(of.source.vectorizer.tokens(text)[: len(source) - 1]) or (UNKNOWN,)
        unknown = tuple(index == UNKNOWN_ID for index in source[: len(tokens)])
        return ScoredTranslation(
            text,
            of.target.text(target),
            tokens,
            *read,
            given is not None,
            cut_off,
            target_cut_off,
            unknown,
            unknown_penalty=of.unknown_penalty if given is None else 0.0,
        )

    def _tokens(
        self, source: list[int], target: list[int]
    ) -> tuple[tuple[ScoredToken, ...], tuple[tuple[float, ...], ...]]:
        """The scored tokens of a target, its end included, and their attention."""
        found, vectorizer = forced_decoding(self.forced, source, target), self.predictor.target.vectorizer
        tokens = tuple(
            ScoredToken(
                vectorizer.vocabulary.token(index),
                float(found.log_probabilities[place]),
                float(found.entropies[place]),
                other_tokens(vectorizer.vocabulary, index, found.best_ids[place], found.best[place]),
                index == UNKNOWN_ID,
            )
            for place, index in enumerate(target)
        )
        if not self.predictor.attends:
            return tokens, ()
        return tokens, tuple(map(tuple, found.attention.astype(float).round(4).tolist()))

"""What is done to a text before it is split into words, as patterns: for other programs than this one.

`tokenize.standardizer` does the same, faster. Patterns are ranges of code points, written in the syntax of Python's
`re` or of RE2: the meaning of neither depends on a version of Unicode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqlab.text import emoji
from seqlab.text.character_classes import WHITESPACE, CharacterClass, punctuation
from seqlab.text.emoji import Syntax
from seqlab.text.invisible import removals
from seqlab.text.tokenize import HTML, STRIPPING
from seqlab.text.vocabulary import NOTHING_INVISIBLE, WHOLE_EMOJI

if TYPE_CHECKING:
    from seqlab.text.words import Words

Replacement = tuple[str, str]
"""A pattern, and what replaces each of its matches."""


@dataclass(frozen=True)
class Substitutions:
    """The steps from a text in normal form C to words separated by ASCII white space, without the functions of
    plug-ins: all of `before`, then lowercase if `lower`, then all of `after`, each in order."""

    before: tuple[Replacement, ...]
    lower: bool
    after: tuple[Replacement, ...]


def substitutions(options: Words, rules: int, syntax: Syntax) -> Substitutions:
    """Those of a vectorizer with a vocabulary of these `rules`."""

    def written(characters: CharacterClass) -> str:
        return characters.re if syntax == "re" else characters.re2

    kept = options.kept_characters
    whole = rules >= WHOLE_EMOJI
    lower = options.standardize != "none"
    after = list(removals(syntax)) if lower and not kept and rules >= NOTHING_INVISIBLE else []
    if kept:
        after.append((f"[^{written(kept)[1:]}", ""))
    elif options.standardize in STRIPPING:
        after += [(emoji.removed(syntax), "")] if whole else []
        after.append((written(punctuation()), ""))
    if options.split == "punctuation":
        match = r"\g<0>" if syntax == "re" else r"\0"
        after.append((emoji.units(syntax) if whole else written(punctuation()), f" {match} "))
    if options.split != "none":
        after.append((written(WHITESPACE), " "))
    return Substitutions(HTML if options.standardize == "html" else (), lower, tuple(after))

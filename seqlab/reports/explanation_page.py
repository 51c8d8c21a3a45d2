"""Explanations as HTML: a fragment for each, and the page of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seqlab.explanations.faithfulness import mean_faithfulness
from seqlab.explanations.results import (
    Attribution,
    Explanation,
    Faithfulness,
    ScoredToken,
    ScoredTranslation,
    Surprise,
    TokenContribution,
)
from seqlab.explanations.wording import (
    OF_FEATURES,
    answer_of,
    faithfulness_in_words,
    largest,
    most_surprising,
    named_token,
    notes_of,
    notes_on_features,
    others_in_words,
    ranked_features,
    ranked_parts,
    signed,
    summary_of,
    tokens_in_order,
    unknown_in_words,
)
from seqlab.reports.html_page import check_page, escaped, page, paragraph, table, write_html
from seqlab.text_format import counted, visible_token

__all__ = ["STYLE", "check_page", "fragment", "write_page"]

MOST_ON_PAGE = 200
STRENGTHS = 5
"""Steps in which tokens are underlined and tinted."""
MOST_BITS = 10.0
"""Of a token that is underlined most."""
TINT = 0.05
"""Of a color, at each of these steps: on the strongest one, text can still be read."""
HALF_BAR = 100
"""Units of the picture of a bar, on each side."""

STYLE = """\
article { border-top: 1px solid var(--line); padding: 1rem 0 } article p { margin: .5rem 0 }
.given { white-space: pre-wrap; color: var(--faint); border-left: 4px solid var(--line); padding-left: .75rem }
.tokens { line-height: 2.4; white-space: pre-wrap } .tokens sup { font-size: .7em; line-height: 0; font-weight: 700 }
.t { padding: .1em .1em; border-radius: 2px } .unknown { font-style: italic }
.plus { text-decoration: underline solid var(--plus); text-underline-offset: .25em }
.minus { text-decoration: underline dashed var(--minus); text-underline-offset: .25em }
.plus sup { color: var(--plus) } .minus sup { color: var(--minus) }
.bar { width: 12rem; max-width: 28vw; height: .8rem } .bar line { stroke: var(--faint) }
.bar .p { fill: var(--plus) } .bar .m { fill: none; stroke: var(--minus); stroke-width: 2 }
.attention td { padding: .15rem .4rem; border: 1px solid var(--line) }
""" + "".join(
    f".s{step} {{ text-decoration-thickness: {step}px }} "
    f".plus.s{step}, .a{step} {{ background: rgba(var(--plus-tint), {TINT * step:.2f}) }} "
    f".minus.s{step} {{ background: rgba(var(--minus-tint), {TINT * step:.2f}) }}\n"
    for step in range(1, STRENGTHS + 1)
)
"""What fragments need besides the style of every page."""


def write_page(
    found: Iterable[Explanation], path: Path, *, run: str, top: int, judged: Sequence[Faithfulness]
) -> list[str]:
    """Write a page of the first explanations; returns notes for the user. `judged`: filled while they are made."""
    fragments: list[str] = []
    notes: list[str] = []
    for explanation in found:
        if len(fragments) == MOST_ON_PAGE:
            notes.append(f"the page has the first {MOST_ON_PAGE} texts: explain the others in files of their own")
            break
        fragments.append(fragment(explanation, top))
    if len(judged) > 1:
        mean = faithfulness_in_words(mean_faithfulness(judged[:MOST_ON_PAGE]))
        fragments.insert(0, f"<p>Mean of {counted(min(len(judged), MOST_ON_PAGE), 'text')}: {escaped(mean)}</p>\n")
    write_html(path, page(f"Explanations by run {run}", "".join(fragments), STYLE))
    return notes


def fragment(explanation: Explanation, top: int) -> str:
    """One explanation; its style is `STYLE`. `top`: the parts that are listed."""
    title = " ".join(answer_of(explanation)) or ("No answer" if explanation.empty else "Surprise of a text")
    lines = [f"<article>\n<h2>{escaped(title)}</h2>\n"]
    if not (isinstance(explanation, Attribution) and _has_places(explanation)):
        lines.append(f'<p class="given">{paragraph(explanation.text)}</p>\n')
    if explanation.empty:
        lines.append("<p>Nothing is left of the text for the model to read.</p>\n")
    else:
        lines.append(f"<p>{escaped(summary_of(explanation))}</p>\n")
        if isinstance(explanation, Attribution):
            lines += _attribution(explanation, top)
        elif isinstance(explanation, Surprise):
            lines += _surprise(explanation, top)
        else:
            lines += _translation(explanation)
    lines += [f"<p>Note: {escaped(note)}.</p>\n" for note in (*notes_of(explanation), *notes_on_features(explanation))]
    return "".join([*lines, "</article>\n"])


def _attribution(explanation: Attribution, top: int) -> list[str]:
    lines = [_marked_text(explanation)] if explanation.tokens else []
    if unknown := unknown_in_words(explanation):
        lines.append(f"<p>{escaped(unknown[0].upper() + unknown[1:])}</p>\n")
    noun, parts = ranked_parts(explanation)
    if parts:
        lines.append(_bars(noun, parts[:top]))
    if explanation.features:
        lines += [f"<p>Of {escaped(OF_FEATURES)}.</p>\n", _bars("column", ranked_features(explanation))]
    if len(explanation.tokens) > top or explanation.ngrams:
        tokens = _bars("token", tokens_in_order(explanation))
        lines.append(_details(f"All {counted(len(explanation.tokens), 'token')} in reading order", tokens))
    if explanation.faithfulness is not None:
        lines.append(f"<p>Faithfulness: {escaped(faithfulness_in_words(explanation.faithfulness))}.</p>\n")
    return lines


def _surprise(explanation: Surprise, top: int) -> list[str]:
    marked = [
        _token(each.token, (each.bits or 0.0) / MOST_BITS, _bits(each), each.unknown, sign=False)
        for each in explanation.tokens
    ]
    ranked = most_surprising(explanation)
    lines = [_text(marked, explanation.separator), _scored(ranked[:top])]
    if len(ranked) > top:
        content = _scored(sorted(ranked, key=lambda pair: pair[0]))
        lines.append(_details(f"All {counted(len(ranked), 'token')} in reading order", content))
    return lines


def _scored(tokens: list[tuple[int, ScoredToken]]) -> str:
    rows = [
        [f"{each.bits:.2f}", str(place), escaped(named_token(each)), escaped(others_in_words(each))]
        for place, each in tokens
    ]
    return table(["bits", "place", "token", "most probable others"], rows, numbers=2)


def _translation(explanation: ScoredTranslation) -> list[str]:
    rows = [
        [
            f"{each.probability or 0.0:.3f}",
            f"{each.entropy or 0.0:.2f}",
            escaped(named_token(each)),
            escaped(others_in_words(each)),
        ]
        for each in explanation.tokens
    ]
    lines = [table(["probability", "entropy (bits)", "token", "most probable others"], rows, numbers=2)]
    if explanation.attention:
        lines.append(_attention(explanation))
    return lines


def _attention(explanation: ScoredTranslation) -> str:
    columns = [*explanation.source_tokens, "[END]"]
    head = "".join(f'<th scope="col">{escaped(visible_token(each))}</th>' for each in columns)
    body = []
    for token, weights in zip(explanation.tokens, explanation.attention, strict=True):
        cells = "".join(f'<td class="number a{_strength(weight)}">{100 * weight:.0f}</td>' for weight in weights)
        body.append(f'<tr><th scope="row">{escaped(visible_token(token.token))}</th>{cells}</tr>\n')
    return (
        "<h3>Attention to the source, in percent</h3>\n"
        '<div class="scroll" tabindex="0" role="region" aria-label="Attention to the source">\n'
        f'<table class="attention"><thead><tr><td></td>{head}</tr></thead>\n<tbody>\n{"".join(body)}</tbody></table>\n'
        "</div>\n"
    )


def _has_places(explanation: Attribution) -> bool:
    """Whether it is known where every token is in the raw text."""
    return bool(explanation.tokens) and all(each.start is not None for each in explanation.tokens)


def _marked_text(explanation: Attribution) -> str:
    """The raw text with its tokens marked where they are, or the tokens alone."""
    most = largest(explanation)

    def mark(each: TokenContribution, shown: str) -> str:
        return _token(shown, each.contribution / most, signed(each.contribution), each.unknown)

    if not _has_places(explanation):
        return _text([mark(each, each.token) for each in explanation.tokens], explanation.separator)
    pieces, place = [], 0
    for each in explanation.tokens:
        start, end = each.start or 0, each.end or 0
        pieces += [paragraph(explanation.text[place:start]), mark(each, explanation.text[start:end])]
        place = end
    return _text([*pieces, paragraph(explanation.text[place:])], "")


def _text(marked: list[str], separator: str) -> str:
    return f'<p class="tokens" dir="auto">{separator.join(marked)}</p>\n'


def _token(token: str, share: float, title: str, unknown: bool, *, sign: bool = True) -> str:
    """A token, underlined by the share of the largest contribution, with its sign: readable without colors."""
    strength = _strength(share)
    kinds = ["t", *(["unknown"] if unknown else [])]
    mark = ""
    if strength:
        kinds += ["plus" if share > 0 else "minus", f"s{strength}"]
        mark = f"<sup>{'+' if share > 0 else '−'}</sup>" if sign else ""
    about = f"{title}{', unknown' if unknown else ''}"
    end = "<br>" if token == "\n" else ""
    return f'<span class="{" ".join(kinds)}" title="{escaped(about)}">{escaped(token)}{mark}</span>{end}'


def _strength(share: float) -> int:
    return min(round(STRENGTHS * abs(share)), STRENGTHS)


def _bars(noun: str, rows: Sequence[tuple[str, float]]) -> str:
    most = max((abs(value) for _, value in rows), default=0.0) or 1.0
    cells = [[signed(value), _bar(value / most), escaped(name)] for name, value in rows]
    return table(["contribution", "", noun], cells, numbers=1)


def _bar(share: float) -> str:
    """To the right for what adds, filled; to the left, an outline, for what takes away."""
    length = round(HALF_BAR * abs(share), 1)
    begin = HALF_BAR if share > 0 else HALF_BAR - length
    kind = "p" if share > 0 else "m"
    return (
        f'<svg class="bar" viewBox="0 0 {2 * HALF_BAR} 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<line x1="{HALF_BAR}" x2="{HALF_BAR}" y1="0" y2="10"/>'
        f'<rect class="{kind}" x="{begin}" y="1" width="{length}" height="8"/></svg>'
    )


def _bits(token: ScoredToken) -> str:
    return "no context" if token.bits is None else f"{token.bits:.2f} bits"


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{escaped(summary)}</summary>\n{content}</details>\n"

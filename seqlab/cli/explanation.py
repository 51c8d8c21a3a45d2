"""An explanation in the terminal: figures, bars of signs, and the text with its signs below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from seqlab.cli.attention import print_attention
from seqlab.cli.console import WIDEST_TEXT, print_line, print_rows, print_sentence, print_text, result_console
from seqlab.explanations.results import Attribution, Explanation, ScoredTranslation, Surprise
from seqlab.explanations.wording import (
    OF_FEATURES,
    answer_of,
    faithfulness_in_words,
    largest,
    most_surprising,
    named_token,
    others_in_words,
    ranked_features,
    ranked_parts,
    signed,
    summary_of,
    unknown_in_words,
)
from seqlab.text_format import counted, visible_name

LONGEST_BAR = 20
LONGEST_SIGNS = 5
"""Signs below a word in the text."""
USUAL_WIDTH = 80
"""Columns of a text outside a terminal."""
MOST_BITS = 9
"""Above it, bits below a character are shown as this digit."""


def print_explanation(explanation: Explanation, top: int) -> None:
    """`top`: the parts that are listed."""
    print_line(*answer_of(explanation), explanation.text)
    if explanation.empty:
        return
    print_sentence(summary_of(explanation))
    if isinstance(explanation, Attribution):
        _print_attribution(explanation, top)
    elif isinstance(explanation, Surprise):
        _print_surprise(explanation, top)
    else:
        _print_translation(explanation)


def _print_attribution(explanation: Attribution, top: int) -> None:
    noun, parts = ranked_parts(explanation)
    if parts:
        print_line()
        print_text("\n".join(bars(parts[:top])))
    if len(parts) > top:
        print_sentence(f"and {counted(len(parts) - top, f'more {noun}')} (--top)")
    if explanation.features:
        print_line()
        print_sentence(OF_FEATURES)
        print_text("\n".join(bars([(visible_name(name), value) for name, value in ranked_features(explanation)])))
    if explanation.tokens:
        print_line()
        most = largest(explanation)
        marks = [sign_bar(each.contribution, most, LONGEST_SIGNS) for each in explanation.tokens]
        print_below([each.token for each in explanation.tokens], marks, explanation.separator)
    if unknown := unknown_in_words(explanation):
        print_sentence(unknown)
    if explanation.faithfulness is not None:
        print_line()
        print_sentence(faithfulness_in_words(explanation.faithfulness))


def _print_surprise(explanation: Surprise, top: int) -> None:
    if explanation.bits is None:
        return
    print_line()
    print_below(
        [each.token for each in explanation.tokens],
        [_bits_below(each.bits, explanation.separator) for each in explanation.tokens],
        explanation.separator,
    )
    print_line()
    rows = [
        (f"{each.bits:.2f}", str(place), named_token(each), others_in_words(each))
        for place, each in most_surprising(explanation)[:top]
    ]
    print_rows(("bits", "place", "token", "most probable others"), rows)


def _print_translation(explanation: ScoredTranslation) -> None:
    print_line()
    rows = []
    for each in explanation.tokens:
        figures = (f"{each.probability or 0.0:.3f}", f"{each.entropy or 0.0:.2f}")
        rows.append((*figures, named_token(each), others_in_words(each)))
    print_rows(("probability", "entropy (bits)", "token", "most probable others"), rows)
    if explanation.attention:
        columns = [*explanation.source_tokens, "[END]"]
        print_attention([each.token for each in explanation.tokens], columns, explanation.attention)


def bars(rows: Sequence[tuple[str, float]]) -> list[str]:
    """A line per name: its contribution, a bar of signs, the name. The longest bar is that of the largest one."""
    most = max(abs(value) for _, value in rows) or 1.0
    figures = [signed(value) for _, value in rows]
    width = max(map(len, figures))
    return [
        f"  {figure:>{width}}  {sign_bar(value, most, LONGEST_BAR):<{LONGEST_BAR}}  {name}"
        for figure, (name, value) in zip(figures, rows, strict=True)
    ]


def sign_bar(value: float, most: float, longest: int) -> str:
    """`+++` or `---`: as many signs as the value is of the largest one."""
    return ("+" if value > 0 else "-") * round(longest * abs(value) / most)


def print_below(tokens: Sequence[str], marks: Sequence[str], separator: str) -> None:
    """Print a text with a mark below each token."""
    width = min(result_console().width, WIDEST_TEXT)
    width = width if result_console().is_terminal else USUAL_WIDTH
    print_text("\n".join(lines_below(tokens, marks, separator, width)))


def lines_below(tokens: Sequence[str], marks: Sequence[str], separator: str, width: int) -> list[str]:
    """Pairs of lines of at most `width` cells, unless a token is longer. Tokens that are joined without a space have as
    many signs as they have cells, at most."""
    lines: list[str] = []
    for row in _rows(list(_cells(tokens, marks, separator)), len(separator), width):
        for text in (separator.join(each) for each in zip(*row, strict=True)):
            lines.append(text.rstrip())
    return lines


def _cells(tokens: Sequence[str], marks: Sequence[str], separator: str) -> Iterator[tuple[str, str]]:
    """Each token and what is below it, of the same size."""
    for token, mark in zip(tokens, marks, strict=True):
        shown = visible_name(token)
        below = mark if separator else mark[: cell_len(shown)]
        size = max(cell_len(shown), len(below))
        yield set_cell_size(shown, size), below.ljust(size)


def _rows(cells: list[tuple[str, str]], gap: int, width: int) -> Iterator[list[tuple[str, str]]]:
    row: list[tuple[str, str]] = []
    used = 0
    for cell in cells:
        size = cell_len(cell[0])
        if row and used + gap + size > width:
            yield row
            row, used = [], 0
        used += size + (gap if row else 0)
        row.append(cell)
    if row:
        yield row


def _bits_below(bits: float | None, separator: str) -> str:
    """A digit below a character, one more digit below a word."""
    if bits is None:
        return ""
    return f"{bits:.1f}" if separator else str(min(round(bits), MOST_BITS))

"""A map of words: a picture, or a page that shows words and their neighbors under the pointer."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab import files
from seqlab.errors import RequestError
from seqlab.reports.label_placement import place_labels
from seqlab.reports.output_file import refuse_unwritable
from seqlab.reports.plots import PIXELS_PER_INCH, new_figure, refuse_picture, refuse_unknown_format, save_figure
from seqlab.text_format import counted, verb, visible_name
from seqlab.vectors import WordVectors
from seqlab.vectors.projection import Method, check_method, project

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT, MARGIN = 1200, 900, 60
"""Pixels of the page's map."""
INCHES = (10.0, 7.5)
FONT = 7.0
"""Points of the labels."""
AS_PAGE = ".html"
PAGE_FONT, PAGE_LETTER, PAGE_GAP = 12.0, 6.8, 5.0
"""Pixels: the size of the page's labels, about the width of a letter, and the gap between a point and its label."""
NEIGHBORS = 5
"""How many the page shows of a word."""
MOST_LETTERS = 30
COLOR = "#1f6feb"


@dataclass(frozen=True)
class VectorMap:
    """Words, their points (words, 2), and the nearest of the drawn words to each."""

    words: Sequence[str]
    points: np.ndarray
    nearest: Sequence[Sequence[str]]
    title: str


def check_map(path: Path, method: Method) -> None:
    """Raises RequestError for a file to which no map can be drawn, or a method that is not installed."""
    refuse_unknown_format(path, also=(AS_PAGE,))
    if path.suffix.lower() == AS_PAGE:
        refuse_unwritable(path, makes_folder=True)
    else:
        refuse_picture(path)
    check_method(method)


def map_of(vectors: WordVectors, method: Method, *, words: Sequence[str] | None, top: int) -> VectorMap:
    """The first `top` words; or `words`, each with its `top` nearest ones. Raises RequestError for a word without a
    vector, and for fewer than two words."""
    if len(vectors) < 2:
        raise RequestError(f"a map needs two words or more, and there is only '{vectors.words[0]}'")
    if words is None:
        chosen = list(vectors.words[:top])
    else:
        for word in words:
            vectors.vector(word)  # what has none is the better message
        near = [neighbor.word for word in words for neighbor in (vectors.neighbors(word, top=top) if top else ())]
        chosen = list(dict.fromkeys([*words, *near]))
    if len(chosen) < 2:
        raise RequestError(f"a map needs two words or more, got {len(chosen)}: give more with --words A,B,C or --top N")
    drawn = WordVectors(chosen, np.stack([vectors.vector(word) for word in chosen]))
    nearest = [[each.word for each in drawn.neighbors(word, top=NEIGHBORS)] for word in chosen]
    name = {"pca": "principal components", "tsne": "t-SNE"}[method]
    return VectorMap(chosen, project(drawn.matrix, method), nearest, f"{counted(len(chosen), 'word')}, {name}")


def draw_map(drawn: VectorMap, path: Path) -> list[str]:
    """Write the map; returns notes for the user."""
    names = [_name(word) for word in drawn.words]
    if path.suffix.lower() == AS_PAGE:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(path, _page(drawn, names))
        return []
    figure, missing = _drawn(drawn, names)
    note = save_figure(figure, path)
    words = f"{counted(missing, 'word')} {verb(missing, 'has', 'have')}"
    crowded = f"{words} a point without a label, for lack of room: draw fewer, or an .html page"
    return [*([crowded] if missing else []), *([note] if note else [])]


def _drawn(drawn: VectorMap, names: Sequence[str]) -> tuple[Figure, int]:
    """The figure, and how many of its points have no label."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = new_figure(*INCHES)
    renderer = FigureCanvasAgg(figure).get_renderer()
    axes = figure.add_subplot()
    axes.scatter(drawn.points[:, 0], drawn.points[:, 1], s=10, color=COLOR)
    axes.set(title=drawn.title, xticks=[], yticks=[])
    axes.margins(0.06)
    figure.draw_without_rendering()  # fixes the layout, so that points have pixels
    style: dict[str, Any] = {
        "fontsize": FONT,
        "parse_math": False,
        "va": "bottom",
        "ha": "left",
        "textcoords": "offset points",
    }
    labels = [
        axes.annotate(name, point, (0, 0), in_layout=False, **style)
        for name, point in zip(names, drawn.points, strict=True)
    ]
    extents = [label.get_window_extent(renderer) for label in labels]
    sizes = np.array([(extent.width, extent.height) for extent in extents])
    frame = axes.get_window_extent()
    at = axes.transData.transform(drawn.points)
    offsets = place_labels(at, sizes, (frame.x0, frame.y0, frame.x1, frame.y1))
    for label, offset in zip(labels, offsets, strict=True):
        if offset is None:
            label.remove()
        else:
            label.set_position((offset[0] * 72 / PIXELS_PER_INCH, offset[1] * 72 / PIXELS_PER_INCH))
    return figure, sum(offset is None for offset in offsets)


def _name(word: str) -> str:
    name = visible_name(word) if word.strip() else repr(word)
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


def _page(drawn: VectorMap, names: Sequence[str]) -> str:
    low, high = drawn.points.min(axis=0), drawn.points.max(axis=0)
    span = np.where(high > low, high - low, 1)
    at = MARGIN + (drawn.points - low) / span * (np.array([WIDTH, HEIGHT]) - 2 * MARGIN)
    sizes = np.array([(PAGE_LETTER * len(name), PAGE_FONT) for name in names])
    offsets = place_labels(at, sizes, (0, 0, WIDTH, HEIGHT))
    words = [
        {
            "word": name,
            "x": round(float(x), 1),
            "y": round(float(HEIGHT - y), 1),
            "near": [_name(each) for each in near],
        }
        for name, (x, y), near in zip(names, at, drawn.nearest, strict=True)
    ]
    for word, (x, y), offset, (width, _) in zip(words, at, offsets, sizes, strict=True):
        if offset is not None:  # fixed at the end that is next to the point, because the width is an estimate
            middle = round(offset[0] + width / 2, 1)
            anchor, end = ("middle", 0) if middle == 0 else ("start", PAGE_GAP) if middle > 0 else ("end", -PAGE_GAP)
            word["label"] = [round(float(x + end), 1), round(float(HEIGHT - y - offset[1]), 1), anchor]
    data = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    values = {"TITLE": html.escape(drawn.title), "WIDTH": WIDTH, "HEIGHT": HEIGHT, "COLOR": COLOR, "DATA": data}
    page = PAGE
    for name, value in values.items():
        page = page.replace(f"@{name}@", str(value))
    return page


PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>@TITLE@</title>
<style>
  body { margin: 1rem; font: 14px sans-serif; color: #1b1f24; background: #fff }
  svg { width: 100%; max-height: 88vh; border: 1px solid #d0d7de }
  text { font-size: 12px; pointer-events: none }
  circle { fill: @COLOR@; fill-opacity: .7 }
  .near { fill: #d9480f; fill-opacity: 1 }
  #about { min-height: 1.4em }
</style>
<h1>@TITLE@</h1>
<p id="about" aria-live="polite">Point at a word to see its nearest words.</p>
<svg viewBox="0 0 @WIDTH@ @HEIGHT@" role="img" aria-label="@TITLE@"></svg>
<script>
const words = @DATA@;
const svg = document.querySelector("svg"), about = document.getElementById("about");
const add = (name, values, text) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in values) element.setAttribute(key, values[key]);
  element.textContent = text || "";
  return svg.appendChild(element);
};
for (const each of words) each.point = add("circle", {cx: each.x, cy: each.y, r: 3});
for (const each of words)
  if (each.label)
    add("text", {x: each.label[0], y: each.label[1], "text-anchor": each.label[2]}, each.word);
const hovered = add("text", {"font-weight": "bold", stroke: "#fff", "stroke-width": 4, "paint-order": "stroke"});
svg.addEventListener("pointermove", event => {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const distance = each => (each.x - at.x) ** 2 + (each.y - at.y) ** 2;
  const found = words.reduce((best, each) => distance(each) < distance(best) ? each : best);
  for (const each of words)
    each.point.setAttribute("class", each === found || found.near.includes(each.word) ? "near" : "");
  hovered.setAttribute("x", found.x + 7);
  hovered.setAttribute("y", found.y - 7);
  hovered.textContent = found.word;
  about.textContent = found.word + ": " + found.near.join(", ");
});
</script>
</html>
"""

// Words where their vectors are: points in a plane, those that are looked at with their names.

import {make, shown} from "./elements.js";

const LETTER = 7, LINE = 15; // pixels: about the width of a letter and the height of a line at the size of the labels
const MARGIN = 14, GAP = 6;
const NAMESPACE = "http://www.w3.org/2000/svg";

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Points with the pixels of a map of a width and a height. */
function placed(points, width, height) {
  const range = values => { const low = Math.min(...values); return [low, Math.max(...values) - low || 1]; };
  const [left, wide] = range(points.map(each => each.x)), [bottom, tall] = range(points.map(each => each.y));
  return points.map(each => ({
    ...each,
    x: MARGIN + (each.x - left) / wide * (width - 2 * MARGIN), y: height - MARGIN - (each.y - bottom) / tall * (height - 2 * MARGIN),
  }));
}

/** Where the label of a point does not cover another one: right, left, above or below of it; null: nowhere. */
function labelPlace(point, taken, width, height) {
  const wide = LETTER * [...point.name].length;
  const places = [
    [point.x + GAP, point.y - LINE / 2], [point.x - GAP - wide, point.y - LINE / 2],
    [point.x - wide / 2, point.y - LINE - GAP], [point.x - wide / 2, point.y + GAP],
  ];
  for (const [x, y] of places) {
    const box = [x, y, x + wide, y + LINE];
    const inside = x >= 0 && y >= 0 && box[2] <= width && box[3] <= height;
    if (inside && taken.every(other => box[2] < other[0] || other[2] < box[0] || box[3] < other[1] || other[3] < box[1])) {
      taken.push(box);
      return {x, y: y + LINE - 4};
    }
  }
  return null;
}

/**
 * A map in parts. `points`: {word, x, y}; `asked`: the words of the question, `found`: those of the answer;
 * `links`: pairs of words to join; `width`: pixels; `choose(word)`: what a click or Enter does.
 */
export function mapParts({points, asked, found, links, width, choose, name}) {
  const height = Math.round(Math.min(width * 0.75, 480));
  const words = placed(points, width, height).map(each => ({...each, name: shown(each.word)})); // a space needs quotes
  const byWord = new Map(words.map(each => [each.word, each]));
  const kind = word => (asked.includes(word) ? "asked" : found.includes(word) ? "found" : "other");
  const readout = make("p", {className: "readout", "aria-live": "polite"});
  const svg = draw("svg", {
    viewBox: `0 0 ${width} ${height}`, class: "map", tabindex: 0, role: "listbox", "aria-label": `Map of ${words.length} words`,
  });
  for (const [from, to] of links) {
    const [one, other] = [byWord.get(from), byWord.get(to)];
    if (one && other) svg.append(draw("line", {x1: one.x, y1: one.y, x2: other.x, y2: other.y}));
  }
  const rank = {asked: 0, found: 1, other: 2};
  const ordered = [...words].sort((one, other) => rank[kind(one.word)] - rank[kind(other.word)]);
  const taken = words.map(each => [each.x - 3, each.y - 3, each.x + 3, each.y + 3]);
  for (const each of [...ordered].reverse()) { // what is asked lies above the others
    each.circle = draw("circle", {
      cx: each.x, cy: each.y, r: kind(each.word) === "other" ? 3 : 5, class: kind(each.word), id: `${name}-${words.indexOf(each)}`,
      role: "option", "aria-label": each.name, "aria-selected": "false",
    });
    svg.append(each.circle);
  }
  for (const each of ordered) {
    const place = labelPlace(each, taken, width, height);
    if (place) svg.append(draw("text", {...place, class: kind(each.word), "aria-hidden": "true"}, each.name));
  }
  const pointed = draw("text", {class: "pointed", "aria-hidden": "true"});
  svg.append(pointed);
  let current = null;
  const look = each => {
    current?.circle.setAttribute("aria-selected", "false");
    current = each;
    each.circle.setAttribute("aria-selected", "true");
    svg.setAttribute("aria-activedescendant", each.circle.id);
    pointed.setAttribute("x", Math.max(2, Math.min(each.x + GAP, width - LETTER * [...each.name].length - 4)));
    pointed.setAttribute("y", Math.max(LINE, each.y - GAP));
    pointed.textContent = readout.textContent = each.name;
  };
  const nearest = event => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const distance = each => (each.x - at.x) ** 2 + (each.y - at.y) ** 2;
    return words.reduce((best, each) => (distance(each) < distance(best) ? each : best));
  };
  svg.addEventListener("pointermove", event => look(nearest(event)));
  svg.addEventListener("click", event => choose(nearest(event).word));
  const across = [...words].sort((one, other) => one.x - other.x);
  const upward = [...words].sort((one, other) => other.y - one.y);
  svg.addEventListener("keydown", event => {
    const [order, step] = {
      ArrowRight: [across, 1], ArrowLeft: [across, -1], ArrowUp: [upward, 1], ArrowDown: [upward, -1],
    }[event.key] ?? [];
    if (order) { event.preventDefault(); look(order[(order.indexOf(current) + step + order.length) % order.length]); }
    else if (event.key === "Enter" && current) { event.preventDefault(); choose(current.word); }
  });
  return [svg, readout];
}

"use strict";
// Draws the charts of a report as SVG from the JSON in the page, and lets a pointer or the keyboard read and zoom them.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 280, LEFT = 62, RIGHT = 16, TOP = 12, BOTTOM = 44, MOST_MARKERS = 30, COLORS = 8;
  const charts = JSON.parse(document.getElementById("data").textContent);

  const make = (parent, name, attributes, text) => {
    const element = document.createElementNS(SVG, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return parent.appendChild(element);
  };
  const add = (parent, name, attributes, text) => {
    const element = document.createElement(name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return parent.appendChild(element);
  };
  const shown = value => {
    const size = Math.abs(value);
    if (value === 0 || Number.isInteger(value)) return value.toLocaleString("en");
    return size >= 1e5 || size < 1e-3 ? value.toPrecision(3) : String(Number(value.toPrecision(4)));
  };
  const ticks = (low, high, wanted, whole) => {
    const raw = Math.max((high - low) / Math.max(wanted, 1), whole ? 1 : 0), power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= raw);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
    return found;
  };
  // A shape for each series, so that they can be told apart without color.
  const marker = (parent, index, x, y, size, names) => {
    const s = size, shapes = [
      `M${x - s} ${y}a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0Z`,
      `M${x - s} ${y - s}h${2 * s}v${2 * s}h${-2 * s}Z`,
      `M${x} ${y - 1.2 * s}L${x + 1.2 * s} ${y + s}H${x - 1.2 * s}Z`,
      `M${x} ${y - 1.4 * s}L${x + 1.4 * s} ${y}L${x} ${y + 1.4 * s}L${x - 1.4 * s} ${y}Z`,
    ];
    return make(parent, "path", {d: shapes[index % shapes.length], class: `${names} color-${index % COLORS}`});
  };
  const extent = values => values.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]);
  const padded = ([low, high], share) => {
    if (low > high) return [0, 1];
    const margin = high > low ? (high - low) * share : Math.abs(low) * 0.1 || 1;
    return [low - margin, high + margin];
  };

  const draw = (figure, chart) => {
    const cloud = chart.kind === "points";
    const hidden = new Set();
    let range = null, cursor = null, dragged = null;
    const tools = document.createElement("div"), legend = document.createElement("div");
    tools.className = "tools";
    legend.className = "legend";
    figure.querySelector("figcaption").after(legend);
    const svg = make(figure, "svg", {class: "plot", height: HEIGHT, tabindex: 0, role: "img"});
    legend.after(svg);
    svg.setAttribute("aria-label", `${chart.caption}: ${chart.up} by ${chart.across}, ${chart.series.map(each => each.name).join("; ")}. ` +
      "Arrow keys read values, plus and minus zoom, 0 shows all.");
    const readout = document.createElement("p");
    readout.className = "readout";
    readout.setAttribute("aria-live", "polite");
    svg.after(readout, tools);

    const visible = () => chart.series.map((each, index) => ({...each, index})).filter(each => !hidden.has(each.index));
    const all = () => visible().flatMap(each => each.points.map((point, number) => ({series: each, point, label: each.labels[number]})));
    const whole = () => padded(extent(all().map(each => each.point[0])), cloud ? 0.05 : 0.02);

    const redraw = () => {
      const width = Math.max(svg.clientWidth || 600, 240);
      svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      svg.replaceChildren();
      const [low, high] = range || whole();
      const inside = all().filter(each => each.point[0] >= low && each.point[0] <= high);
      let heights = extent(inside.map(each => each.point[1]));
      if (chart.diagonal && !range) heights = extent([...heights.filter(Number.isFinite), low, high]);
      const [bottom, top] = padded(heights, 0.06);
      const x = value => LEFT + (value - low) / (high - low) * (width - LEFT - RIGHT);
      const y = value => HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM);
      svg.scale = {x, y, low, high, width};
      for (const tick of ticks(bottom, top, 5)) {
        make(svg, "path", {d: `M${LEFT} ${y(tick)}H${width - RIGHT}`, class: "grid"});
        make(svg, "text", {x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end"}, shown(tick));
      }
      for (const tick of ticks(low, high, width / 90, chart.whole)) {
        make(svg, "path", {d: `M${x(tick)} ${HEIGHT - BOTTOM}v5`, class: "axis"});
        make(svg, "text", {x: x(tick), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle"}, shown(tick));
      }
      make(svg, "path", {d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${width - RIGHT}`, class: "axis"});
      make(svg, "text", {x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle"}, chart.across);
      make(svg, "text", {transform: `translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle"}, chart.up);
      if (chart.diagonal) {
        const from = Math.max(low, bottom), to = Math.min(high, top);
        if (from < to) make(svg, "path", {d: `M${x(from)} ${y(from)}L${x(to)} ${y(to)}`, class: "diagonal"});
      }
      const taken = [];
      for (const series of visible()) {
        const within = series.points.filter(([at]) => at >= low && at <= high);
        if (!cloud && within.length)
          make(svg, "path", {d: "M" + within.map(([a, b]) => `${x(a)} ${y(b)}`).join("L"),
            class: `line color-${series.index % COLORS}${series.dashed ? " dashed" : ""}`});
        if (cloud || within.length <= MOST_MARKERS)
          for (const [a, b] of within) marker(svg, series.index, x(a), y(b), cloud ? 3 : 3.5, cloud ? "cloud" : "point");
        series.labels.forEach((label, number) => {
          const [a, b] = series.points[number], box = [x(a) + 6, y(b) - 6, x(a) + 6 + 7 * label.length, y(b) + 6];
          if (a < low || a > high || box[2] > width || taken.some(o => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3])) return;
          taken.push(box);
          make(svg, "text", {x: box[0], y: y(b) + 4}, label);
        });
      }
      if (dragged) {
        const [one, two] = extent([dragged.from, dragged.to]);
        make(svg, "rect", {x: one, y: TOP, width: two - one, height: HEIGHT - TOP - BOTTOM, class: "range"});
      }
      if (cursor !== null) point();
    };

    const point = () => {
      const {x, y, low, high} = svg.scale;
      if (cursor.point) {
        const [a, b] = cursor.point;
        marker(svg, cursor.series.index, x(a), y(b), 6, "point");
        readout.textContent = `${cursor.label ? cursor.label + ": " : ""}${chart.across} ${shown(a)}, ${chart.up} ${shown(b)}`;
        return;
      }
      if (cursor < low || cursor > high) return;
      make(svg, "path", {d: `M${x(cursor)} ${TOP}V${HEIGHT - BOTTOM}`, class: "cursor"});
      const values = [];
      for (const series of visible()) {
        const found = series.points.find(([at]) => at === cursor);
        if (!found) continue;
        marker(svg, series.index, x(found[0]), y(found[1]), 5, "point");
        values.push(`${series.name} ${shown(found[1])}`);
      }
      readout.textContent = `${chart.across} ${shown(cursor)}: ${values.join("; ")}`;
    };

    const places = () => [...new Set(all().map(each => each.point[0]))].sort((a, b) => a - b);
    const nearest = (left, top) => {
      const {x, y} = svg.scale, found = all();
      const distance = each => cloud ? (x(each.point[0]) - left) ** 2 + (y(each.point[1]) - top) ** 2 : Math.abs(x(each.point[0]) - left);
      return found.length ? found.reduce((best, each) => distance(each) < distance(best) ? each : best) : null;
    };
    const at = event => {
      const box = svg.getBoundingClientRect();
      return [(event.clientX - box.left) * svg.scale.width / box.width, (event.clientY - box.top) * HEIGHT / box.height];
    };
    const zoom = factor => {
      const [low, high] = range || whole(), middle = cursor === null ? (low + high) / 2 : cursor.point ? cursor.point[0] : cursor;
      const [least, most] = whole(), half = (high - low) / 2 * factor;
      range = [Math.max(middle - half, least), Math.min(middle + half, most)];
      if (range[0] <= least && range[1] >= most) range = null;
      redraw();
    };

    svg.addEventListener("pointermove", event => {
      const [left, top] = at(event);
      if (dragged) dragged.to = left;
      const found = nearest(left, top);
      if (found) cursor = cloud ? found : found.point[0];
      redraw();
    });
    svg.addEventListener("pointerdown", event => {
      const [left] = at(event);
      dragged = {from: left, to: left};
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointerup", () => {
      const {low, high, width} = svg.scale, value = left => low + (left - LEFT) / (width - LEFT - RIGHT) * (high - low);
      if (dragged && Math.abs(dragged.to - dragged.from) > 8) range = extent([value(dragged.from), value(dragged.to)]);
      dragged = null;
      redraw();
    });
    svg.addEventListener("pointercancel", () => { dragged = null; redraw(); });
    svg.addEventListener("keydown", event => {
      const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
      if (step) {
        if (cloud) {
          const found = all().sort((a, b) => a.point[0] - b.point[0]), now = found.findIndex(each => cursor && each.point === cursor.point);
          cursor = found[Math.min(Math.max(now + step, 0), found.length - 1)];
        } else {
          const found = places(), now = found.indexOf(cursor);
          cursor = found[cursor === null ? 0 : Math.min(Math.max(now + step, 0), found.length - 1)];
        }
        redraw();
      } else if (event.key === "+" || event.key === "=") zoom(0.5);
      else if (event.key === "-") zoom(2);
      else if (event.key === "0" || event.key === "Escape") { range = null; redraw(); }
      else return;
      event.preventDefault();
    });

    if (chart.series.length > 1)
      chart.series.forEach((series, index) => {
        const button = add(legend, "button", {type: "button", "aria-pressed": "true"});
        const sample = make(button, "svg", {viewBox: "0 0 34 12", "aria-hidden": "true"});
        if (!cloud) make(sample, "path", {d: "M0 6H34", class: `line color-${index % COLORS}${series.dashed ? " dashed" : ""}`});
        marker(sample, index, 17, 6, 3.5, "point");
        button.append(series.name);
        button.addEventListener("click", () => {
          if (!hidden.delete(index)) hidden.add(index);
          button.setAttribute("aria-pressed", String(!hidden.has(index)));
          redraw();
        });
      });
    for (const [name, action] of [["Zoom in", () => zoom(0.5)], ["Zoom out", () => zoom(2)], ["All", () => { range = null; redraw(); }]])
      add(tools, "button", {type: "button"}, name).addEventListener("click", action);
    new ResizeObserver(redraw).observe(svg);
    redraw();
  };

  document.querySelectorAll("figure.chart").forEach(figure => draw(figure, charts[Number(figure.dataset.chart)]));

  document.querySelectorAll("figure.attention").forEach(figure => {
    const rows = [...figure.querySelectorAll("tbody tr")], heads = [...figure.querySelectorAll("thead th")];
    const readout = figure.querySelector(".readout");
    const mark = (row, column) => {
      figure.querySelectorAll(".marked").forEach(each => each.classList.remove("marked"));
      const cell = rows[row].children[column + 1];
      for (const each of [cell, rows[row].children[0], heads[column]]) each.classList.add("marked");
      const weight = cell.textContent === "·" ? "less than 0.5" : cell.textContent;
      readout.textContent = `${rows[row].children[0].textContent} looks at ${heads[column].textContent}: ${weight} %`;
    };
    let here = [0, 0];
    figure.addEventListener("pointerover", event => {
      const cell = event.target.closest("td");
      if (!cell || !cell.closest("tbody")) return;
      here = [rows.indexOf(cell.parentElement), cell.cellIndex - 1];
      mark(...here);
    });
    figure.querySelector("table").addEventListener("keydown", event => {
      const move = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key];
      if (!move) return;
      here = [Math.min(Math.max(here[0] + move[0], 0), rows.length - 1), Math.min(Math.max(here[1] + move[1], 0), heads.length - 1)];
      mark(...here);
      event.preventDefault();
    });
  });
  window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(each => { each.open = true; }));
})();

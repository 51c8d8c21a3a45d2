// A translation, its attention, and the candidates of its beam.

import {answerOf} from "./client.js";
import {byId, make, percent} from "./elements.js";

/** The source, the translation as buttons, and the weights of the one that is pointed at. */
function attentionParts(source, target, weights) {
  const from = source.map(token => make("li", {textContent: token}));
  const readout = make("p", {className: "readout", "aria-live": "polite", textContent: "Point at a word of the translation, or focus it."});
  const buttons = target.map((token, index) => make("button", {
    type: "button", textContent: token, tabIndex: index ? -1 : 0, "aria-pressed": "false",
  }));
  const look = index => {
    buttons.forEach((each, other) => { each.setAttribute("aria-pressed", String(other === index)); each.tabIndex = other === index ? 0 : -1; });
    from.forEach((each, column) => {
      each.classList.toggle("looked", weights[index][column] >= 0.01);
      each.style.setProperty("--share", weights[index][column].toFixed(3));
    });
    const best = weights[index].map((weight, column) => [weight, source[column]]).sort((one, other) => other[0] - one[0]).slice(0, 3);
    readout.textContent = `${target[index]} looked at ${best.filter(each => each[0] >= 0.01).map(([weight, token]) => `${token} ${percent(weight)}`).join(", ")}`;
  };
  buttons.forEach((button, index) => {
    button.addEventListener("pointerenter", () => look(index));
    button.addEventListener("focus", () => look(index));
    button.addEventListener("keydown", event => {
      const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (step) { event.preventDefault(); buttons[(index + step + buttons.length) % buttons.length].focus(); }
    });
  });
  const cells = row => weights[row].map(weight => make("td", {share: weight, textContent: weight >= 0.005 ? (100 * weight).toFixed(0) : "·"}));
  const table = make("table", {}, make("thead", {}, make("tr", {}, make("td"), ...source.map(token => make("th", {scope: "col", textContent: token})))),
    make("tbody", {}, ...target.map((token, row) => make("tr", {}, make("th", {scope: "row", textContent: token}), ...cells(row)))));
  return [
    make("h3", {textContent: "Attention"}),
    make("ul", {className: "tokens", "aria-label": "Source"}, ...from),
    make("div", {className: "tokens", role: "group", "aria-label": "Translation, word by word"}, ...buttons), readout,
    make("details", {}, make("summary", {textContent: "All weights, in percent"}), make("div", {className: "scroll", tabIndex: 0, role: "group", "aria-label": "Weights"}, table)),
  ];
}

function stepParts(steps) {
  const list = make("ol", {className: "steps"}), label = make("output");
  const slider = make("input", {type: "range", min: 1, max: steps.length, value: steps.length, "aria-label": "Step"});
  const show = () => {
    const number = Number(slider.value);
    label.textContent = `step ${number} of ${steps.length}`;
    slider.setAttribute("aria-valuetext", label.textContent);
    list.replaceChildren(...steps[number - 1].map(([prefix, value]) => make("li", {},
      make("span", {className: "figure", textContent: value.toFixed(3)}), make("span", {textContent: prefix}))));
  };
  slider.addEventListener("input", show);
  show();
  return [make("h3", {textContent: "Candidates, with their log-probability"}), make("div", {className: "slider"}, slider, label), list];
}

export async function translate(run, signal) {
  const text = byId("sentence").value;
  if (!text.trim()) return [make("p", {className: "note", textContent: "Type a sentence above."})];
  const body = {run: run.id, texts: [text], beam_width: Number(byId("beam").value), attention: true, steps: true};
  const {translations: [found]} = await answerOf("v1/translate", body, signal);
  const [best] = found.hypotheses;
  const parts = [make("p", {className: "answer", textContent: found.translation})];
  if (found.unknown) parts.push(make("p", {className: "note", textContent: `${found.unknown} of ${found.source_tokens.length} tokens are unknown.`}));
  if (!best.complete) parts.push(make("p", {className: "note", textContent: "The translation was cut at the greatest length."}));
  const rows = [...best.tokens, "[END]"].slice(0, best.attention.length);
  if (best.attention.some(row => row.some(Boolean))) parts.push(...attentionParts([...found.source_tokens, "[END]"], rows, best.attention));
  else parts.push(make("p", {className: "note", textContent: "This model has no attention weights."}));
  return found.steps.length ? [...parts, ...stepParts(found.steps)] : parts;
}

// The page of `seqlab serve`: asks the API of the same server, and nothing else.

const byId = id => document.getElementById(id);
const WAIT = 300; // milliseconds without a key before a text is sent
const SHOWN = 8; // contributions, alternatives and classes that are listed

/** An element with properties and children; texts become text nodes, never markup. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "share") element.style.setProperty("--share", value.toFixed(3));
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const percent = share => `${(100 * share).toFixed(1)} %`;
const signed = value => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const shown = token => (token.trim() === token && token ? token : JSON.stringify(token));

async function failure(response) {
  const content = await response.json().catch(() => null);
  return content?.error?.message ?? `the server answered ${response.status}`;
}

async function ask(path, body, signal) {
  const response = await fetch(path, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body), signal,
  });
  if (!response.ok) throw new Error(await failure(response));
  return response;
}

const answerOf = async (path, body, signal) => (await ask(path, body, signal)).json();

/** The server-sent events of a response, as {event, data}. */
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split("\n").map(line => line.split(/: (.*)/s)));
      if (fields.data) yield {event: fields.event, data: JSON.parse(fields.data)};
    }
  }
}

// ---- runs beside each other

/** A column per run below a panel; with several runs a box for each that shows or hides it. */
class Columns {
  constructor(panel, runs) {
    this.columns = runs.map(run => new Column(run));
    const grid = make("div", {className: "columns"}, ...this.columns.map(each => each.article));
    if (runs.length > 1) {
      const boxes = this.columns.map(column => {
        const box = make("input", {type: "checkbox", checked: true});
        box.addEventListener("change", () => { column.article.hidden = !box.checked; this.onchange?.(); });
        return make("label", {}, box, ` ${column.run.name}`);
      });
      panel.append(make("fieldset", {className: "chosen"}, make("legend", {className: "quiet", textContent: "Runs"}), ...boxes));
    }
    panel.append(grid);
  }
  get visible() { return this.columns.filter(each => !each.article.hidden); }
  /** Fill each visible column by `work(run, signal)`; what an earlier call still asks for is given up. */
  fill(work) { return Promise.all(this.visible.map(column => column.fill(work))); }
  stop() { this.columns.forEach(each => each.controller?.abort()); }
}

class Column {
  constructor(run) {
    this.run = run;
    this.result = make("div", {className: "result"});
    this.heard = make("p", {className: "heard", role: "status"}); // for screen readers: there before it says something
    this.article = make("article", {className: "run", "aria-label": run.name},
      make("h2", {textContent: run.name}), make("p", {className: "task", textContent: run.task.replaceAll("_", " ")}), this.result, this.heard);
  }
  async fill(work) {
    this.controller?.abort();
    const {signal} = this.controller = new AbortController();
    this.article.setAttribute("aria-busy", "true");
    try {
      const parts = await work(this.run, signal, this.result);
      if (parts && !signal.aborted) this.result.replaceChildren(...parts);
    } catch (error) {
      if (!signal.aborted) this.result.replaceChildren(make("p", {className: "error", textContent: error.message}));
    } finally {
      if (this.controller.signal === signal) {
        this.article.setAttribute("aria-busy", "false");
        this.heard.textContent = this.result.querySelector(".answer, .error, .note")?.textContent ?? "answered";
      }
    }
  }
}

/** Rows of a name, a bar and a figure. `rows`: [name, share from -1 to 1, figure] */
function bars(rows) {
  return make("ul", {className: "bars"}, ...rows.map(([name, share, figure]) => make("li", {},
    make("span", {className: "name", textContent: name}),
    make("span", {className: share < 0 ? "bar minus" : "bar", "aria-hidden": "true"},
      make("span", {share: Math.min(Math.abs(share), 1)})),
    make("span", {className: "figure", textContent: figure}))));
}

// ---- predictions and explanations

function predictionParts(prediction, run) {
  const value = prediction[run.answers[0]];
  if (value === null) return [make("p", {className: "note", textContent: "Nothing is left of the text to read."})];
  const next = run.capabilities.includes("generate");
  const text = typeof value === "number" ? value.toPrecision(6) : next ? `next: ${shown(value)}` : value;
  const sure = prediction.probability === undefined ? "" : `, ${percent(prediction.probability)}`;
  const parts = [make("p", {className: "answer", textContent: text + sure})];
  const all = Object.entries(prediction.probabilities ?? {}).sort((one, other) => other[1] - one[1]).slice(0, SHOWN);
  parts.push(bars(all.map(([name, share]) => [next ? shown(name) : name, share, percent(share)])));
  if (prediction.is_guess) parts.push(make("p", {className: "note", textContent: "Hardly any token is known: the answer is a guess."}));
  if (prediction.cut_off) parts.push(make("p", {className: "note", textContent: `${prediction.cut_off} tokens were not read: the text is too long.`}));
  return parts;
}

/** The text with its tokens marked. Places are counted in characters, not in units of UTF-16. */
function markedText(text, tokens, separator) {
  const box = make("div", {className: "text", tabIndex: 0, role: "group", "aria-label": "The text, as the model read it"});
  const placed = tokens.every(token => token.start !== null && token.start !== undefined);
  const letters = [...text];
  let last = 0;
  tokens.forEach((token, index) => {
    if (placed) box.append(letters.slice(last, token.start).join(""));
    else if (index) box.append(separator);
    const written = placed ? letters.slice(token.start, token.end).join("") : token.token;
    const kind = token.share < 0 ? "minus" : "plus";
    box.append(make("span", {
      className: token.unknown ? `${kind} unknown` : kind, share: Math.abs(token.share), title: token.title, textContent: written,
    }));
    last = token.end;
  });
  if (placed) box.append(letters.slice(last).join(""));
  return box;
}

function attributionParts(found) {
  const most = Math.max(...found.tokens.map(each => Math.abs(each.contribution)), 1e-9);
  const tokens = found.tokens.map(each => ({
    ...each, share: each.contribution / most, title: `${signed(each.contribution)}${each.unknown ? ", not in training" : ""}`,
  }));
  const listed = found.ngrams.length
    ? found.ngrams.map(each => [each.ngram, each.contribution])
    : found.tokens.map(each => [each.token, each.contribution]);
  listed.sort((one, other) => Math.abs(other[1]) - Math.abs(one[1]));
  const top = Math.max(Math.abs(listed[0]?.[1] ?? 0), 1e-9);
  return [
    make("h3", {textContent: found.explained === null ? "What moved the number" : `What speaks for ${found.explained}`}),
    markedText(found.text, tokens, " "),
    bars(listed.slice(0, SHOWN).map(([name, value]) => [name, value / top, signed(value)])),
  ];
}

function surpriseParts(found) {
  const most = Math.max(...found.tokens.map(each => each.bits ?? 0), 1e-9);
  const tokens = found.tokens.map(each => ({
    ...each, share: (each.bits ?? 0) / most,
    title: each.bits === null ? "the first token: nothing is before it"
      : `${each.bits.toFixed(1)} bits; ${each.alternatives.map(other => `${shown(other.token)} ${percent(other.probability)}`).join(", ")}`,
  }));
  const mean = found.bits_per_token === null ? "" : `, ${found.bits_per_token.toFixed(2)} bits per token`;
  const listed = found.tokens.filter(each => each.bits !== null).sort((one, other) => other.bits - one.bits).slice(0, SHOWN);
  return [
    make("h3", {textContent: `How surprising each token is${mean}`}),
    markedText(found.text, tokens, found.bits_per_character === null ? " " : ""),
    bars(listed.map(each => [shown(each.token), each.bits / most, `${each.bits.toFixed(1)} bits`])),
  ];
}

function explanationParts(found) {
  if (!found.tokens.length) return [];
  return found.kind === "attribution" ? attributionParts(found) : surpriseParts(found);
}

async function predict(run, signal) {
  const texts = [byId("predict-text").value];
  if (!texts[0].trim()) return [make("p", {className: "note", textContent: "Type a text above."})];
  if (run.columns.length) throw new Error(`This run reads the columns ${run.columns.join(", ")}: ask the API with rows.`);
  const explained = answerOf("v1/explain", {run: run.id, texts}, signal)
    .then(answer => explanationParts(answer.explanations[0]))
    .catch(error => [make("p", {className: "note", textContent: `No explanation: ${error.message}`})]);
  const {predictions: [prediction]} = await answerOf("v1/predict", {run: run.id, texts}, signal);
  return [...predictionParts(prediction, run), ...await explained];
}

// ---- generation

async function generate(run, signal, place) {
  const prompt = byId("prompt").value, text = make("span"), notes = make("p", {className: "note"});
  const box = make("div", {className: "text", tabIndex: 0, role: "group", "aria-label": "Generated text"},
    make("span", {className: "prompt", textContent: prompt}), text);
  const body = {run: run.id, length: Number(byId("length").value), temperature: Number(byId("temperature").value)};
  if (prompt) body.prompt = prompt;
  if (byId("seed").value) body.seed = Number(byId("seed").value);
  const response = await ask("v1/generate", body, signal);
  place.replaceChildren(box, notes);
  for await (const {event, data} of eventsOf(response)) {
    if (event === "start") notes.textContent = [`Seed ${data.seed}.`, ...data.notes].join(" ");
    else if (event === "text") { text.append(data.texts[0]); box.scrollTop = box.scrollHeight; }
    else if (event === "error") throw new Error(data.error.message);
  }
}

// ---- translation

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

async function translate(run, signal) {
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

// ---- words

function words(path, fields) {
  return async (run, signal) => {
    const body = {run: run.id, ...Object.fromEntries(fields.map(id => [id, byId(id).value.trim()]))};
    if (fields.some(id => !body[id])) return [make("p", {className: "note", textContent: "Type a word in each field."})];
    if (run.capabilities.includes("translate")) body.side = byId("side").value;
    const {neighbors} = await answerOf(path, body, signal);
    return [bars(neighbors.map(each => [shown(each.word), each.score, each.score.toFixed(3)]))];
  };
}

// ---- the page

function debounced(work) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(work, WAIT); };
}

function onSubmit(form, work) {
  form.addEventListener("submit", event => { event.preventDefault(); work(); });
}

function onEnter(area) {
  area.addEventListener("keydown", event => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); area.form.requestSubmit(); }
  });
}

const PANELS = {
  predict: {
    fits: run => run.capabilities.includes("predict") && !run.capabilities.includes("translate"),
    begin(columns) {
      const answer = () => columns.fill(predict);
      byId("predict-text").addEventListener("input", debounced(answer));
      onSubmit(byId("predict-text").form, answer);
      columns.onchange = answer;
      answer();
    },
  },
  generate: {
    fits: run => run.capabilities.includes("generate"),
    begin(columns) {
      const stop = byId("stop");
      onSubmit(byId("prompt").form, async () => {
        stop.disabled = false;
        await columns.fill(generate);
        stop.disabled = columns.columns.every(each => each.article.getAttribute("aria-busy") !== "true");
      });
      onEnter(byId("prompt"));
      stop.addEventListener("click", () => { columns.stop(); stop.disabled = true; });
    },
  },
  translate: {
    fits: run => run.capabilities.includes("translate"),
    begin(columns) {
      onSubmit(byId("sentence").form, () => columns.fill(translate));
      onEnter(byId("sentence"));
      byId("beam").addEventListener("change", () => byId("sentence").value.trim() && columns.fill(translate));
    },
  },
  words: {
    fits: run => run.capabilities.includes("word_vectors") && !run.columns.length,
    begin(columns) {
      byId("sides").hidden = !columns.columns.some(each => each.run.capabilities.includes("translate"));
      onSubmit(byId("neighbors"), () => columns.fill(words("v1/neighbors", ["word"])));
      onSubmit(byId("analogy"), () => columns.fill(words("v1/analogy", ["a", "b", "c"])));
    },
  },
};

function choose(name, focus = false) {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
    if (chosen && focus) tab.focus();
  }
  history.replaceState(null, "", `#${name}`);
}

async function begin() {
  const response = await fetch("v1/runs");
  if (!response.ok) throw new Error(await failure(response));
  const {runs, limits} = await response.json();
  const names = runs.map(run => run.name);
  for (const run of runs) if (names.filter(name => name === run.name).length > 1) run.name = run.id;
  byId("status").textContent = runs.map(run => run.name).join(", ");
  byId("predict-text").maxLength = byId("prompt").maxLength = limits.characters;
  byId("sentence").maxLength = limits.sentence_characters;
  byId("length").max = limits.tokens;
  const there = [];
  for (const [name, panel] of Object.entries(PANELS)) {
    const fitting = runs.filter(panel.fits);
    byId(`tab-${name}`).hidden = !fitting.length;
    if (!fitting.length) continue;
    there.push(name);
    panel.begin(new Columns(byId(name).querySelector(".runs"), fitting));
  }
  if (!there.length) { byId("status").textContent += ": only the API can ask these runs"; return; }
  for (const name of there) {
    const tab = byId(`tab-${name}`);
    tab.addEventListener("click", () => choose(name));
    tab.addEventListener("keydown", event => {
      const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (step) choose(there[(there.indexOf(name) + step + there.length) % there.length], true);
    });
  }
  for (const output of document.querySelectorAll("form .slider output")) {
    const slider = byId(output.htmlFor.value), decimals = slider.step.includes(".") ? 2 : 0;
    slider.addEventListener("input", () => { output.textContent = Number(slider.value).toFixed(decimals); });
  }
  byId("tabs").hidden = false;
  const asked = location.hash.slice(1);
  choose(there.includes(asked) ? asked : there[0]);
}

begin().catch(error => { byId("status").textContent = `The server cannot be asked: ${error.message}`; });

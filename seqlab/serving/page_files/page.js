// The page of `seqlab serve`: its tabs, and what each asks. It asks the API of the same server, and nothing else.

import {failure} from "./client.js";
import {Columns} from "./columns.js";
import {answers, byId} from "./elements.js";
import {generate} from "./generate.js";
import {predict} from "./predict.js";
import {predictRow, rowFields} from "./rows.js";
import {translate} from "./translate.js";
import {firstMap, words} from "./words.js";

const WAIT = 300; // milliseconds without a key before a text is sent

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

const whenShown = new Map(); // name of a panel → what is to do when it is first shown

const PANELS = {
  predict: {
    fits: run => answers(run, "predict") && !run.columns.length,
    begin(columns) {
      const answer = () => columns.fill(predict);
      byId("predict-text").addEventListener("input", debounced(answer));
      onSubmit(byId("predict-text").form, answer);
      columns.onchange = answer;
      answer();
    },
  },
  rows: {
    fits: run => run.columns.length > 0,
    begin(columns) {
      const fields = rowFields(columns.columns.map(each => each.run), byId("fields"));
      const answer = () => columns.fill(predictRow(fields));
      byId("fields").addEventListener("input", debounced(answer));
      onSubmit(byId("fields").closest("form"), answer);
      columns.onchange = answer;
      answer();
    },
  },
  generate: {
    fits: run => answers(run, "generate"),
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
    fits: run => answers(run, "translate"),
    begin(columns) {
      onSubmit(byId("sentence").form, () => columns.fill(translate));
      onEnter(byId("sentence"));
      byId("beam").value = columns.columns[0].run.beam_width;
      byId("beam").nextElementSibling.textContent = byId("beam").value; // a slider keeps to its bounds
      byId("beam").addEventListener("change", () => byId("sentence").value.trim() && columns.fill(translate));
    },
  },
  words: {
    fits: run => answers(run, "neighbors") && (!run.columns.length || run.columns.some(each => each.kind === "text")),
    begin(columns) {
      whenShown.set("words", () => columns.fill(firstMap)); // a hidden column has no width
      byId("side").addEventListener("change", () => columns.fill(firstMap));
      byId("sides").hidden = !columns.columns.some(each => answers(each.run, "translate"));
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
  whenShown.get(name)?.();
  whenShown.delete(name);
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

// Runs beside each other: a column for each.

import {make} from "./elements.js";

/** A column per run below a panel; with several runs a box for each that shows or hides it. */
export class Columns {
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
      make("h2", {textContent: run.name}), make("p", {className: "task", textContent: run.task.replaceAll("_", " ") + (run.status === "finished" ? "" : `, ${run.status}: the best weights so far`)}), this.result, this.heard);
  }
  get said() {
    return this.result.querySelector("[data-heard]")?.dataset.heard ?? this.result.querySelector(".answer, .error, .note")?.textContent;
  }
  async fill(work) {
    this.controller?.abort();
    const {signal} = this.controller = new AbortController();
    this.article.setAttribute("aria-busy", "true");
    try {
      const parts = await work(this.run, signal, this.result);
      const onMap = document.activeElement?.matches(".map") && this.result.contains(document.activeElement);
      if (parts && !signal.aborted) this.result.replaceChildren(...parts);
      if (onMap) this.result.querySelector(".map")?.focus();
    } catch (error) {
      if (!signal.aborted) this.result.replaceChildren(make("p", {className: "error", textContent: error.message}));
    } finally {
      if (this.controller.signal === signal) {
        this.article.setAttribute("aria-busy", "false");
        this.heard.textContent = this.said ?? "answered";
      }
    }
  }
}

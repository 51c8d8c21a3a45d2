// Text as it is generated.

import {ask, eventsOf} from "./client.js";
import {byId, make} from "./elements.js";

export async function generate(run, signal, place) {
  const prompt = byId("prompt").value, text = make("span"), notes = make("p", {className: "note"});
  const box = make("div", {className: "text", tabIndex: 0, role: "group", "aria-label": "Generated text", "data-heard": "The text is generated."},
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

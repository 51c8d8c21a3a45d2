// Predictions for a text, and what moved them.

import {answerOf} from "./client.js";
import {answers, bars, byId, make, percent, SHOWN, shown, signed} from "./elements.js";

function predictionParts(prediction, run) {
  const value = prediction[run.answers[0]];
  if (value === null) return [make("p", {className: "note", textContent: "Nothing is left of the text to read."})];
  const next = answers(run, "generate");
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

function featureParts(found) {
  const listed = [...found.features].sort((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution));
  const top = Math.max(Math.abs(listed[0].contribution), 1e-9);
  const named = listed.map(each => [`${each.column} ${each.value || "(missing)"}`, each.contribution / top, signed(each.contribution)]);
  return [
    make("h3", {textContent: "What each column moved"}), bars(named),
    make("p", {className: "hint", textContent: "Compared with the mean of training for a number, and with the mean over all categories for a category."}),
  ];
}

function explanationParts(found) {
  if (found.features?.length) return [...found.tokens.length ? attributionParts(found) : [], ...featureParts(found)];
  if (!found.tokens.length) return [];
  return found.kind === "attribution" ? attributionParts(found) : surpriseParts(found);
}

/** The answer to one example, as the API takes it: {texts: [text]} or {rows: [row]}. */
export async function predictExample(run, example, signal) {
  const explained = answerOf("v1/explain", {run: run.id, ...example}, signal)
    .then(answer => explanationParts(answer.explanations[0]))
    .catch(error => [make("p", {className: "note", textContent: `No explanation: ${error.message}`})]);
  const {predictions: [prediction], notes = []} = await answerOf("v1/predict", {run: run.id, ...example}, signal);
  const noted = notes.map(textContent => make("p", {className: "note", textContent}));
  return [...predictionParts(prediction, run), ...noted, ...await explained];
}

export async function predict(run, signal) {
  const text = byId("predict-text").value;
  if (!text.trim()) return [make("p", {className: "note", textContent: "Type a text above."})];
  return predictExample(run, {texts: [text]}, signal);
}

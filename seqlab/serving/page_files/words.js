// Nearest words, analogies, and their map.

import {answerOf} from "./client.js";
import {answers, bars, byId, make, shown} from "./elements.js";
import {mapParts} from "./map.js";

const ofSide = run => (answers(run, "translate") ? {side: byId("side").value} : {});

function chosen(word) {
  byId("word").value = word;
  byId("neighbors").requestSubmit();
}

async function mapOf(run, signal, place, asked, found, links) {
  const body = {run: run.id, words: [...new Set([...asked, ...found])], ...ofSide(run)};
  const {points} = await answerOf("v1/map", body, signal);
  const name = `map-${run.id.replaceAll(/\W/g, "-")}`;
  return [
    make("h3", {textContent: "Map"}),
    ...mapParts({points, asked, found, links, width: Math.max(place.clientWidth, 200), choose: chosen, name}),
  ];
}

/** Fills a column by the answer to a question with one word, or three. */
export function words(path, fields) {
  return async (run, signal, place) => {
    const asked = fields.map(id => byId(id).value.trim());
    const question = {run: run.id, ...Object.fromEntries(fields.map((id, index) => [id, asked[index]])), ...ofSide(run)};
    if (asked.some(word => !word)) return [make("p", {className: "note", textContent: "Type a word in each field."})];
    const answer = await answerOf(path, question, signal).catch(error => error);
    if (answer instanceof Error) { // the map shows which words there are
      const map = await mapOf(run, signal, place, [], [], []).catch(() => { throw answer; });
      return [make("p", {className: "error", textContent: answer.message}), ...map];
    }
    const {neighbors} = answer;
    const found = neighbors.map(each => each.word), [a, b, c] = asked;
    const title = c === undefined ? `Nearest words of ${a}` : `${a} is to ${b} as ${c} is to …`;
    const links = c === undefined ? [] : [[a, b], [c, found[0]]];
    return [
      make("h3", {textContent: title, "data-heard": `${title}: ${found.slice(0, 3).join(", ")}`}),
      bars(neighbors.map(each => [shown(each.word), each.score, each.score.toFixed(3)])),
      ...await mapOf(run, signal, place, asked, found, links),
    ];
  };
}

/** Fills a column by the map of the most frequent words. */
export async function firstMap(run, signal, place) {
  return mapOf(run, signal, place, [], [], []);
}

// Predictions for a row of categories and numbers, with or without a text, and what moved them.

import {make} from "./elements.js";
import {predictExample} from "./predict.js";

const MOST_LISTED = 40; // categories: of more, a field with suggestions

const keyOf = column => `${column.kind} ${column.name}`;

/** One field for each column of any of the runs: columns of the same name and kind share theirs. */
export function rowFields(runs, place) {
  const fields = new Map();
  for (const column of runs.flatMap(run => run.columns)) {
    const known = fields.get(keyOf(column));
    const values = [...new Set([...(known?.column.values ?? []), ...(column.values ?? [])])];
    fields.set(keyOf(column), {column: {...column, values}});
  }
  let number = 0;
  for (const field of fields.values()) {
    const id = `column-${number++}`;
    field.input = inputOf(field.column, id);
    const option = make("div", {className: field.column.kind === "text" ? "option wide" : "option"},
      make("label", {htmlFor: id, textContent: field.column.name}), field.input);
    if (field.column.values.length > MOST_LISTED) {
      option.append(make("datalist", {id: `${id}-values`}, ...field.column.values.map(value => make("option", {value}))));
    }
    place.append(option);
  }
  return fields;
}

function inputOf(column, id) {
  if (column.kind === "text") return make("textarea", {id, rows: 2, spellcheck: false, maxLength: 20000});
  if (column.kind === "number") {
    return make("input", {id, type: "number", step: "any", value: Number(column.mean.toPrecision(3)), placeholder: "missing"});
  }
  if (column.values.length > MOST_LISTED) return make("input", {id, list: `${id}-values`, value: column.values[0], placeholder: "missing"});
  return make("select", {id}, make("option", {value: "", textContent: "(missing)"}),
    ...column.values.map((value, index) => make("option", {value, textContent: value, selected: index === 0})));
}

function valueOf({column, input}) {
  if (column.kind === "text") return input.value;
  if (column.kind === "category") return input.value || null;
  if (input.validity.badInput) throw new Error(`${column.name} is not a number.`);
  return input.value === "" ? null : Number(input.value);
}

/** Fills a column by the answer to the row in the fields. */
export const predictRow = fields => async (run, signal) => {
  const row = Object.fromEntries(run.columns.map(column => [column.name, valueOf(fields.get(keyOf(column)))]));
  return predictExample(run, {rows: [row]}, signal);
};

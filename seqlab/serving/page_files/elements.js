// Elements, and how figures and tokens are written.

export const byId = id => document.getElementById(id);
export const SHOWN = 8; // contributions, alternatives and classes that are listed

/** An element with properties and children; texts become text nodes, never markup. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "share") element.style.setProperty("--share", value.toFixed(3));
    else if (name in element && name !== "list") element[name] = value; // the property is for reading only
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Whether a run answers a path of the API. */
export const answers = (run, name) => run.paths.includes(`/v1/${name}`);

export const percent = share => `${(100 * share).toFixed(1)} %`;
/** A contribution with its sign, in at most eight characters. */
export function signed(value) {
  const size = Math.abs(value), digits = size < 10 ? 3 : size < 100 ? 2 : 1;
  return `${value < 0 ? "−" : "+"}${size < 1e5 ? size.toFixed(digits) : size.toExponential(1)}`;
}
export const shown = token => (token.trim() === token && token ? token : JSON.stringify(token));

/** Rows of a name, a bar and a figure. `rows`: [name, share from -1 to 1, figure] */
export function bars(rows) {
  return make("ul", {className: "bars"}, ...rows.map(([name, share, figure]) => make("li", {},
    make("span", {className: "name", textContent: name}),
    make("span", {className: share < 0 ? "bar minus" : "bar", "aria-hidden": "true"},
      make("span", {share: Math.min(Math.abs(share), 1)})),
    make("span", {className: "figure", textContent: figure}))));
}

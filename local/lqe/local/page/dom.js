// Elements are made from data as text: nothing here reads markup out of a string.

/** Return an element with properties (`class`, `on…`, `aria-…`, others) and children. */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.includes("-") && name !== "list") node[name] = value;
    else node.setAttribute(name === "class" ? "class" : name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Return the element of the page with an id. */
export const byId = (id) => document.getElementById(id);

/** Rebuild a node only if what it shows has changed: focus, selection and readers are left in peace. */
export function show(node, data, build) {
  const key = JSON.stringify(data) ?? "";
  if (node.lqeShown === key) return;
  node.lqeShown = key;
  const made = build(data);
  node.replaceChildren(...(Array.isArray(made) ? made : [made]).filter(Boolean));
}

/** Set a text only if it is another one. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

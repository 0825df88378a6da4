// What stands beside the map: figures, tables, the selected thing, the ranking, the list of things.

import { el, show } from "./dom.js";
import { isObject, nameOf } from "./things.js";
import { member } from "./view.js";
import { human, isTable, readable } from "./words.js";

const RANKED = "score";
const SHOWN = 10;

/** Return the plain values of an object, without places. */
function plain(data, without = new Set(["x", "y"])) {
  return Object.entries(data).filter(([key, value]) => !isObject(value) && !without.has(key));
}

/** Show what holds for all: the values of the view that are not about things. */
export function showFacts(node, world, isThings) {
  const groups = [["", plain(world)]];
  for (const [key, value] of Object.entries(world)) {
    if (!isObject(value) || Array.isArray(value) || isThings(key, value)) continue;
    if (typeof value.width === "number" && typeof value.height === "number") continue;
    if (isRecords(value)) continue;
    groups.push([key, plain(value)]);
  }
  show(node, groups.filter(([, rows]) => rows.length), (shown) =>
    shown.map(([name, rows]) => el("dl", { class: "group" },
      name ? el("div", { class: "group-name" }, human(name)) : null,
      ...rows.map(([key, value]) => el("div", { class: typeof value === "string" && value.length > 16 ? "long" : "" },
        el("dt", {}, human(key)), el("dd", { "data-fact": key }, readable(value, key)))))));
}

/** Show the tables of what has no place on the map; return whether there are any. */
export function showShared(node, world, collections, player) {
  const shown = Object.entries(world).filter(([key, value]) => !collections.has(key) && isRecords(value));
  show(node, shown, () => shown.map(([key, value]) => {
    const names = Object.keys(value);
    return table(human(key), Object.values(value), names, names.indexOf(player));
  }));
  return shown.length > 0;
}

/** Say whether a value is an object of records: of objects that hold plain values. */
function isRecords(value) {
  if (!isObject(value) || Array.isArray(value)) return false;
  const inner = Object.values(value);
  return inner.length > 0 && inner.every((row) => isObject(row) && !Array.isArray(row) && plain(row).length > 0);
}

/** Show the player's own view: numbers large, the rest as tables. */
export function showYou(node, you, thingById) {
  show(node, [you, Object.keys(you).map((key) => thingById(key, you[key]))], () => {
    const ids = (key, value) => thingById(key, value) !== undefined;
    const figures = plain(you).filter(([key, value]) => !ids(key, value));
    const parts = [el("dl", { class: "figures" }, ...figures.map(([key, value]) =>
      el("div", {}, el("dt", {}, human(key)), el("dd", { "data-figure": key }, readable(value, key)))))];
    for (const [key, value] of Object.entries(you)) if (isObject(value)) parts.push(...showInner(key, value, thingById));
    return figures.length || parts.length > 1 ? parts : el("p", { class: "hint" }, "Nothing yet.");
  });
}

function showInner(key, value, thingById) {
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  if (!entries.length) return [];
  const caption = human(key);
  if (isTable(value)) return [table(caption, value)];
  if (entries.every(([, inner]) => isObject(inner) && !Array.isArray(inner))) {
    const names = entries.map(([id]) => thingById("", id) ?? human(id));
    return [table(caption, entries.map(([, inner]) => inner), names)];
  }
  return [el("p", { class: "row" }, el("b", {}, `${caption}: `),
    entries.map(([name, inner]) => (Array.isArray(value) ? readable(inner) : `${human(name)} ${readable(inner, name)}`)).join(", "))];
}

/** Return a table of records, with a column for each of their fields. */
export function table(caption, rows, names = null, marked = -1) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((c) => rows.some((row) => !isObject(member(row, c))));
  const cell = (row, column) => {
    const value = member(row, column);
    const number = typeof value === "number";
    return el("td", { class: number ? "number" : "" }, value === undefined ? "" : readable(value, column));
  };
  return el("div", { class: "scroll" }, el("table", {},
    caption ? el("caption", {}, caption) : null,
    el("thead", {}, el("tr", {}, names ? el("th", { scope: "col" }, "") : null,
      ...columns.map((c) => el("th", { scope: "col" }, human(c))))),
    el("tbody", {}, ...rows.map((row, n) => el("tr", { class: n === marked ? "own" : "" },
      names ? el("th", { scope: "row" }, names[n]) : null,
      ...columns.map((column) => cell(row, column)))))));
}

/** Show the fields of the selected thing, and what the player knows of it. */
export function showSelected(title, body, thing, notes, thingById) {
  show(title, thing ? nameOf(thing) : "", (name) => name || "Nothing selected");
  const rows = (data) => plain(data).filter(([, value]) => value !== title.textContent)
    .map(([key, value]) => [key, thingById(key, value) ?? readable(value, key)]);
  show(body, thing ? [thing.collection, rows(thing.data), rows(notes)] : null, (shown) => {
    if (!shown) return el("p", { class: "hint" }, "Click a thing on the map to see it and to do something about it.");
    const [collection, fields, known] = shown;
    const list = (pairs, className) => el("dl", { class: `pairs ${className}` }, ...pairs.map(([key, value]) =>
      el("div", {}, el("dt", {}, human(key)), el("dd", { "data-field": key }, value))));
    return [
      el("p", { class: "kind" }, human(collection)),
      list(fields, ""),
      known.length ? el("h3", {}, "What you know") : null,
      known.length ? list(known, "known") : null,
    ];
  });
}

/** Show who leads: things with a score, or a list of records with one; return whether there is any. */
export function showRanking(node, world, things, own) {
  const scored = [...things.values()].filter(({ data }) => typeof data[RANKED] === "number");
  scored.sort((a, b) => b.data[RANKED] - a.data[RANKED] || (nameOf(a) < nameOf(b) ? -1 : 1));
  const rows = scored.map((thing) => ({ name: nameOf(thing), ...Object.fromEntries(
    plain(thing.data, new Set(["x", "y", "player", "name", "meeting"]))) }));
  const lists = rankings(world);
  show(node, [rows, lists, own ? nameOf(own) : ""], ([live, other, name]) => [
    live.length ? numbered("", live, live.findIndex((row) => row.name === name)) : null,
    ...other.map(([key, list]) => numbered(human(key), list, list.findIndex((row) => row.player === name))),
  ]);
  return rows.length + lists.length > 0;
}

/** Return a table of a ranking: its first rows, and the player's own with its place. */
export function numbered(caption, rows, own) {
  const shown = rows.slice(0, SHOWN);
  const names = shown.map((_, n) => String(n + 1));
  if (own >= SHOWN) {
    shown.push(rows[own]);
    names.push(String(own + 1));
  }
  return table(caption, shown, names, Math.min(own, SHOWN));
}

function rankings(world, path = []) {
  const found = [];
  for (const [key, value] of Object.entries(world)) {
    if (isTable(value) && value.every((row) => typeof row[RANKED] === "number")) found.push([[...path, key].join(" "), value]);
    else if (isObject(value) && !Array.isArray(value) && path.length < 2) found.push(...rankings(value, [...path, key]));
  }
  return found;
}

/** Keep a button for each thing, so that the keyboard can select what the mouse can. */
export class ThingList {
  constructor(node, select) {
    this.node = node;
    this.select = select;
    this.groups = new Map();
    this.buttons = new Map();
  }

  update(things, selected) {
    for (const [key, button] of this.buttons) {
      if (!things.has(key)) {
        button.parentNode.remove();
        this.buttons.delete(key);
      }
    }
    for (const [key, thing] of things) {
      const button = this.buttons.get(key) ?? this.add(thing);
      const text = nameOf(thing);
      if (button.textContent !== text) button.textContent = text;
      button.setAttribute("aria-pressed", String(key === selected));
    }
    for (const [name, { count, list }] of this.groups) {
      const text = `${human(name)} (${list.children.length})`;
      if (count.textContent !== text) count.textContent = text;
    }
  }

  add(thing) {
    const group = this.groups.get(thing.collection) ?? this.addGroup(thing.collection);
    const button = el("button", {
      type: "button", class: "chip", "data-key": thing.key, onclick: () => this.select(thing.key),
    });
    this.buttons.set(thing.key, button);
    group.list.append(el("li", {}, button));
    return button;
  }

  addGroup(collection) {
    const count = el("summary");
    const list = el("ul", { class: "chips" });
    this.node.append(el("details", {}, count, list));
    const group = { count, list };
    this.groups.set(collection, group);
    return group;
  }
}

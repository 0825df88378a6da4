// What of a shared view stands on the map. A thing is any object with numbers `x` and `y`, at most
// three levels deep; the key above it names its collection: `world.leads.57` is the lead 57.

import { member } from "./view.js";

const DEPTH = 3;
const NAMES = ["player", "name", "company", "title", "label"];

const isNumber = (value) => typeof value === "number";
export const isObject = (value) => value !== null && typeof value === "object";

/** Return {things, land}: the things by key, and the object with `width` and `height`, or null. */
export function survey(world) {
  const found = { things: new Map(), land: null };
  walk(world, [], found);
  return found;
}

function walk(value, path, found) {
  if (isNumber(value.x) && isNumber(value.y) && path.length) {
    const id = path.at(-1);
    const collection = path.length > 1 ? path.slice(0, -1).join(" ") : id;
    found.things.set(`${collection}/${id}`, { key: `${collection}/${id}`, id, collection, data: value });
    return;
  }
  if (isNumber(value.width) && isNumber(value.height)) found.land ??= value;
  if (path.length === DEPTH) return;
  for (const [key, inner] of Object.entries(value)) {
    if (isObject(inner)) walk(inner, [...path, key], found);
  }
}

/** Return what a thing is called. */
export function nameOf(thing) {
  for (const field of NAMES) {
    if (typeof thing.data[field] === "string" && thing.data[field]) return thing.data[field];
  }
  return `${singular(thing.collection)} ${thing.id}`;
}

/** Return the singular of a collection's last word: `leads` is `lead`. */
export function singular(collection) {
  const word = collection.split(" ").at(-1);
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(s|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") ? word.slice(0, -1) : word;
}

/** Return the player's own thing: the one with the player's name, or whose id `you` holds. */
export function ownThing(things, you, player) {
  for (const thing of things.values()) {
    if (thing.data.player === player) return thing;
  }
  for (const thing of things.values()) {
    if (String(you[singular(thing.collection)]) === thing.id) return thing;
  }
  return null;
}

/** Return what `you` says about a thing: the entries under its id, in one object. */
export function notesOn(thing, you) {
  const notes = [];
  for (const value of Object.values(you)) {
    const note = isObject(value) && !Array.isArray(value) ? member(value, thing.id) : null;
    if (isObject(note)) notes.push(...Object.entries(note));
  }
  return Object.fromEntries(notes);
}

/** Return the collections that a field may name a thing of: `lead` means those of `leads`. */
export function collectionsFor(field, world) {
  const names = [];
  const look = (value, path) => {
    for (const [key, inner] of Object.entries(value)) {
      if (!isObject(inner)) continue;
      const here = [...path, key];
      if (key !== field && singular(key) === field) names.push(here.join(" "));
      if (here.length < DEPTH - 1 && !isNumber(inner.x)) look(inner, here);
    }
  };
  look(world, []);
  return names;
}

// How names, values, codes and signals read. A field named here reads better; any other reads too.

import { member } from "./view.js";

// Fields that are shares of one, and lengths in seconds, by the name that a scenario gives them.
const SHARES = new Set(["chance", "discount", "share", "odds"]);
const SECONDS = new Set(["left", "waits", "rests", "decides", "seconds"]);

// Fields whose value says enough without their name.
const PLAIN = new Set(["player", "company", "name", "title", "text", "says"]);

const CODES = {
  malformed: "the server could not read it",
  invalid: "its arguments do not fit",
  too_fast: "too many commands at once: wait a moment",
  quota_exceeded: "this company may not have more of it: ask its operator",
  tenant_disabled: "this company may not play for the time being: ask its operator",
  too_large: "it is too large",
  no_world: "there is no such world",
  unreadable_log: "this world's log cannot be read; its operator has to look",
  expired: "the connection was too old",
  unavailable: "the server could not say; it is sent again",
  unknown_session: "the session is over: a new one begins",
  duplicate: "it was recorded before",
  stale: "it came far too late",
  late: "it came after its time",
  not_started: "the lobby still waits for players",
  out_of_turn: "it is somebody else's turn",
  unknown_command: "the game does not know this command any more",
  bad_arguments: "the game does not understand these arguments any more",
  over_limit: "the world is full of things",
  faulted: "the game made a mistake there; nothing happened",
  world_faulted: "the world has halted until its game is mended",
  world_full: "the world has all the players it takes",
  world_closed: "the world has ended",
};

const GOOD = /won|win|reach|learn|achieve|award|gain|earn|crown|level/;
const BAD = /lost|lose|broken|snatch|fail|fault|dead|died/;

/** Return a name as words: `deal_won` reads "Deal won". */
export function human(name) {
  const words = String(name).replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Return a value as a person reads it; `key` is the field's name. */
export function readable(value, key = "") {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return readableNumber(value, key);
  if (Array.isArray(value)) return value.map((item) => readable(item, key)).join(", ");
  if (typeof value === "object") {
    return Object.entries(value).map(([k, v]) => `${human(k)} ${readable(v, k)}`).join(", ");
  }
  return String(value);
}

function readableNumber(value, key) {
  if (SHARES.has(key) && Math.abs(value) <= 1) return `${Math.round(value * 1000) / 10} %`;
  if (SECONDS.has(key)) return value >= 60 ? clock(value) : `${Math.round(value)} s`;
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

function clock(seconds) {
  const rest = Math.floor(seconds % 60);
  return `${Math.floor(seconds / 60)}:${String(rest).padStart(2, "0")}`;
}

/** Return a large number in few characters, as it fits beside a thing on the map. */
export function brief(value) {
  if (Math.abs(value) >= 1e6) return `${Math.round(value / 1e5) / 10}M`;
  if (Math.abs(value) >= 1000) return `${Math.round(value / 100) / 10}k`;
  return String(Math.round(value * 10) / 10);
}

/** Return why a command was not applied: the scenario's own reason, or what the code means. */
export function because(code, reason) {
  const meaning = member(CODES, code);
  if (!reason || reason === code) return meaning ?? human(code);
  return meaning ? `${meaning} (${reason})` : reason;
}

/** Return "good", "bad" or "plain": how a signal is shown, guessed from its name. */
export function tone(name) {
  if (BAD.test(name)) return "bad";
  return GOOD.test(name) ? "good" : "plain";
}

/** Return [title, details] of a signal; ids are left out when something readable stands beside. */
export function signalWords(signal, nameOf) {
  const said = [];
  for (const [key, value] of Object.entries(signal.data ?? {})) {
    if (isTable(value)) continue;
    const known = nameOf(key, value); // of players and things, as they are
    if (known === "") continue;
    const bare = PLAIN.has(key) && typeof value === "string";
    said.push(known ?? (bare ? value.replaceAll("_", " ") : `${human(key).toLowerCase()} ${readable(value, key)}`));
  }
  return [human(signal.name), [...new Set(said)].join(" · ")];
}

/** Say whether a value is a list of records, which reads best as a table. */
export function isTable(value) {
  return Array.isArray(value) && value.length > 0
    && value.every((row) => row !== null && typeof row === "object" && !Array.isArray(row));
}

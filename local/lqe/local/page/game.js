// One game: it joins the link, the map, the forms and the panels.

import { byId, el, say } from "./dom.js";
import { Forms } from "./forms.js";
import { Log } from "./log.js";
import { WorldMap } from "./map.js";
import { ThingList, numbered, showFacts, showRanking, showSelected, showShared, showYou } from "./panels.js";
import { nameOf, notesOn, ownThing, singular, survey } from "./things.js";
import { because, brief, human, isTable, readable, signalWords, tone } from "./words.js";

// Fields that hold a thing's id under another name than that of its collection.
const NAMING = new Set(["host", "meeting", "target", "owner", "by"]);
// Refusals of commands that have another shape in the scenario in force.
const OUTDATED = new Set(["invalid", "unknown_command", "bad_arguments"]);
const STATES = {
  connecting: ["Connecting…", "wait"],
  reconnecting: ["Connection lost, trying again…", "bad"],
  live: ["Live", "good"],
  taken: ["Continued in another tab", "bad"],
  over: ["The game is over", "wait"],
  refused: ["Refused", "bad"],
  left: ["Left", "wait"],
};
const BOARD_MS = 15000;

/** The page while somebody plays. */
export class Game {
  constructor(scenario, place, leave) {
    this.scenario = scenario;
    this.place = place;
    this.leave = leave;
    this.forms = null;
    this.selected = "";
    this.things = new Map();
    this.seen = new Map(); // what things were called, for signals about those that are gone
    this.own = null;
    this.collections = [];
    this.stopping = new AbortController();
    for (const id of ["log", "spoken", "toasts", "things", "forms", "selection-forms"]) byId(id).replaceChildren();
    this.log = new Log(byId("log"), byId("spoken"), byId("toasts"));
    this.list = new ThingList(byId("things"), (key) => this.select(key));
    this.map = new WorldMap(byId("map"), {
      thing: (thing) => this.select(thing.key),
      twice: (thing) => this.forms?.first(thing),
      ground: (x, y) => this.forms?.ground(x, y),
    }, (scenario.rules?.space?.gravity?.[1] ?? 0) < 0, this.stopping.signal);
    byId("map").whereIs = (key) => this.map.whereIs(key); // for tools that click what they cannot see
    say(byId("place"), `${place.player} in ${place.world}`);
    const on = (id, act) => byId(id).addEventListener("click", act, { signal: this.stopping.signal });
    on("closer", () => this.map.zoomBy(1.4));
    on("farther", () => this.map.zoomBy(1 / 1.4));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.escape(), { signal: this.stopping.signal });
  }

  /** Return what a link calls. */
  hears() {
    return {
      state: (state, detail) => this.state(state, detail),
      view: (view, whole) => this.show(view, whole),
      signal: (signal) => this.signal(signal),
      command: (command) => this.became(command),
      latency: (ms) => this.latency(ms),
      note: (code, reason) => this.log.note(`The server says: ${because(code, reason)}`, true),
    };
  }

  /** Show what became of a command; one that is not understood may be of an older scenario. */
  became(command) {
    this.log.command(command, this.titleOf(command));
    if (OUTDATED.has(command.code)) this.renew();
  }

  start(link) {
    this.link = link;
    link.open();
  }

  end() {
    this.stopping.abort();
    clearTimeout(this.boardTimer);
    byId("board").hidden = true;
    this.link?.close();
  }

  state(state, detail) {
    if (state === "left") return;
    if (state === "refused") {
      this.leave(detail);
      return;
    }
    const [words, look] = STATES[state];
    const node = byId("connection");
    if (node.dataset.state !== state) {
      if (state === "reconnecting") this.log.note(detail?.reason ? `Connection lost: ${detail.reason}.` : "Connection lost, trying again.", true);
      if (state === "live") this.log.note(this.wasLive ? "Connected again." : "Connected.");
    }
    if (state === "live" && this.wasLive) this.renew();
    this.wasLive ||= state === "live";
    node.dataset.state = state;
    node.className = `connection ${look}`;
    node.title = detail?.reason ?? "";
    node.replaceChildren(el("span", { class: "dot", "aria-hidden": "true" }), words, " ", this.delay ??= el("span", { class: "delay" }));
    if (state === "taken") this.offerTakeOver(node);
  }

  /** The scenario may be another by now: its commands have other forms then. */
  async renew() {
    const response = await fetch("/v1/scenario").catch(() => null);
    const scenario = response?.ok ? await response.json() : this.scenario;
    if (scenario.digest === this.scenario.digest || this.stopping.signal.aborted) return;
    this.scenario = scenario;
    this.select("");
    this.makeForms(this.view.world);
    this.forms.update(this.things);
  }

  offerTakeOver(node) {
    node.append(el("button", { type: "button", class: "quiet", onclick: () => location.reload() }, "Play here"));
  }

  latency(ms) {
    this.delay ??= el("span", { class: "delay" });
    say(this.delay, `${Math.max(1, Math.round(ms))} ms`);
    this.delay.title = "from sending a command until it was on disk";
  }

  /** Show a view; `whole` after a gap, when nothing should glide to its new place. */
  show(view, whole) {
    this.view = view;
    const { things, land } = survey(view.world);
    this.things = things;
    this.own = ownThing(things, view.you, this.place.player);
    for (const thing of things.values()) {
      if (!this.collections.includes(thing.collection)) this.collections.push(thing.collection);
      this.seen.set(thing.id, nameOf(thing));
    }
    if (!this.forms) this.makeForms(view.world);
    if (this.selected && !things.has(this.selected)) this.select("");
    const empty = !things.size && !land;
    byId("game").classList.toggle("no-map", empty && !this.collections.length);
    if (byId("shared-card").parentNode !== this.sharedPlace()) this.sharedPlace().append(byId("shared-card"));
    this.map.update({ things, land, you: view.you, own: this.own, collections: this.collections }, whole);
    this.forms.update(things);
    this.panels();
  }

  /** Return where tables that all see stand: beside a map, or in its place. */
  sharedPlace() {
    const game = byId("game");
    return game.classList.contains("no-map") ? game : game.querySelector(".side");
  }

  makeForms(world) {
    const places = { all: byId("forms"), selected: byId("selection-forms") };
    this.forms = new Forms(this.scenario.commands, world, places, (name, args) => this.send(name, args));
    const armed = this.forms.armed;
    const words = ["Click a thing to select it, twice to act on it."];
    if (armed) words.unshift(`Click the ground: ${human(armed.name).toLowerCase()}.`);
    say(byId("help"), words.join(" "));
    byId("help").hidden = false;
  }

  panels() {
    const { world, you } = this.view;
    const named = (key, value) => this.thingNamed(key, value);
    const collections = new Set([...this.things.values()].map(({ collection }) => collection.split(" ")[0]));
    showFacts(byId("facts"), world, (key) => collections.has(key));
    byId("shared-card").hidden = !showShared(byId("shared"), world, collections, this.place.player);
    showYou(byId("you"), you, named);
    const thing = this.things.get(this.selected);
    showSelected(byId("selection-title"), byId("selection-body"), thing, thing ? notesOn(thing, you) : {}, named);
    byId("ranking-card").hidden = !showRanking(byId("ranking"), world, this.things, this.own);
    byId("things-card").hidden = this.things.size === 0;
    this.list.update(this.things, this.selected);
    this.describe();
  }

  /** Say in words what is on the canvas, for who does not see it. */
  describe() {
    const counts = this.collections.map((name) =>
      `${[...this.things.values()].filter((t) => t.collection === name).length} ${name}`);
    byId("map").setAttribute("aria-label", `Map with ${counts.join(", ") || "nothing on it"}. The list "On the map" has the same.`);
  }

  /** Return the name of the thing that a field means, or undefined if it means none. */
  thingNamed(key, value) {
    const id = String(value);
    if (!this.seen.has(id) || typeof value === "object") return undefined;
    const naming = key === "" || NAMING.has(key) || this.collections.some((name) => singular(name) === key);
    return naming ? this.seen.get(id) : undefined;
  }

  select(key) {
    if (key === this.selected && key) return;
    this.selected = key;
    this.map.selected = key;
    this.forms?.select(this.things.get(key) ?? null);
    if (this.view) this.panels();
  }

  escape() {
    byId("board").hidden = true;
    this.select("");
  }

  send(name, args) {
    const goal = Object.entries(args).map(([key, value]) => this.keyOf(key, value)).find(Boolean);
    if (typeof args.x === "number" && typeof args.y === "number") this.map.aim({ x: args.x, y: args.y });
    else if (goal && Object.keys(args).length === 1) this.map.aim({ key: goal });
    else if (!Object.keys(args).length) this.map.aim(null);
    byId("help").hidden = true;
    this.link.send(name, args);
  }

  keyOf(field, value) {
    for (const { key, id, collection } of this.things.values()) {
      if (id === String(value) && singular(collection) === field) return key;
    }
    return null;
  }

  /** Return a command as it reads: "Propose Alder Foods 12, discount 10 %". */
  titleOf({ name, args }) {
    const parts = Object.entries(args).map(([key, value]) =>
      this.thingNamed(key, value) ?? `${human(key).toLowerCase()} ${readable(value, key)}`);
    return [human(name), parts.join(", ")].filter(Boolean).join(" ");
  }

  signal(signal) {
    const data = signal.data ?? {};
    const mood = tone(signal.name);
    const own = data.player === this.place.player;
    const [title, details] = signalWords(signal, (key, value) => this.signalField(key, value, data));
    this.log.signal(signal.name, mood, title, details, own);
    const key = this.placeOf(data);
    if (key) {
      const gained = Object.entries(data).find(([field, value]) => typeof value === "number" && !this.thingNamed(field, value) && !field.endsWith("id"));
      const words = gained && mood === "good" ? `${title} +${brief(gained[1])}` : title;
      this.map.tell(key, words, own || mood !== "good" ? mood : "plain", own && mood === "good");
    }
    if (own && mood !== "plain") this.log.toast(mood, title, details);
    this.showBoard(signal, title);
  }

  /** Return how a signal's field reads: "" leaves it out, undefined lets it read as it is. */
  signalField(key, value, data) {
    if (key === "player") return value === this.place.player ? "you" : value;
    const name = this.thingNamed(key, value);
    if (name === undefined) return undefined;
    return typeof data.company === "string" || Object.values(data).includes(name) ? "" : name;
  }

  /** Return the thing that a signal is about: one that it names, else its player's. */
  placeOf(data) {
    for (const [field, value] of Object.entries(data)) {
      const collection = this.collections.find((name) => singular(name) === field);
      if (collection && typeof value !== "object") return `${collection}/${value}`;
    }
    for (const { key, data: fields } of this.things.values()) {
      if (data.player !== undefined && fields.player === data.player) return key;
    }
    return null;
  }

  /** Show a signal that brings a table, a final ranking for example, large for a while. */
  showBoard(signal, title) {
    const lists = Object.entries(signal.data ?? {}).filter(([, value]) => isTable(value));
    if (!lists.length) return;
    const board = byId("board");
    const close = () => (board.hidden = true);
    const tables = lists.map(([key, rows]) =>
      numbered(human(key), rows, rows.findIndex((row) => row.player === this.place.player)));
    board.replaceChildren(el("h2", {}, title), ...tables, el("button", { type: "button", class: "do", onclick: close }, "Close"));
    board.hidden = false;
    clearTimeout(this.boardTimer);
    this.boardTimer = setTimeout(close, BOARD_MS);
  }
}

// What happened: the player's commands with what became of them, signals, and the connection.

import { el, say } from "./dom.js";
import { because } from "./words.js";

const KEPT = 150;
const SPOKEN = 5;
const TOAST_MS = 5000;
const WORDS = {
  waiting: () => "waits for the connection",
  sent: () => "on the way",
  recorded: ({ position, ms }) => `recorded at ${position} in ${Math.round(ms)} ms`,
  applied: ({ position, ms }) => (ms === undefined ? `applied (${position})` : `applied (${position}, recorded in ${Math.round(ms)} ms)`),
  refused: ({ code, reason }) => `refused: ${because(code, reason)}`,
  rejected: ({ code, reason }) => `rejected, not recorded: ${because(code, reason)}`,
  unheard: ({ position }) => `recorded at ${position}; what became of it was said while the connection was lost`,
};
const SIGNS = { waiting: "…", sent: "…", recorded: "●", applied: "✓", refused: "✗", rejected: "✗", unheard: "?" };

/** The list of what happened, the newest first. What concerns the player is also read out: the
 *  deals of fifty others would drown it. Short notices pass over the map. */
export class Log {
  constructor(list, spoken, toasts) {
    this.list = list;
    this.spoken = spoken;
    this.toasts = toasts;
    this.lines = new Map();
  }

  /** Show a command, or what became of it since. */
  command(command, title) {
    let line = this.lines.get(command);
    if (!line) {
      line = { sign: el("span", { class: "sign", "aria-hidden": "true" }), words: el("span", { class: "fate" }) };
      line.node = this.add("order", line.sign, el("b", {}, title), " ", line.words);
      this.lines.set(command, line);
    }
    line.node.className = `order ${command.state}`;
    line.node.dataset.state = command.state;
    line.node.dataset.command = command.name;
    say(line.sign, SIGNS[command.state]);
    say(line.words, WORDS[command.state](command));
    const failed = command.state === "refused" || command.state === "rejected";
    if (failed) this.toast("bad", title, because(command.code, command.reason));
    if (["waiting", "sent", "recorded"].includes(command.state)) return;
    this.speak(`${title}: ${line.words.textContent}`);
    this.lines.delete(command);
  }

  /** Show a signal. */
  signal(name, tone, title, details, own) {
    const node = this.add(`signal ${tone} ${own ? "own" : ""}`, el("span", { class: "sign", "aria-hidden": "true" }, "◆"),
      el("b", {}, title), details ? ` ${details}` : "");
    node.dataset.signal = name;
    if (own) this.speak(`${title} ${details}`);
  }

  /** Show something else that the player should know. */
  note(text, bad = false) {
    this.add(bad ? "note bad" : "note", el("span", { class: "sign", "aria-hidden": "true" }, "·"), text);
    this.speak(text);
  }

  /** Let readers of the screen say a text. */
  speak(text) {
    this.spoken.append(el("span", {}, text));
    while (this.spoken.children.length > SPOKEN) this.spoken.firstChild.remove();
  }

  /** Let a notice pass over the map. */
  toast(tone, title, details = "") {
    const node = el("p", { class: `toast ${tone}` }, el("b", {}, title), details ? ` ${details}` : "");
    this.toasts.append(node);
    while (this.toasts.children.length > 3) this.toasts.firstChild.remove();
    setTimeout(() => node.remove(), TOAST_MS);
  }

  add(className, ...parts) {
    const node = el("li", { class: className }, ...parts);
    this.list.prepend(node);
    while (this.list.children.length > KEPT) this.list.lastChild.remove();
    return node;
  }
}

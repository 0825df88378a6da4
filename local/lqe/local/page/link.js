// The connection to a world: tickets, the socket, what was sent and is not yet known to be recorded.
// It comes back by itself. One frame is on the way at a time; the next goes when it was recorded.

import { comesBack, STAYS } from "./closing.js";
import { View } from "./view.js";

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5000;
const HEARTBEAT_MS = 30000;
// A world that was asleep is folded first, and all that waits for a slow line comes before an answer.
const FIRST_VIEW_MS = 120000;
const ANSWER_MS = 30000;
const ASK_AGAIN_MS = 2000;
const FRAME = 64;

/** Get a ticket; throw an error with `status`, `code` and `reason`, status 0 if nobody answered. */
async function ticket(place, session) {
  const body = { world: place.world, player: place.player };
  if (place.tenant) body.tenant = place.tenant;
  if (session) body.session = session;
  const headers = { "Content-Type": "application/json" };
  if (place.key) headers.Authorization = `Bearer ${place.key}`;
  let response;
  try {
    response = await fetch("/v1/tickets", { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    throw Object.assign(new Error("no answer"), { status: 0, reason: "the server does not answer" });
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw Object.assign(new Error("refused"), {
    status: response.status,
    code: answer.code ?? "",
    reason: answer.reason ?? `the server answered ${response.status}`,
  });
}

/** A player's connection to a world. `hear` is called with what happens: state, view, command, … */
export class Link {
  constructor(place, hear, memory) {
    this.place = place;
    this.hear = hear;
    this.memory = memory;
    this.view = new View();
    this.session = memory.load();
    this.socket = null;
    this.seq = 0;
    this.queue = []; // commands to send, the oldest first
    this.flight = null; // the commands of the frame on the way
    this.heard = new Map(); // commands by seq whose outcome is awaited
    this.fresh = false; // whether this connection has brought its first view
    this.pause = FIRST_PAUSE_MS;
    this.askedAt = -Infinity;
    this.ended = false;
    this.closing = null; // why the server ends the socket, where its close code cannot say it
    this.heardAt = 0;
    this.timers = { beat: 0, quiet: 0, receipt: 0, again: 0 };
    this.wake = () => this.hurry();
    globalThis.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  /** Connect, and stay connected until `close`; what cannot be mended is told as state "refused". */
  async open() {
    if (this.ended) return;
    this.watch("again", 0);
    this.hear.state(this.view.position < 0 ? "connecting" : "reconnecting");
    let granted;
    try {
      granted = await ticket(this.place, this.session);
    } catch (error) {
      if (error.status >= 400 && error.status < 500 && error.status !== 429) {
        this.stop("refused", error);
      } else this.later(error.reason);
      return;
    }
    if (this.ended) return;
    const address = new URL(granted.socket, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, "lqe.v1.json");
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.fresh = false;
    socket.addEventListener("message", (event) => this.socket === socket && this.take(event.data));
    socket.addEventListener("close", (event) => this.socket === socket && this.lost(event));
    this.watch("receipt", FIRST_VIEW_MS, () => this.drop());
  }

  /** Leave for good. */
  close() {
    this.stop("left");
  }

  /** Queue a command; return its record, which changes as receipts and outcomes come. */
  send(name, args) {
    const command = { name, args, state: "waiting", seq: null, sentAt: 0 };
    this.queue.push(command);
    this.flush();
    return command;
  }

  stop(state, detail) {
    this.ended = true;
    globalThis.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.hear.state(state, detail);
  }

  watch(name, ms, act) {
    clearTimeout(this.timers[name]);
    this.timers[name] = ms ? setTimeout(act, ms) : 0;
  }

  /** Give up a socket on which nothing comes. */
  drop() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.lost({ code: 1006, reason: "" });
  }

  lost(event) {
    this.socket = null;
    for (const name of ["beat", "quiet", "receipt"]) this.watch(name, 0);
    const { code, reason } = this.closing ?? event;
    this.closing = null;
    if (STAYS.has(code)) {
      this.stop(STAYS.get(code), { reason });
      return;
    }
    if (!comesBack(code)) {
      this.stop("refused", { status: 0, reason: reason || `the connection was closed with ${code}` });
      return;
    }
    if (this.flight) {
      this.queue.unshift(...this.flight);
      this.flight = null;
    }
    this.later(reason);
  }

  /** Try again after a pause that doubles, with some chance in it so that not all come at once. */
  later(reason) {
    if (this.ended) return;
    this.hear.state(this.view.position < 0 ? "connecting" : "reconnecting", { reason });
    const pause = this.pause * (0.75 + Math.random() / 2);
    this.pause = Math.min(LONGEST_PAUSE_MS, this.pause * 2);
    this.watch("again", pause, () => this.open());
  }

  /** The network or the person is back: look at once whether the connection still is. */
  hurry() {
    if (this.fresh && this.socket) this.beat();
    if (this.socket || !this.timers.again) return;
    this.pause = FIRST_PAUSE_MS;
    this.watch("again", 1, () => this.open());
  }

  /** Say that somebody is here; after a long silence also ask, since nobody answers a heartbeat. */
  beat() {
    this.tell({ type: "heartbeat" });
    if (performance.now() - this.heardAt > HEARTBEAT_MS) {
      this.tell({ type: "view" });
      this.watch("quiet", ANSWER_MS, () => this.drop());
    }
    this.watch("beat", HEARTBEAT_MS, () => this.beat());
  }

  tell(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  take(data) {
    const message = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
    this.heardAt = performance.now();
    this.watch("quiet", 0);
    if (message.type === "view") this.takeView(message);
    else if (message.type === "delta") this.takeDelta(message);
    else if (message.type === "receipt") this.takeReceipt(message);
    else if (message.type === "outcome") this.takeOutcome(message);
    else if (message.type === "rejected") this.takeRejected(message);
    else if (message.type === "view_unavailable") this.hear.note(message.type, message.reason);
    else if (message.type === "closing") this.closing = message;
  }

  takeView(message) {
    this.view.replace(message);
    if (message.session) this.memory.save((this.session = message.session));
    if (!this.fresh) {
      this.fresh = true;
      this.pause = FIRST_PAUSE_MS;
      this.watch("receipt", 0);
      this.watch("beat", HEARTBEAT_MS, () => this.beat());
      this.seq = Math.max(this.seq, message.last_seq ?? 0);
      this.forgetUnheard();
      this.hear.state("live");
    }
    this.hear.view(this.view, true);
    this.flush();
  }

  /** Outcomes that were decided while nobody listened are not told again: say so. */
  forgetUnheard() {
    for (const command of this.heard.values()) {
      if (command.position <= this.view.position) this.settle(command, { state: "unheard" });
    }
  }

  takeDelta(message) {
    const news = message.position > this.view.position;
    if (this.view.follow(message)) this.hear.view(this.view, false);
    else if (news && performance.now() - this.askedAt > ASK_AGAIN_MS) {
      this.askedAt = performance.now();
      this.tell({ type: "view" });
    }
    if (news) for (const signal of message.signals ?? []) this.hear.signal(signal);
  }

  /** Send what waits, in one frame, if none is on the way. */
  flush() {
    if (this.flight || !this.fresh || this.socket?.readyState !== WebSocket.OPEN) return;
    const frame = this.queue.splice(0, FRAME);
    if (!frame.length) return;
    for (const command of frame) {
      command.again = command.seq !== null;
      command.seq ??= ++this.seq;
      command.sentAt = performance.now();
      this.change(command, { state: "sent" });
    }
    this.flight = frame;
    this.tell({ type: "commands", commands: frame.map(({ seq, name, args }) => ({ seq, name, args })) });
    this.watch("receipt", ANSWER_MS, () => this.drop());
  }

  landed() {
    this.flight = null;
    this.watch("receipt", 0);
    this.flush();
  }

  takeReceipt(message) {
    const now = performance.now();
    for (const [seq, position] of message.commands) {
      const command = this.flight?.find((sent) => sent.seq === seq);
      if (!command) continue;
      const ms = now - command.sentAt;
      this.hear.latency(ms);
      this.flight = this.flight.filter((sent) => sent !== command);
      if (command.state !== "sent") continue; // its outcome was faster
      this.heard.set(seq, command);
      this.change(command, { state: "recorded", position, ms });
    }
    if (this.flight && !this.flight.length) this.landed();
  }

  takeOutcome(message) {
    const command = this.heard.get(message.seq) ?? this.flight?.find((c) => c.seq === message.seq);
    const { code, reason, position, original } = message;
    if (!command) {
      if (code) this.hear.note(code, reason, position);
    } else if (!code) this.settle(command, { state: "applied", position });
    else if (code === "duplicate" && command.again) {
      this.settle(command, { state: "unheard", position: original ?? position });
    } else this.settle(command, { state: "refused", code, reason, position });
    if (code === "unknown_session") this.anew();
  }

  /** The world knows the session no more: enter with a new one. */
  anew() {
    this.session = "";
    this.memory.save("");
    this.seq = 0;
    this.drop();
  }

  takeRejected(message) {
    const frame = this.flight ?? [];
    if (!frame.length) {
      this.hear.note(message.code, message.reason);
      return;
    }
    if (message.code === "unavailable") {
      this.flight = null;
      this.queue.unshift(...frame);
      this.watch("receipt", ASK_AGAIN_MS / 2, () => this.flush());
      return;
    }
    for (const command of frame) {
      const guilty = message.seq === undefined || message.seq === null || message.seq === command.seq;
      const reason = guilty ? message.reason : `another command of the frame: ${message.reason}`;
      this.settle(command, { state: "rejected", code: message.code, reason });
    }
    this.landed();
  }

  settle(command, changes) {
    this.heard.delete(command.seq);
    this.change(command, changes);
  }

  change(command, changes) {
    Object.assign(command, changes);
    this.hear.command(command);
  }
}

// The form on which a player says who enters which world.

import { byId, el, say } from "./dom.js";

const REMEMBERED = "lqe.place";
const FIRST_WORLD = "first";

/** Return what the address or an earlier visit says: {world, player, direct}. */
export function remembered() {
  const asked = new URLSearchParams(location.search);
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    // Nothing is kept where storage is off.
  }
  const world = asked.get("world") ?? kept.world ?? FIRST_WORLD;
  const player = asked.get("player") ?? kept.player ?? "";
  return { world, player, direct: asked.has("world") && asked.has("player") };
}

/** Remember a place for the next visit, and in the address for a reload. */
export function remember({ world, player }) {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify({ world, player }));
  } catch {
    // It is only a convenience.
  }
  history.replaceState(null, "", `?${new URLSearchParams({ world, player })}`);
}

/** Return where a session's name is kept: in this tab, so that two tabs are two sessions. */
export function sessionMemory({ tenant, world, player }) {
  const key = `lqe.session:${tenant ?? ""}/${world}/${player}`;
  const attempt = (act) => {
    try {
      return act() ?? "";
    } catch {
      return "";
    }
  };
  return {
    load: () => attempt(() => sessionStorage.getItem(key)),
    save: (name) => attempt(() => (name ? sessionStorage.setItem(key, name) : sessionStorage.removeItem(key))),
  };
}

/** The entry form; `enter(place)` is called when it is sent. */
export class Entry {
  constructor(enter) {
    this.form = byId("enter");
    const { world, player } = remembered();
    byId("world").value = world;
    byId("player").value = player;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      enter(this.place());
    });
    const ask = () => this.listWorlds();
    byId("tenant").addEventListener("change", ask);
    byId("key").addEventListener("change", ask);
  }

  place() {
    const value = (id) => byId(id).value.trim();
    return { world: value("world"), player: value("player"), tenant: value("tenant"), key: value("key") };
  }

  /** Show the form, with what went wrong if something did. */
  open(error = "") {
    byId("entry").hidden = false;
    byId("game").hidden = true;
    this.fail(error);
    byId(byId("player").value ? "world" : "player").focus();
    this.listWorlds();
  }

  fail(error) {
    const line = byId("entry-error");
    say(line, error);
    line.hidden = !error;
  }

  close() {
    byId("entry").hidden = true;
    byId("game").hidden = false;
  }

  /** Ask for a key if the server wants one. */
  askForKey() {
    byId("keyed").open = true;
    byId("key").focus();
  }

  /** Offer the worlds that there are. It is a help only: without it the form works as well. */
  async listWorlds() {
    const { tenant, key } = this.place();
    const query = tenant ? `?${new URLSearchParams({ tenant })}` : "";
    const headers = key ? { Authorization: `Bearer ${key}` } : {};
    if (!key && byId("keyed").open) return;
    try {
      const response = await fetch(`/v1/worlds${query}`, { headers });
      if (response.ok) this.offer((await response.json()).worlds ?? []);
    } catch {
      // The server is away; entering will say so.
    }
  }

  offer(worlds) {
    const node = byId("worlds");
    node.hidden = worlds.length === 0;
    const players = (count) => (count === 1 ? "1 player" : `${count} players`);
    node.replaceChildren(el("h2", {}, "Worlds here"), ...worlds.slice(0, 12).map(({ world, players: there }) =>
      el("button", {
        type: "button", class: "chip", onclick: () => {
          byId("world").value = world;
          byId("player").focus();
        },
      }, `${world} · ${players(Array.isArray(there) ? there.length : there ?? 0)}`)));
  }
}

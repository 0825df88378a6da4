// The page on which people play any scenario: the entry form, then the game.

import { byId, say } from "./dom.js";
import { Entry, remember, remembered, sessionMemory } from "./entry.js";
import { Game } from "./game.js";
import { Link } from "./link.js";

const RETRY_MS = 1500;

let game = null;
let scenario = null;
const entry = new Entry(enter);

/** Get the scenario's title and commands; keep trying while the server is away. */
async function learn() {
  while (!scenario) {
    try {
      const response = await fetch("/v1/scenario");
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      scenario = await response.json();
    } catch {
      say(byId("entry-title"), "Waiting for the server…");
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
  document.title = `${scenario.title} – LedgerQuest`;
  say(byId("entry-title"), scenario.title);
  say(byId("title"), scenario.title);
}

async function enter(place) {
  remember(place);
  entry.close();
  await learn();
  game?.end();
  game = new Game(scenario, place, (refusal) => leave(refusal));
  const link = new Link(place, game.hears(), sessionMemory(place));
  game.start(link);
}

/** Go back to the form: because the player wants to, or because the server refused. */
function leave(refusal) {
  game?.end();
  game = null;
  history.replaceState(null, "", location.pathname);
  entry.open(refusal ? `The server refused: ${refusal.reason}` : "");
  if (refusal?.status === 401) entry.askForKey();
}

byId("leave").addEventListener("click", () => leave());
const { direct, world, player } = remembered();
if (direct) enter({ world, player, tenant: "", key: "" });
else {
  entry.open();
  learn();
}

// The colours of the canvas, by day and by night.

const DAY = {
  outside: "#dfe7d6", ground: "#eef4e6", patch: "#e2ecd6", edge: "#c4d2b4", road: "#fbfaf3",
  water: "#8cc3e8", deep: "#6fb0dd", glint: "#d6ecfa", plank: "#c99a62", rail: "#8f6337",
  leaf: "#7fb069", dark: "#5e9350", bright: "#a3cc88", shadow: "rgba(40, 60, 30, .18)",
  ink: "#22303a", muted: "#5b6b75", paper: "#ffffff", halo: "rgba(255, 255, 255, .85)",
  roof: "#b4533f", wall: "#fff6e6", window: "#7aa7c7", good: "#1f8a4c", bad: "#c33b3b", accent: "#3457d5",
};
const NIGHT = {
  outside: "#10181a", ground: "#1b2826", patch: "#20302c", edge: "#31443d", road: "#26342f",
  water: "#234e70", deep: "#1c4261", glint: "#3f7299", plank: "#8a6a43", rail: "#5c4527",
  leaf: "#37603a", dark: "#2a4b2e", bright: "#4a7a4a", shadow: "rgba(0, 0, 0, .35)",
  ink: "#eef3f1", muted: "#a3b3ae", paper: "#22302d", halo: "rgba(14, 22, 22, .8)",
  roof: "#a3523f", wall: "#d9cdb8", window: "#4d7391", good: "#5fd08b", bad: "#ff8a80", accent: "#8ea6ff",
};
const COLLECTIONS = {
  day: ["#3f72d8", "#e39a1c", "#c2456b", "#1f9e8f", "#7a56c9", "#5b8a2b", "#b0632a", "#4a7f97"],
  night: ["#7ea2f5", "#f0b64a", "#ec7f9f", "#55cdbd", "#ad92ee", "#9bcb63", "#dd9560", "#8fbdd2"],
};

const dark = matchMedia("(prefers-color-scheme: dark)");
/** Whether things should keep still that only move for the joy of it. */
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Return the colours in force. */
export const colours = () => (dark.matches ? NIGHT : DAY);

/** Return the colour of the collection of a number, counted from 0. */
export function collectionColour(number) {
  const row = dark.matches ? COLLECTIONS.night : COLLECTIONS.day;
  return row[number % row.length];
}

/** Call when day and night change, until a signal ends it. */
export const onDusk = (act, ended) => dark.addEventListener("change", act, { signal: ended });

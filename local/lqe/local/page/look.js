// How a thing looks. Any thing is a disc in its collection's colour with its name. These optional
// fields make it look better:
//   player            somebody's own figure, with the first letter of the name
//   company           a house; `size` (small, medium, large) or `value` says how large
//   value             a tag with the number
//   waits             seconds: a ring that runs out
//   decides           seconds: a number that counts down
//   meeting           a bubble: busy
//   crowns            a crown
// What the player's own view notes on a thing under its id (`you.deals[57]`) is shown beside it:
//   chance, stage     a badge

import { colours } from "./palette.js";
import { singular } from "./things.js";
import { brief, human } from "./words.js";

const LARGE = { small: 0.85, medium: 1.05, large: 1.35 };
const FONT = "system-ui, sans-serif";

/** Draw a thing; `spot` says where, how large, in which colour, and what of it is special. */
export function drawThing(pen, thing, spot) {
  const c = colours();
  if (spot.selected) drawHalo(pen, spot, c);
  if (typeof thing.data.company === "string") drawHouse(pen, thing, spot, c);
  else drawFigure(pen, thing, spot, c);
}

/** Return how large a thing is drawn, in pixels from its middle. */
export function radiusOf(thing, scale) {
  const base = Math.max(10, Math.min(24, 18.5 * scale));
  if (typeof thing.data.company === "string") return base * (LARGE[thing.data.size] ?? 1);
  return base * 0.8;
}

function drawHalo(pen, { x, y, radius, colour, now }, c) {
  const swell = 3 + Math.sin(now / 260) * 1.5;
  pen.strokeStyle = c.paper;
  pen.lineWidth = 6;
  ring(pen, x, y, radius + 7 + swell);
  pen.strokeStyle = colour;
  pen.lineWidth = 3;
  ring(pen, x, y, radius + 7 + swell);
}

function ring(pen, x, y, radius, from = 0, to = Math.PI * 2) {
  pen.beginPath();
  pen.arc(x, y, radius, from, to);
  pen.stroke();
}

function disc(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, Math.PI * 2);
  pen.fill();
}

function drawFigure(pen, thing, spot, c) {
  const { x, y, radius, colour, own, name, now } = spot;
  pen.fillStyle = c.shadow;
  pen.beginPath();
  pen.ellipse(x + 1, y + radius * 0.75, radius, radius * 0.5, 0, 0, 7);
  pen.fill();
  if (own) {
    pen.fillStyle = c.accent;
    pen.globalAlpha = 0.2;
    disc(pen, x, y, radius + 7 + Math.sin(now / 400) * 1.5);
    pen.globalAlpha = 1;
  }
  pen.fillStyle = own ? c.accent : colour;
  disc(pen, x, y, radius);
  pen.strokeStyle = c.paper;
  pen.lineWidth = own ? 3 : 2;
  ring(pen, x, y, radius);
  const letter = typeof thing.data.player === "string" || typeof thing.data.name === "string";
  if (letter && radius > 8) {
    pen.fillStyle = c.paper;
    write(pen, name.charAt(0).toUpperCase(), x, y + 0.5, `700 ${Math.round(radius * 1.15)}px ${FONT}`);
  }
  if (thing.data.crowns > 0) drawCrown(pen, x, y - radius - 3, c);
  if (thing.data.meeting !== undefined) drawBubble(pen, x + radius + 2, y - 2, now, c);
  // Names of houses stand below them and those of figures above, so that both can be read at a door.
  const above = y - radius - (thing.data.crowns > 0 ? 20 : 9);
  label(pen, own ? `${name} (you)` : name, x, above, own ? `700 13px ${FONT}` : `12px ${FONT}`,
    own ? c.accent : c.muted, c);
}

function drawCrown(pen, x, y, c) {
  pen.fillStyle = "#f2b632";
  pen.strokeStyle = c.rail;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x - 8, y);
  for (const [dx, dy] of [[-8, -8], [-4, -4], [0, -10], [4, -4], [8, -8], [8, 0]]) pen.lineTo(x + dx, y + dy);
  pen.closePath();
  pen.fill();
  pen.stroke();
}

function drawBubble(pen, x, y, now, c) {
  pen.fillStyle = c.paper;
  pen.strokeStyle = c.muted;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.roundRect(x - 2, y - 9, 26, 15, 7);
  pen.fill();
  pen.stroke();
  pen.fillStyle = c.ink;
  for (let n = 0; n < 3; n += 1) disc(pen, x + 5 + n * 6, y - 1.5 - Math.max(0, Math.sin(now / 180 - n)) * 2, 1.7);
}

function drawHouse(pen, thing, spot, c) {
  const { x, y, radius, colour, name, share, scale, hovered, selected } = spot;
  pen.fillStyle = c.shadow;
  pen.beginPath();
  pen.ellipse(x + 2, y + radius * 0.72, radius * 1.05, radius * 0.4, 0, 0, 7);
  pen.fill();
  pen.fillStyle = c.wall;
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.rect(x - radius * 0.72, y - radius * 0.3, radius * 1.44, radius * 1.05);
  pen.fill();
  pen.stroke();
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x - radius, y - radius * 0.22);
  pen.lineTo(x, y - radius * 0.95);
  pen.lineTo(x + radius, y - radius * 0.22);
  pen.closePath();
  pen.fill();
  pen.fillStyle = thing.data.host ? "#ffd166" : c.window;
  for (const at of [-0.5, 0.14]) pen.fillRect(x + radius * at, y - radius * 0.08, radius * 0.36, radius * 0.34);
  pen.fillStyle = colour;
  pen.fillRect(x - radius * 0.16, y + radius * 0.38, radius * 0.32, radius * 0.37);
  if (share !== null && thing.data.decides === undefined) drawPatience(pen, spot, c);
  if (typeof thing.data.value === "number") drawTag(pen, thing, spot, c);
  if (thing.data.decides !== undefined) drawCountdown(pen, thing, spot, c);
  drawBadge(pen, spot, c);
  if (scale > 0.55 || hovered || selected) label(pen, name, x, y + radius + 23, `11px ${FONT}`, c.muted, c);
}

function drawPatience(pen, { x, y, radius, share }, c) {
  const top = -Math.PI / 2;
  pen.lineWidth = 3;
  pen.strokeStyle = c.shadow;
  ring(pen, x, y, radius * 1.3);
  pen.strokeStyle = share > 0.35 ? c.good : c.bad;
  ring(pen, x, y, radius * 1.3, top, top + Math.PI * 2 * share);
}

function drawTag(pen, thing, { x, y, radius, colour }, c) {
  label(pen, brief(thing.data.value), x, y + radius + 10, `700 12px ${FONT}`, c.ink, c, colour);
}

function drawCountdown(pen, thing, { x, y, radius, now }, c) {
  pen.strokeStyle = c.accent;
  pen.lineWidth = 3;
  pen.setLineDash([6, 5]);
  pen.lineDashOffset = -now / 40;
  ring(pen, x, y, radius * 1.3);
  pen.setLineDash([]);
  pen.fillStyle = c.accent;
  disc(pen, x, y, radius * 0.62);
  pen.fillStyle = c.paper;
  write(pen, String(thing.data.decides), x, y + 1, `800 ${Math.round(radius * 0.8)}px ${FONT}`);
}

function drawBadge(pen, { x, y, radius, notes, collection }, c) {
  const stage = notes.stage === singular(collection) ? undefined : notes.stage;
  const words = typeof notes.chance === "number" ? `${Math.round(notes.chance * 100)} %` : stage;
  if (typeof words !== "string") return;
  pen.font = `700 11px ${FONT}`;
  const wide = pen.measureText(human(words)).width + 12;
  const offered = notes.discount !== undefined;
  pen.fillStyle = offered ? c.accent : c.good;
  pen.beginPath();
  pen.roundRect(x - wide / 2, y - radius * 1.3 - 17, wide, 17, 8.5);
  pen.fill();
  pen.fillStyle = c.paper;
  write(pen, human(words), x, y - radius * 1.3 - 8, `700 11px ${FONT}`);
}

function write(pen, text, x, y, font) {
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x, y);
}

/** Write a text with a halo, so that it can be read on any ground. */
export function label(pen, text, x, y, font, colour, c = colours()) {
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = c.halo;
  pen.strokeText(text, x, y);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

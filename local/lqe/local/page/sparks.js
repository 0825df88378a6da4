// What flies up from the map for a moment: words where something happened, and confetti for joy.

import { calm, collectionColour, colours } from "./palette.js";
import { label } from "./look.js";

const WORDS_MS = 2600;
const CONFETTI_MS = 1600;

/** Words and confetti in flight, in the coordinates of the land. */
export class Sparks {
  constructor() {
    this.words = [];
    this.bits = [];
  }

  /** Let words rise from a place. */
  say(text, x, y, tone, now) {
    const stacked = this.words.filter((w) => w.x === x && w.y === y && now - w.start < 500).length;
    this.words.push({ text, x, y, tone, start: now, stacked });
  }

  /** Throw confetti from a place. */
  throw(x, y, now) {
    if (calm.matches) return;
    for (let n = 0; n < 36; n += 1) {
      const turn = (n / 36) * Math.PI * 2;
      const speed = 60 + ((n * 37) % 90);
      this.bits.push({
        x, y, dx: Math.cos(turn) * speed, dy: Math.sin(turn) * speed - 60, colour: n, start: now,
      });
    }
  }

  draw(pen, camera, now) {
    this.words = this.words.filter((w) => now - w.start < WORDS_MS);
    this.bits = this.bits.filter((b) => now - b.start < CONFETTI_MS);
    const c = colours();
    for (const bit of this.bits) {
      const t = (now - bit.start) / 1000;
      const [x, y] = camera.toScreen(bit.x, bit.y);
      pen.globalAlpha = Math.max(0, 1 - (t * 1000) / CONFETTI_MS);
      pen.fillStyle = collectionColour(bit.colour);
      pen.fillRect(x + bit.dx * t - 3, y + bit.dy * t + 90 * t * t - 3, 6, 4 + Math.sin(t * 14 + bit.colour) * 3);
    }
    for (const words of this.words) {
      const part = (now - words.start) / WORDS_MS;
      const [x, y] = camera.toScreen(words.x, words.y);
      const away = calm.matches ? 30 : 24 + part * 34;
      pen.globalAlpha = Math.min(1, (1 - part) * 3);
      label(pen, words.text, x, y - away - words.stacked * 18, "700 14px system-ui, sans-serif",
        words.tone === "good" ? c.good : words.tone === "bad" ? c.bad : c.ink, c);
    }
    pen.globalAlpha = 1;
  }
}

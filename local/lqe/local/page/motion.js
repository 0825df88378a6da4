// Where things are between two deltas: each goes in a straight line to where it was last seen.

const FASTEST_MS = 50;
const SLOWEST_MS = 1000;
const REMEMBERED_MS = 6000;

/** The places of all things by key, moving. A thing that is gone keeps its last place for a while. */
export class Motion {
  constructor() {
    this.paths = new Map();
    this.interval = 200;
    this.last = 0;
  }

  /** Take the places of a new view; `jump` puts everything there at once. */
  update(things, now, jump, reach) {
    const since = now - this.last;
    if (since < SLOWEST_MS) this.interval += (Math.max(FASTEST_MS, since) - this.interval) * 0.2;
    this.last = now;
    for (const { key, data } of things.values()) this.aim(key, data, now, jump, reach);
    for (const [key, path] of this.paths) {
      if (things.has(key)) path.gone = 0;
      else if (!path.gone) path.gone = now;
      else if (now - path.gone > REMEMBERED_MS) this.paths.delete(key);
    }
  }

  aim(key, { x, y }, now, jump, reach) {
    const path = this.paths.get(key);
    const at = path && !path.gone && !jump ? this.at(key, now) : { x, y };
    const far = Math.hypot(at.x - x, at.y - y) > reach;
    if (path && !jump && !far && path.x === x && path.y === y && !path.gone) return;
    const from = far ? { x, y } : at;
    const born = path?.born ?? now;
    this.paths.set(key, { fromX: from.x, fromY: from.y, x, y, start: now, born, gone: 0 });
  }

  /** Return where a thing is now, or null if it was never seen. */
  at(key, now) {
    const path = this.paths.get(key);
    if (!path) return null;
    const part = Math.min(1, (now - path.start) / (this.interval * 1.15));
    return {
      x: path.fromX + (path.x - path.fromX) * part,
      y: path.fromY + (path.y - path.fromY) * part,
      moving: part < 1 && (path.x !== path.fromX || path.y !== path.fromY),
      age: now - path.born,
    };
  }
}

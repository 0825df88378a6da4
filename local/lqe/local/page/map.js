// The map: a canvas that shows the things of a view, moving, and says what was clicked.

import { Sparks } from "./sparks.js";
import { drawLand } from "./land.js";
import { drawThing, label, radiusOf } from "./look.js";
import { Motion } from "./motion.js";
import { collectionColour, colours, onDusk } from "./palette.js";
import { nameOf, notesOn } from "./things.js";

const MARGIN = 16; // pixels around the land
const NEAR = 12; // pixels beside a thing that still hit it
const CLOSEST = 4;
const ARRIVED = 30;
const LARGEST_PICTURE = 12e6; // pixels; phones refuse more

/** Which part of the land is on the canvas; `up` says that y grows upwards. */
class Camera {
  constructor(up) {
    this.up = up;
    this.scale = 1;
    this.left = 0;
    this.low = 0;
    this.high = 1;
  }

  /** Show a box on a canvas; zoomed in, stay around `centre` and inside the box. */
  fit(box, wide, high, zoom, centre) {
    const whole = Math.min((wide - 2 * MARGIN) / box.width, (high - 2 * MARGIN) / box.height);
    this.scale = Math.max(0.0001, whole) * zoom;
    this.high = high;
    this.left = Camera.side(box.x, box.width, wide / this.scale, centre?.x, MARGIN / this.scale);
    this.low = Camera.side(box.y, box.height, high / this.scale, centre?.y, MARGIN / this.scale);
  }

  static side(start, size, seen, middle, margin) {
    if (seen >= size + 2 * margin) return start - (seen - size) / 2;
    const wanted = (middle ?? start + size / 2) - seen / 2;
    return Math.max(start - margin, Math.min(start + size + margin - seen, wanted));
  }

  toScreen(x, y) {
    const down = (y - this.low) * this.scale;
    return [(x - this.left) * this.scale, this.up ? this.high - down : down];
  }

  toLand(x, y) {
    const down = this.up ? this.high - y : y;
    return [x / this.scale + this.left, down / this.scale + this.low];
  }
}

/** A canvas with a world on it. `on` has `thing(thing)`, `twice(thing)` and
 *  `ground(x, y)`; `up` says that y grows upwards; `ended` is the signal that ends it. */
export class WorldMap {
  constructor(canvas, on, up, ended) {
    this.ended = ended;
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.on = on;
    this.camera = new Camera(up);
    this.motion = new Motion();
    this.sparks = new Sparks();
    this.view = { things: new Map(), land: null, you: {}, own: null, collections: [] };
    this.box = null;
    this.longest = new Map(); // the most that each thing was seen to wait
    this.selected = "";
    this.hovered = "";
    this.goal = null;
    this.zoom = 1;
    this.ground = null;
    this.listen();
  }

  listen() {
    const { canvas, ended } = this;
    const hear = (name, act) => canvas.addEventListener(name, act, { signal: ended, passive: false });
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(canvas);
    ended.addEventListener("abort", () => sizes.disconnect());
    onDusk(() => (this.ground = null), ended);
    hear("click", (event) => this.click(event));
    hear("dblclick", (event) => {
      const thing = this.hit(event);
      if (thing) this.on.twice(thing);
    });
    hear("pointermove", (event) => {
      this.hovered = event.pointerType === "mouse" ? this.hit(event)?.key ?? "" : "";
      canvas.classList.toggle("over-thing", this.hovered !== "");
    });
    hear("pointerleave", () => (this.hovered = ""));
    hear("wheel", (event) => {
      if (this.zoom === 1 && event.deltaY > 0) return;
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 400));
    });
    const frame = (now) => {
      if (ended.aborted) return;
      this.draw(now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Take what a new view shows. */
  update(view, jump) {
    const now = performance.now();
    if (JSON.stringify(view.land) !== JSON.stringify(this.view.land)) this.ground = null;
    this.view = view;
    this.box = this.extent(view);
    this.motion.update(view.things, now, jump, Math.max(this.box.width, this.box.height) / 4);
    for (const { key, data } of view.things.values()) {
      if (typeof data.waits === "number") {
        this.longest.set(key, Math.max(data.waits, this.longest.get(key) ?? 0));
      }
    }
    for (const key of this.longest.keys()) if (!view.things.has(key)) this.longest.delete(key);
  }

  /** Return the box to show: the land, or around all things seen so far. */
  extent({ land, things }) {
    if (land) return { x: 0, y: 0, width: land.width, height: land.height };
    const places = [...things.values()].map(({ data }) => data);
    if (!places.length) return this.box ?? { x: 0, y: 0, width: 100, height: 100 };
    const xs = places.map(({ x }) => x);
    const ys = places.map(({ y }) => y);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const old = this.box;
    const fits = old && left >= old.x && right <= old.x + old.width && low >= old.y && high <= old.y + old.height;
    if (fits) return old;
    const room = Math.max(30, (right - left) / 4, (high - low) / 4);
    const [x, y] = [Math.min(left - room, old?.x ?? left), Math.min(low - room, old?.y ?? low)];
    return {
      x, y,
      width: Math.max(right + room, old ? old.x + old.width : right) - x,
      height: Math.max(high + room, old ? old.y + old.height : high) - y,
    };
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    this.ground = null;
  }

  zoomBy(factor) {
    this.zoom = Math.max(1, Math.min(CLOSEST, this.zoom * factor));
    this.ground = null;
  }

  /** Return the thing under a pointer, or null: the nearest that is near enough. */
  hit(event) {
    const now = performance.now();
    let best = null;
    let least = Infinity;
    for (const thing of this.view.things.values()) {
      const at = this.motion.at(thing.key, now);
      const [x, y] = this.camera.toScreen(at.x, at.y);
      const reach = radiusOf(thing, this.camera.scale) + NEAR;
      const far = Math.hypot(event.offsetX - x, event.offsetY - y) / reach;
      if (far <= 1 && far < least) [best, least] = [thing, far];
    }
    return best;
  }

  click(event) {
    const thing = this.hit(event);
    if (thing) {
      this.on.thing(thing);
      return;
    }
    const [x, y] = this.camera.toLand(event.offsetX, event.offsetY);
    const { x: left, y: top, width, height } = this.box ?? { x: 0, y: 0, width: 0, height: 0 };
    if (this.view.land && (x < left || y < top || x > left + width || y > top + height)) return;
    this.on.ground(Math.round(x * 10) / 10, Math.round(y * 10) / 10);
  }

  /** Mark where the player wants to go: a point, a thing, or nowhere. */
  aim(goal) {
    this.goal = goal && { ...goal, start: performance.now() };
  }

  /** Return where a thing is on the canvas, in pixels; null if it is not there. */
  whereIs(key) {
    const at = this.motion.at(key, performance.now());
    return at && this.camera.toScreen(at.x, at.y);
  }

  /** Let words rise where a thing is, or was a moment ago; with confetti if it is a joy. */
  tell(key, text, tone, joy) {
    const now = performance.now();
    const at = this.motion.at(key, now);
    if (!at) return;
    this.sparks.say(text, at.x, at.y, tone, now);
    if (joy) this.sparks.throw(at.x, at.y, now);
  }

  draw(now) {
    const { pen, canvas, camera } = this;
    const ratio = devicePixelRatio || 1;
    const [wide, high] = [canvas.width / ratio, canvas.height / ratio];
    if (!this.box || !wide || !high) return;
    const own = this.view.own ? this.motion.at(this.view.own.key, now) : null;
    camera.fit(this.box, wide, high, this.zoom, own);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, wide, high);
    this.drawGround(ratio);
    this.drawGoal(own, now);
    const things = [...this.view.things.values()].map((thing) => [thing, this.motion.at(thing.key, now)]);
    const layer = (thing) => (thing === this.view.own ? 2 : thing.data.company === undefined ? 1 : 0);
    things.sort(([a, from], [b, to]) => layer(a) - layer(b) || from.y - to.y);
    for (const [thing, at] of things) this.drawOne(thing, at, now);
    this.sparks.draw(pen, camera, now);
  }

  /** Draw the land from a picture of it, made anew when its size, zoom or light change. */
  drawGround(ratio) {
    const { land } = this.view;
    if (!land) return;
    const { camera, pen } = this;
    if (!this.ground) {
      const pad = 4;
      const most = Math.sqrt(LARGEST_PICTURE / ((land.width + 2 * pad) * (land.height + 2 * pad)));
      const scale = Math.min(camera.scale * ratio, most);
      const picture = document.createElement("canvas");
      picture.width = Math.ceil((land.width + 2 * pad) * scale);
      picture.height = Math.ceil((land.height + 2 * pad) * scale);
      const brush = picture.getContext("2d");
      const turned = camera.up ? picture.height - pad * scale : pad * scale;
      brush.setTransform(scale, 0, 0, camera.up ? -scale : scale, pad * scale, turned);
      drawLand(brush, land);
      this.ground = { picture, pad };
    }
    const top = camera.up ? land.height + this.ground.pad : -this.ground.pad;
    const [x, y] = camera.toScreen(-this.ground.pad, top);
    const wide = (land.width + 2 * this.ground.pad) * camera.scale;
    const high = (land.height + 2 * this.ground.pad) * camera.scale;
    pen.drawImage(this.ground.picture, x, y, wide, high);
  }

  drawGoal(own, now) {
    if (!this.goal) return;
    const at = this.goal.key ? this.motion.at(this.goal.key, now) : this.goal;
    const gone = this.goal.key && !this.view.things.has(this.goal.key);
    const there = own && at && Math.hypot(own.x - at.x, own.y - at.y) < ARRIVED && !own.moving;
    if (!at || gone || (there && now - this.goal.start > 600)) {
      this.goal = null;
      return;
    }
    const { pen, camera } = this;
    const [x, y] = camera.toScreen(at.x, at.y);
    pen.strokeStyle = colours().accent;
    pen.lineWidth = 2;
    if (own) {
      pen.globalAlpha = 0.55;
      pen.setLineDash([3, 7]);
      pen.lineCap = "round";
      pen.lineDashOffset = -now / 30;
      pen.beginPath();
      pen.moveTo(...camera.toScreen(own.x, own.y));
      pen.lineTo(x, y);
      pen.stroke();
      pen.setLineDash([]);
      pen.globalAlpha = 1;
    }
    if (this.goal.key) return;
    const grown = Math.min(1, (now - this.goal.start) / 250);
    pen.beginPath();
    pen.arc(x, y, 4 + 6 * grown + Math.sin(now / 200), 0, 7);
    pen.stroke();
    pen.fillStyle = colours().accent;
    pen.beginPath();
    pen.arc(x, y, 3, 0, 7);
    pen.fill();
  }

  drawOne(thing, at, now) {
    const { collections, own, you } = this.view;
    const [x, y] = this.camera.toScreen(at.x, at.y);
    const most = this.longest.get(thing.key);
    const scale = this.camera.scale;
    const hovered = thing.key === this.hovered;
    const selected = thing.key === this.selected;
    const born = Math.min(1, at.age / 300);
    drawThing(this.pen, thing, {
      x, y, now, scale, hovered, selected,
      radius: radiusOf(thing, scale) * (hovered ? 1.12 : 1) * (0.4 + 0.6 * born),
      colour: collectionColour(collections.indexOf(thing.collection)),
      own: thing === own,
      collection: thing.collection,
      name: nameOf(thing),
      notes: notesOn(thing, you),
      share: most ? thing.data.waits / most : null,
    });
    if (hovered && !selected && typeof thing.data.company !== "string") {
      label(this.pen, thing.data.title ?? "", x, y + radiusOf(thing, scale) + 25, "11px system-ui, sans-serif", colours().muted);
    }
  }
}

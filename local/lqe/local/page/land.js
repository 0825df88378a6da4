// The ground. Of the object with `width` and `height`, these optional fields are drawn if they fit:
//   office  [x, y]                      a house
//   river   {x, half_width, bridges: [y, …], bridge_width}   water from north to south
//   trees   [[x, y, radius], …]         groves

import { colours } from "./palette.js";

const isNumber = (value) => typeof value === "number";
const isPoint = (value, size) => Array.isArray(value) && value.length >= size && value.every(isNumber);

/** Draw a land in its own coordinates. */
export function drawLand(pen, land) {
  const c = colours();
  drawGround(pen, land, c);
  const river = readRiver(land.river);
  if (isPoint(land.office, 2)) drawPaths(pen, land, river, c);
  if (river) drawRiver(pen, land, river, c);
  const trees = Array.isArray(land.trees) ? land.trees.filter((tree) => isPoint(tree, 3)) : [];
  for (const [x, y, radius] of trees) drawTree(pen, x, y, radius, c);
  if (isPoint(land.office, 2)) drawOffice(pen, land.office[0], land.office[1], c);
}

function readRiver(river) {
  if (!river || !isNumber(river.x)) return null;
  const bridges = Array.isArray(river.bridges) ? river.bridges.filter(isNumber) : [];
  const half = isNumber(river.half_width) ? river.half_width : 8;
  return { x: river.x, half: Math.max(half, 4) + 8, bridges, wide: river.bridge_width ?? 60 };
}

/** Return a number from 0 to 1 that looks like chance and is the same at each drawing. */
function speck(seed) {
  const value = Math.sin(seed * 127.1) * 43758.5453;
  return value - Math.floor(value);
}

function drawGround(pen, land, c) {
  pen.fillStyle = c.ground;
  pen.strokeStyle = c.edge;
  pen.lineWidth = 3;
  pen.beginPath();
  pen.roundRect(0, 0, land.width, land.height, 14);
  pen.fill();
  pen.stroke();
  pen.save();
  pen.clip();
  pen.fillStyle = c.patch;
  const size = Math.sqrt(land.width * land.height);
  for (let n = 1; n <= 60; n += 1) {
    const x = speck(n) * land.width;
    const y = speck(n + 100) * land.height;
    pen.beginPath();
    pen.ellipse(x, y, size * (0.02 + 0.05 * speck(n + 200)), size * (0.015 + 0.03 * speck(n + 300)), 0, 0, 7);
    pen.fill();
  }
  pen.restore();
}

/** Draw ways from the office over each bridge to the edges of the map. */
function drawPaths(pen, land, river, c) {
  const [x, y] = land.office;
  pen.strokeStyle = c.road;
  pen.lineWidth = 16;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  const ends = river ? river.bridges.map((at) => [river.x, at]) : [];
  pen.beginPath();
  for (const [bridgeX, at] of ends) {
    const out = bridgeX > x ? 1 : -1;
    pen.moveTo(x, y + 20);
    pen.bezierCurveTo(x + out * 60, y + 20, bridgeX - out * 90, at, bridgeX - out * 30, at);
    pen.lineTo(bridgeX + out * 40, at);
    pen.bezierCurveTo(bridgeX + out * 160, at, bridgeX + out * 200, at + (land.height / 2 - at) * 0.4,
      bridgeX > x ? land.width - 20 : 20, at + (land.height / 2 - at) * 0.25);
  }
  pen.moveTo(x, y + 20);
  pen.quadraticCurveTo(x * 0.5, y + 60, 20, y + 10);
  pen.stroke();
}

function riverEdge(river, y, side) {
  return river.x + side * river.half + Math.sin(y / 47) * 3 + Math.sin(y / 19 + side) * 1.5;
}

function drawRiver(pen, land, river, c) {
  pen.save();
  pen.beginPath();
  pen.roundRect(1.5, 1.5, land.width - 3, land.height - 3, 13);
  pen.clip();
  pen.beginPath();
  for (let y = -10; y <= land.height + 10; y += 10) pen.lineTo(riverEdge(river, y, -1), y);
  for (let y = land.height + 10; y >= -10; y -= 10) pen.lineTo(riverEdge(river, y, 1), y);
  pen.closePath();
  pen.fillStyle = c.water;
  pen.fill();
  pen.strokeStyle = c.deep;
  pen.lineWidth = 2;
  pen.stroke();
  pen.strokeStyle = c.glint;
  pen.lineWidth = 1.5;
  pen.lineCap = "round";
  pen.beginPath();
  for (let y = 12; y < land.height; y += 23) {
    const x = river.x + (speck(y) - 0.5) * river.half;
    pen.moveTo(x, y);
    pen.quadraticCurveTo(x + 3, y + 5, x, y + 10);
  }
  pen.stroke();
  pen.restore();
  for (const at of river.bridges) drawBridge(pen, river, at, c);
}

function drawBridge(pen, river, at, c) {
  const half = river.half + 10;
  const wide = Math.min(river.wide * 0.62, 60);
  pen.fillStyle = c.shadow;
  pen.fillRect(river.x - half, at - wide / 2 + 5, half * 2, wide);
  pen.fillStyle = c.plank;
  pen.fillRect(river.x - half, at - wide / 2, half * 2, wide);
  pen.strokeStyle = c.rail;
  pen.lineWidth = 1;
  pen.globalAlpha = 0.45;
  pen.beginPath();
  for (let x = river.x - half + 6; x < river.x + half; x += 6) {
    pen.moveTo(x, at - wide / 2);
    pen.lineTo(x, at + wide / 2);
  }
  pen.stroke();
  pen.globalAlpha = 1;
  pen.lineWidth = 4;
  pen.beginPath();
  for (const side of [-1, 1]) {
    pen.moveTo(river.x - half - 2, at + (side * wide) / 2);
    pen.lineTo(river.x + half + 2, at + (side * wide) / 2);
  }
  pen.stroke();
}

function drawTree(pen, x, y, radius, c) {
  pen.fillStyle = c.shadow;
  pen.beginPath();
  pen.ellipse(x + radius * 0.12, y + radius * 0.16, radius, radius * 0.96, 0, 0, 7);
  pen.fill();
  const crowns = Math.max(5, Math.round(radius / 5));
  const blob = (colour, shift, size) => {
    pen.fillStyle = colour;
    for (let n = 0; n < crowns; n += 1) {
      const turn = (n / crowns) * Math.PI * 2 + speck(x + y);
      const away = radius * (0.58 + 0.1 * speck(n + x));
      pen.beginPath();
      pen.arc(x + Math.cos(turn) * away - shift, y + Math.sin(turn) * away - shift, radius * size, 0, 7);
      pen.fill();
    }
    pen.beginPath();
    pen.arc(x - shift, y - shift, radius * 0.6, 0, 7);
    pen.fill();
  };
  blob(c.dark, 0, 0.4);
  blob(c.leaf, radius * 0.05, 0.33);
  pen.fillStyle = c.bright;
  pen.globalAlpha = 0.7;
  for (let n = 0; n < crowns; n += 1) {
    const turn = speck(n * 3 + x) * Math.PI * 2;
    const away = radius * 0.7 * speck(n * 5 + y);
    pen.beginPath();
    pen.arc(x + Math.cos(turn) * away - radius * 0.1, y + Math.sin(turn) * away - radius * 0.12, radius * 0.13, 0, 7);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function drawOffice(pen, x, y, c) {
  pen.fillStyle = c.shadow;
  pen.beginPath();
  pen.ellipse(x, y + 24, 48, 13, 0, 0, 7);
  pen.fill();
  pen.fillStyle = c.wall;
  pen.strokeStyle = c.rail;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.rect(x - 36, y - 14, 72, 40);
  pen.fill();
  pen.stroke();
  pen.fillStyle = c.roof;
  pen.beginPath();
  pen.moveTo(x - 44, y - 12);
  pen.lineTo(x, y - 42);
  pen.lineTo(x + 44, y - 12);
  pen.closePath();
  pen.fill();
  pen.stroke();
  pen.fillStyle = c.window;
  for (const at of [-28, -12, 14]) pen.fillRect(x + at, y - 5, 13, 12);
  pen.fillStyle = c.rail;
  pen.fillRect(x + 3, y + 4, 8, 22);
  pen.fillRect(x - 26, y + 12, 12, 2);
}

// One form a command, made from its schema. The mouse fills them too: a click on the ground the
// fields `x` and `y`, a click on a thing the fields that name one of its collection.

import { el, say } from "./dom.js";
import { readCommand } from "./schema.js";
import { collectionsFor, nameOf } from "./things.js";
import { human, readable } from "./words.js";

// A share of this name is shown with the price that it leaves, when the thing has a `value`.
const PRICED = "discount";

/** The forms of all commands; `send(name, args)` is called with what is to be sent. */
export class Forms {
  constructor(commands, world, places, send) {
    this.places = places; // {all, selected}: where forms stand
    this.send = send;
    this.forms = Object.entries(commands).map(([name, schema]) => this.build(name, schema, world));
    this.armed = this.forms.find((form) => form.ground) ?? null;
    const onGround = this.forms.filter((form) => form.ground);
    for (const form of onGround) this.addArming(form, onGround.length > 1);
    places.all.replaceChildren(...this.forms.map((form) => form.node));
  }

  build(name, schema, world) {
    const { hint, fields } = readCommand(schema);
    const made = fields.map((field) => makeField(name, field, collectionsFor(field.name, world)));
    const names = new Set(fields.filter((f) => f.kind === "number" || f.kind === "integer").map((f) => f.name));
    const button = el("button", { type: "submit", class: "do" }, human(name));
    const problem = el("p", { class: "error", role: "alert", hidden: true });
    const hintId = `hint-${name}`;
    button.setAttribute("aria-describedby", hintId);
    const node = el("form", { class: "command", "data-command": name, autocomplete: "off" },
      el("p", { class: "hint", id: hintId }, hint),
      el("div", { class: "fields" }, ...made.map((field) => field.node), button),
      problem);
    const form = {
      name, node, button, problem, fields: made,
      ground: names.has("x") && names.has("y"),
      whole: made.every((field) => field.collections.length > 0),
    };
    node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(form);
    });
    return form;
  }

  /** Say on a form that a click on the map sends it; let it be chosen if several could be. */
  addArming(form, several) {
    const note = "A click on the map sends this.";
    if (!several) {
      form.node.querySelector(".hint").append(" ", el("b", {}, note));
      return;
    }
    const radio = el("input", {
      type: "radio", name: "armed", checked: form === this.armed, onchange: () => (this.armed = form),
    });
    form.node.append(el("label", { class: "arming" }, radio, note));
  }

  /** Send what a form says, or say what is missing. */
  submit(form) {
    if (!form.node.reportValidity()) return; // the browser says what is missing
    let args;
    try {
      const read = form.fields.map((field) => [field.name, field.read()]);
      args = Object.fromEntries(read.filter(([, value]) => value !== undefined));
    } catch (error) {
      say(form.problem, error.message);
      form.problem.hidden = false;
      return;
    }
    form.problem.hidden = true;
    this.send(form.name, args);
  }

  /** A click on the ground: fill every `x` and `y`, and send the armed command. */
  ground(x, y) {
    for (const form of this.forms) {
      if (!form.ground) continue;
      for (const field of form.fields) {
        const value = field.name === "x" ? x : field.name === "y" ? y : undefined;
        if (value !== undefined) field.write(field.kind === "integer" ? Math.round(value) : value);
      }
    }
    if (this.armed) this.submit(this.armed);
  }

  /** A thing was selected, or none: fill the fields that name one, and put their forms at hand. */
  select(thing) {
    for (const form of this.forms) {
      const fitting = thing ? form.fields.filter((f) => f.collections.includes(thing.collection)) : [];
      for (const field of fitting) field.write(thing.id, nameOf(thing));
      for (const field of form.fields) field.price?.(fitting.length ? thing.data.value : undefined);
      for (const field of form.fields) field.node.classList.toggle("implied", fitting.includes(field));
      form.node.classList.toggle("at-hand", fitting.length > 0);
      const place = fitting.length ? this.places.selected : this.places.all;
      if (form.node.parentNode !== place) place.append(form.node);
    }
    const at = (form) => this.forms.findIndex(({ node }) => node === form);
    for (const place of Object.values(this.places)) {
      const sorted = [...place.children].sort((a, b) => at(a) - at(b));
      if (sorted.some((node, n) => place.children[n] !== node)) place.replaceChildren(...sorted);
    }
  }

  /** Send the first command about a thing that needs nothing else: what a double click means. */
  first(thing) {
    const takes = (form) => form.fields.some((field) => field.collections.includes(thing.collection));
    const form = this.forms.find((f) => takes(f) && f.whole) ?? null;
    if (form) this.submit(form);
  }

  /** Bring the lists of things in the forms up to date. */
  update(things) {
    for (const form of this.forms) for (const field of form.fields) field.offer?.(things);
  }
}

/** Return a field: its node, `read` for its value or undefined, `write` to fill it in. */
function makeField(command, field, collections) {
  const id = `field-${command}-${field.name}`;
  const hintId = `${id}-hint`;
  const made = collections.length && ["integer", "string"].includes(field.kind)
    ? thingField(field, id, collections)
    : ({ choice: choiceField, boolean: booleanField, number: numberField, integer: numberField }[field.kind]
      ?? textField)(field, id);
  const control = made.control;
  if (field.hint) control.setAttribute("aria-describedby", hintId);
  control.title = field.hint;
  const hint = field.hint ? el("small", { id: hintId, class: "unseen" }, field.hint) : null;
  const node = el("div", { class: `field ${made.className ?? ""}` },
    el("label", { for: id }, human(field.name)), made.body ?? control, hint);
  return { collections: [], ...made, name: field.name, kind: field.kind, node };
}

function thingField(field, id, collections) {
  const control = el("select", { id, required: field.required }, el("option", { value: "" }, "choose…"));
  const options = new Map();
  const add = (key, text) => {
    const option = el("option", { value: key }, text);
    options.set(key, option);
    control.append(option);
  };
  return {
    control,
    collections,
    className: "wide",
    read: () => (control.value === "" ? undefined : field.kind === "integer" ? Number(control.value) : control.value),
    write: (key, text) => {
      if (!options.has(String(key))) add(String(key), text ?? String(key));
      control.value = String(key);
    },
    offer: (things) => {
      const there = new Map();
      for (const thing of things.values()) {
        if (collections.includes(thing.collection)) there.set(thing.id, nameOf(thing));
      }
      for (const [key, text] of there) if (!options.has(key)) add(key, text);
      for (const [key, option] of options) {
        if (there.has(key)) continue;
        option.remove(); // a list whose choice is gone says "choose…" again
        options.delete(key);
      }
    },
  };
}

function choiceField(field, id) {
  const values = field.choices;
  const start = Math.max(0, values.indexOf(field.standard));
  const control = el("select", { id },
    ...values.map((value, n) => el("option", { value: String(n), selected: n === start }, readable(value))));
  return {
    control,
    read: () => values[Number(control.value)],
    write: (value) => {
      const n = values.indexOf(value);
      if (n >= 0) control.value = String(n);
    },
  };
}

function booleanField(field, id) {
  const control = el("input", { id, type: "checkbox", checked: field.standard === true });
  return { control, className: "check", read: () => control.checked, write: (value) => (control.checked = value) };
}

function numberField(field, id) {
  const whole = field.kind === "integer";
  const bounded = field.least !== undefined && field.most !== undefined;
  const span = bounded ? field.most - field.least : 0;
  const step = field.step ?? (whole ? 1 : bounded ? 10 ** Math.floor(Math.log10(span / 30)) : "any");
  const slides = bounded && span > 0 && span / (whole ? step : 1) <= 1000;
  const control = el("input", {
    id, type: slides ? "range" : "number", inputMode: whole ? "numeric" : "decimal", step,
    min: field.least, max: field.most, required: field.required,
  });
  const start = field.standard ?? (slides ? field.least : "");
  control.value = start ?? "";
  const read = () => (control.value === "" ? undefined : Number(control.value));
  const shown = slides ? el("output", { for: id }) : null;
  let value; // what the share is taken off
  const tell = () => {
    const number = Number(control.value);
    const left = typeof value === "number" ? `: ${readable(Math.round(value * (1 - number)))}` : "";
    if (shown) say(shown, `${readable(number, field.name)}${left}`);
  };
  const price = field.name !== PRICED ? null : (whole) => {
    value = whole;
    tell();
  };
  const write = (number) => {
    control.value = String(number);
    tell();
  };
  control.addEventListener("input", tell);
  tell();
  const body = slides ? el("span", { class: "slide" }, control, shown) : control;
  return { control, body, className: slides ? "wide" : "", read, write, price };
}

function textField(field, id) {
  const json = field.kind === "json";
  const control = el(json ? "textarea" : "input", {
    id, required: field.required, minLength: field.shortest, maxLength: field.longest,
    pattern: json ? undefined : field.pattern, placeholder: json ? "JSON" : undefined, spellcheck: false,
  });
  if (field.standard !== undefined && field.standard !== null) {
    control.value = json ? JSON.stringify(field.standard) : field.standard;
  }
  const read = () => {
    if (control.value === "") return field.required && !json ? "" : undefined;
    if (!json) return control.value;
    try {
      return JSON.parse(control.value);
    } catch {
      throw new Error(`${human(field.name)}: expected JSON, for example [1, 2]`);
    }
  };
  const write = (value) => (control.value = json ? JSON.stringify(value) : String(value));
  return { control, className: "wide", read, write };
}

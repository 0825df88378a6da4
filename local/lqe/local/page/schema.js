// What a command's JSON Schema asks for, as a list of fields that a form can show.

/** Return {hint, fields} of a command. */
export function readCommand(schema) {
  const shape = resolve(schema, schema);
  const required = new Set(shape.required ?? []);
  const fields = Object.entries(shape.properties ?? {}).map(([name, part]) =>
    readField(name, part, schema, required.has(name)));
  return { hint: tidy(shape.description), fields };
}

function tidy(text = "") {
  return text.split(/\n\s*\n/)[0].replaceAll(/\s+/g, " ").trim();
}

/** Return a schema with what it refers to put in place. */
function resolve(part, root) {
  let shape = part;
  for (let hops = 0; shape.$ref && hops < 8; hops += 1) {
    const target = shape.$ref.replace(/^#\//, "").split("/").reduce((at, key) => at?.[key], root) ?? {};
    const { $ref, ...beside } = shape;
    shape = { ...target, ...beside };
  }
  return shape.allOf?.length === 1 ? { ...shape, ...resolve(shape.allOf[0], root) } : shape;
}

function readField(name, part, root, required) {
  let shape = resolve(part, root);
  const options = (shape.anyOf ?? shape.oneOf ?? []).map((option) => resolve(option, root));
  const real = options.filter((option) => option.type !== "null");
  const nullable = real.length < options.length;
  if (real.length === 1) shape = { ...shape, ...real[0] };
  else if (real.length && real.every((option) => option.const !== undefined)) {
    shape = { ...shape, enum: real.map((option) => option.const) };
  }
  return {
    name,
    kind: kindOf(shape),
    hint: tidy(shape.description ?? part.description),
    required: required && !nullable,
    standard: part.default ?? shape.default,
    choices: shape.enum ?? (shape.const === undefined ? undefined : [shape.const]),
    least: shape.minimum ?? shape.exclusiveMinimum,
    most: shape.maximum ?? shape.exclusiveMaximum,
    step: shape.multipleOf,
    shortest: shape.minLength,
    longest: shape.maxLength,
    pattern: shape.pattern,
  };
}

function kindOf(shape) {
  if (shape.enum || shape.const !== undefined) return "choice";
  const type = Array.isArray(shape.type) ? shape.type.find((t) => t !== "null") : shape.type;
  return ["number", "integer", "boolean", "string"].includes(type) ? type : "json";
}

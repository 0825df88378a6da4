// The view that a player has, kept up to date by JSON merge patches (RFC 7396).

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Return a member of an object, undefined if it has none: players may be called `constructor`. */
export const member = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined);

/** Give an object a member: plain assignment takes one called `__proto__` for something else. */
function put(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Return `target` with a merge patch applied; neither is changed, what stays the same is shared. */
export function applyPatch(target, patch) {
  if (!isObject(patch)) return patch;
  const result = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else put(result, key, applyPatch(member(result, key), value));
  }
  return result;
}

/** What a player sees, as of a position of the world's log. */
export class View {
  constructor() {
    this.position = -1;
    this.tick = 0;
    this.tickUs = 0;
    this.world = {};
    this.you = {};
  }

  /** Take a whole view instead of what was there. */
  replace(message) {
    this.position = message.position;
    this.tick = message.tick;
    this.tickUs = message.tick_us;
    this.world = message.world ?? {};
    this.you = message.you ?? {};
  }

  /** Apply a delta if it goes on from here; return whether it did. */
  follow(message) {
    if (message.since !== this.position) return false;
    this.position = message.position;
    this.tick = message.tick;
    this.world = applyPatch(this.world, message.world ?? {});
    this.you = applyPatch(this.you, message.you ?? {});
    return true;
  }
}

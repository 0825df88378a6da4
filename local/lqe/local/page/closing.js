// Why a socket was closed, and whether to come back by oneself: as in docs/protocol.md.

/** The states in which a page stays as it is, by the code that brings them. */
export const STAYS = new Map([[4001, "taken"], [4003, "over"]]);
const FOR_GOOD = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

/** Say whether a client comes back after a pause when its socket was closed with this code. */
export function comesBack(code) {
  return !FOR_GOOD.has(code) && !(code >= 4000 && code < 4100);
}

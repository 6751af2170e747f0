/**
 * Bounds of JSON that are checked on its bytes, before `JSON.parse` makes a tree of them: 4 MB of `[`
 * would take it 0.5 GB. This only counts; whether the text is JSON is for `JSON.parse` to say.
 *
 * Arrays and objects are bounded by the text's length: there may be as many rows as fit into a body, but
 * an empty array takes more than ten times its text.
 *
 * Members are those of all objects together, but of an array only those of its widest element: a
 * series has as many rows as it likes.
 */

const MAX_LEVELS = 64;
const MAX_MEMBERS = 100_000;
/** V8 takes eight times as long for an object of many names as for rows of as many bytes. */
const MAX_OWN_MEMBERS = 20_000;
/** Of all objects together. V8 keeps a shape for each name that an object begins with. */
const MAX_NAMES = 20_000;
/** So many arrays and objects in any case, and one more for each of so many bytes. */
const MANY_NODES = 100_000;
const NODE_BYTES = 6;

const NAME_HASHES = 64 * 1024;
/** A member takes at least so many, with its quotes and its colon. */
const MEMBER_BYTES = 4;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const ARRAY = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/** The bound that the text exceeds, as the detail of a problem; otherwise undefined. */
export function exceededBound(bytes: Uint8Array): string | undefined {
  /** Of each open level: its members so far, those of its own, and whether it is an array. */
  const members = new Uint32Array(MAX_LEVELS + 1);
  const own = new Uint32Array(MAX_LEVELS + 1);
  const isArray = new Uint8Array(MAX_LEVELS + 1);
  const maxNodes = MANY_NODES + Math.floor(bytes.length / NODE_BYTES);
  const names = bytes.length > MAX_NAMES * MEMBER_BYTES ? new Names() : undefined;
  let nodes = 0;
  let level = 0;
  /** Where the last text begins and ends; nothing, once a member has taken it for its name. */
  let [textAt, textEnd] = [0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      textAt = at + 1;
      for (at += 1; at < bytes.length && bytes[at] !== QUOTE; at += 1)
        if (bytes[at] === BACKSLASH) at += 1;
      textEnd = at;
    } else if (byte === ARRAY || byte === OBJECT) {
      if (level === MAX_LEVELS)
        return `it has more than ${MAX_LEVELS} levels of arrays and objects`;
      nodes += 1;
      if (nodes > maxNodes)
        return `it has more than ${maxNodes} arrays and objects in ${bytes.length} bytes`;
      level += 1;
      members[level] = 0;
      own[level] = 0;
      isArray[level] = byte === ARRAY ? 1 : 0;
    } else if (byte === COLON) {
      members[level] = (members[level] as number) + 1;
      own[level] = (own[level] as number) + 1;
      names?.add(bytes, textAt, textEnd);
      textAt = textEnd;
      if (names && names.count > MAX_NAMES) return TOO_MANY_NAMES;
      if ((own[level] as number) > MAX_OWN_MEMBERS) return TOO_MANY_OWN;
      if ((members[level] as number) > MAX_MEMBERS) return TOO_MANY;
    } else if (byte === ARRAY_END || byte === OBJECT_END) {
      if (level === 0) return undefined; // no JSON
      const inner = members[level] as number;
      level -= 1;
      const outer = members[level] as number;
      members[level] = isArray[level] === 1 ? Math.max(outer, inner) : outer + inner;
      if ((members[level] as number) > MAX_MEMBERS) return TOO_MANY;
    }
  }
  return undefined;
}

/** Counts different names by a mark for each hash: two that share one count as one. */
class Names {
  count = 0;
  readonly #seen = new Uint8Array(NAME_HASHES);

  add(bytes: Uint8Array, from: number, end: number): void {
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = from; i < end; i += 1) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    const place = (hash >>> 8) % NAME_HASHES;
    if (this.#seen[place] === 1) return;
    this.#seen[place] = 1;
    this.count += 1;
  }
}

const TOO_MANY_NAMES = `it has more than ${MAX_NAMES} different names of members`;
const TOO_MANY_OWN = `an object has more than ${MAX_OWN_MEMBERS} members`;
const TOO_MANY = `it has more than ${MAX_MEMBERS} members`;

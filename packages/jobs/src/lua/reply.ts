/**
 * What a script replied, by name. Scripts reply names and values in turns; a value may be such a
 * list itself. A name that the caller needs and the script left out is a `TypeError`.
 */
export class Reply {
  readonly #values = new Map<string, unknown>();

  constructor(flat: unknown) {
    const list = listOf(flat);
    for (let at = 0; at + 1 < list.length; at += 2)
      this.#values.set(String(list[at]), list[at + 1]);
  }

  text(name: string): string {
    if (!this.#values.has(name)) throw new TypeError(`the script replied no ${name}`);
    return String(this.#values.get(name));
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  /** Undefined: left out, or ''. */
  optionalText(name: string): string | undefined {
    const value = String(this.#values.get(name) ?? '');
    return value === '' ? undefined : value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.optionalText(name);
    return value === undefined ? undefined : Number(value);
  }

  /** A hash that is there, as Redis keeps it. */
  hash(name: string): Record<string, string> | undefined {
    return hashOf(listOf(this.#values.get(name)).map(String));
  }

  list(name: string): readonly unknown[] {
    return listOf(this.#values.get(name));
  }

  replies(name: string): Reply[] {
    return repliesOf(this.#values.get(name));
  }
}

/** Of a script that replies a list of lists. */
export function repliesOf(reply: unknown): Reply[] {
  return listOf(reply).map((flat) => new Reply(flat));
}

/** @param flat A hash as Redis gives it: names and values in turns. */
function hashOf(flat: readonly string[]): Record<string, string> | undefined {
  if (flat.length === 0) return undefined;
  const hash: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) hash[flat[at] ?? ''] = flat[at + 1] ?? '';
  return hash;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('the script replied no list');
  return value;
}

/**
 * Renders templates as Helm does, in the subset of Go's language that the chart uses: if, with, range,
 * define, include, variables, pipelines. What it does not know is an error, never an empty text.
 */
import { parse as parseYaml, stringify } from 'yaml';

type Value = unknown;
type Scope = Map<string, Value>;
type Run = (dot: Value, scope: Scope) => Value;

interface Block {
  readonly text: (dot: Value, scope: Scope) => string;
  /** `end`, `else`, or `else` with its condition. */
  readonly closedBy: string;
}

const ACTION = /(\s*)\{\{(-\s)?\s*([\s\S]*?)\s*?(\s-)?\}\}/g;
const TOKEN = /"(?:[^"\\]|\\.)*"|:=|[()|,]|[^\s()|,]+/g;

export class GoTemplates {
  readonly #defined = new Map<string, Block>();
  readonly #functions: Readonly<Record<string, (...args: Value[]) => Value>>;

  constructor() {
    this.#functions = {
      include: (name, dot) => this.#defined.get(String(name))?.text(dot, new Map([['$', dot]])),
      toYaml: (value) => stringify(value, { lineWidth: 0 }).trimEnd(),
      nindent: (columns, text) => `\n${indent(Number(columns), String(text))}`,
      quote: (value) => JSON.stringify(textOf(value)),
      default: (fallback, value) => (isEmpty(value) ? fallback : value),
      add: (...numbers) => numbers.reduce<number>((sum, number) => sum + Number(number), 0),
      printf: (format, ...args) => String(format).replace(/%s/g, () => textOf(args.shift())),
      and: (...values) => values.find(isEmpty) ?? values.at(-1),
      eq: (one, other) => one === other,
      not: (value) => isEmpty(value),
    };
  }

  /** @throws Error at what is not of the subset. */
  render(source: string, dot: Value): string {
    const pieces = new Pieces(source);
    const { text, closedBy } = this.#block(pieces);
    if (closedBy !== '') throw new Error(`{{ ${closedBy} }} closes nothing`);
    return text(dot, new Map([['$', dot]]));
  }

  #block(pieces: Pieces): Block {
    const parts: ((dot: Value, scope: Scope) => string)[] = [];
    for (;;) {
      const { before, action } = pieces.next();
      if (before !== '') parts.push(() => before);
      const text = (dot: Value, scope: Scope) => parts.map((part) => part(dot, scope)).join('');
      if (action === undefined) return { text, closedBy: '' };
      const [word = ''] = action.split(/\s/, 1);
      const rest = action.slice(word.length).trim();
      if (word === 'end' || word === 'else') return { text, closedBy: action };
      if (action.startsWith('/*')) continue;
      if (word === 'define') this.#defined.set(JSON.parse(rest), this.#block(pieces));
      else if (word === 'if' || word === 'with') parts.push(this.#choice(word, rest, pieces));
      else if (word === 'range') parts.push(this.#range(rest, pieces));
      else parts.push(this.#statement(action));
    }
  }

  #choice(word: string, condition: string, pieces: Pieces) {
    const run = this.#pipeline(condition);
    const first = this.#block(pieces);
    const [, more] = /^else(?: if (.+))?$/s.exec(first.closedBy) ?? [];
    const otherwise = more
      ? this.#choice('if', more, pieces)
      : first.closedBy === 'else'
        ? this.#block(pieces).text
        : () => '';
    return (dot: Value, scope: Scope) => {
      const value = run(dot, scope);
      if (isEmpty(value)) return otherwise(dot, new Map(scope));
      return first.text(word === 'with' ? value : dot, new Map(scope));
    };
  }

  #range(header: string, pieces: Pieces) {
    const [, key, item, list = header] = /^(\$\w+), (\$\w+) := (.+)$/s.exec(header) ?? [];
    const run = this.#pipeline(list);
    const { text } = this.#block(pieces);
    return (dot: Value, scope: Scope) => {
      const value = run(dot, scope) as Record<string, Value> | Value[];
      // Go visits the keys of a map in their order.
      const pairs = Array.isArray(value) ? Object.entries(value) : Object.entries(value).sort();
      return pairs
        .map(([name, each]) => {
          const own = new Map(scope);
          if (key && item) own.set(key, name).set(item, each);
          return text(each, own);
        })
        .join('');
    };
  }

  #statement(action: string) {
    const [, name, value = action] = /^(\$\w+) := (.+)$/s.exec(action) ?? [];
    const run = this.#pipeline(value);
    return (dot: Value, scope: Scope) => {
      const result = run(dot, scope);
      if (name === undefined) return textOf(result);
      scope.set(name, result);
      return '';
    };
  }

  #pipeline(source: string): Run {
    const tokens = source.match(TOKEN) ?? [];
    const run = this.#commands(tokens);
    if (tokens.length > 0) throw new Error(`cannot read {{ ${source} }}`);
    return run;
  }

  /** Up to the end or a closing bracket; takes the tokens. */
  #commands(tokens: string[]): Run {
    let run = this.#command(tokens);
    while (tokens[0] === '|') {
      tokens.shift();
      run = this.#command(tokens, run);
    }
    return run;
  }

  /** @param piped What stands before the `|`: the last argument. */
  #command(tokens: string[], piped?: Run): Run {
    const words: Run[] = [];
    const [head = ''] = tokens;
    const call = this.#functions[head];
    const isMethod = head.endsWith('.Files.Get');
    if (call) tokens.shift();
    while (tokens.length > 0 && tokens[0] !== '|' && tokens[0] !== ')') {
      const token = tokens.shift() as string;
      if (token === '(') {
        words.push(this.#commands(tokens));
        if (tokens.shift() !== ')') throw new Error(`a bracket of ${head} is not closed`);
      } else words.push(operand(token));
    }
    if (piped) words.push(piped);
    if (call) return (dot, scope) => call(...words.map((word) => word(dot, scope)));
    const [first, argument] = words;
    if (first === undefined || words.length > (isMethod ? 2 : 1))
      throw new Error(`${head} is no function of the subset`);
    if (!isMethod || !argument) return first;
    return (dot, scope) => (first(dot, scope) as (path: Value) => Value)(argument(dot, scope));
  }
}

/** The text of a template in turns with its actions, blanks trimmed as `{{-` and `-}}` say. */
class Pieces {
  readonly #pieces: { readonly before: string; readonly action: string | undefined }[] = [];

  constructor(source: string) {
    let from = 0;
    let trims = false;
    const between = (until: number) => {
      const text = source.slice(from, until);
      return trims ? text.trimStart() : text;
    };
    for (const found of source.matchAll(ACTION)) {
      const [all, blank = '', trimsBefore, action = '', trimsAfter] = found;
      const before = between(found.index + (trimsBefore ? 0 : blank.length));
      this.#pieces.push({ before: trimsBefore ? before.trimEnd() : before, action });
      from = found.index + all.length;
      trims = trimsAfter !== undefined;
    }
    this.#pieces.push({ before: between(source.length), action: undefined });
  }

  next() {
    const piece = this.#pieces.shift();
    if (piece === undefined) throw new Error('a block is not closed');
    return piece;
  }
}

function operand(token: string): Run {
  if (token.startsWith('"')) return () => JSON.parse(token);
  if (/^(-?\d+|true|false)$/.test(token)) return () => JSON.parse(token);
  const [, name = '', path = ''] = /^(\$\w*)?((?:\.\w+)*|\.)$/.exec(token) ?? [];
  if (name === '' && path === '') throw new Error(`${token} is no word of the subset`);
  const members = path.split('.').filter((member) => member !== '');
  return (dot, scope) => {
    if (name !== '' && !scope.has(name)) throw new Error(`${name} is not set`);
    return members.reduce(
      (value, member) => (value as Record<string, Value> | undefined)?.[member],
      name === '' ? dot : scope.get(name),
    );
  };
}

/** As Go sees it: also zero, and what has no members. */
function isEmpty(value: Value): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}

function textOf(value: Value): string {
  if (value === undefined || value === null) throw new Error('a value that is not there');
  return String(value);
}

const indent = (columns: number, text: string): string => text.replace(/^/gm, ' '.repeat(columns));

/** A chart's values with those of a release laid over them, as `helm --values` does. */
export function valuesWith(defaults: string, own: string): Record<string, Value> {
  return merge(parseYaml(defaults), parseYaml(own) ?? {});
}

function merge(below: Record<string, Value>, above: Record<string, Value>): Record<string, Value> {
  const isMap = (value: Value): value is Record<string, Value> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const pairs = Object.entries(above).map(([name, value]) => {
    const under = below[name];
    return [name, isMap(value) && isMap(under) ? merge(under, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(pairs) };
}

/**
 * The rule book and the code agree: rules (docs/protocol.md) and guarantees (docs/guarantees.md) are
 * found where they are said to be, and the tables list what there is.
 */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(ROOT + path, 'utf8');
const sources = (...patterns: string[]) =>
  globSync(patterns, { cwd: ROOT, exclude: (name) => /node_modules|dist$/.test(`${name}`) })
    .filter((path) => !/node_modules|\/dist\//.test(path))
    .map((path) => ({ path, text: read(path) }));

const protocol = read('docs/protocol.md');
const guarantees = read('docs/guarantees.md');
const code = sources('{apps,packages}/*/{src,test,soak}/**/*.ts');
const product = code.filter(({ path }) => /\/src\//.test(path) && !path.endsWith('.test.ts'));

/** Every rule is a list item with an anchor. */
const rules = [...protocol.matchAll(/<a id="r(\d+)"><\/a>\*\*R(\d+)\*\*(.*)/g)].map(
  ([, anchor, number, text]) => ({ anchor, number, text: String(text) }),
);

const byNumber = (a: string, b: string) => Number(a.slice(1)) - Number(b.slice(1));
const rulesIn = (text: string) => [...text.matchAll(/\bR\d+\b/g)].map(([rule]) => rule);

test('every rule of the page has its own anchor, in order and without a gap', () => {
  expect(rules.map(({ number }) => number)).toEqual(rules.map((_, i) => `${i + 1}`));
  for (const { anchor, number } of rules) expect(anchor).toBe(number);
  expect(rules.length).toBeGreaterThanOrEqual(31);
});

test('every rule that the code names is in docs/protocol.md', () => {
  const known = new Set(rules.map(({ number }) => `R${number}`));

  const unknown = code.flatMap(({ path, text }) =>
    rulesIn(text)
      .filter((rule) => !known.has(rule))
      .map((rule) => `${path}: ${rule}`),
  );

  expect(unknown).toEqual([]);
});

test('every rule of the page is named in the code, or says why it is not', () => {
  const used = new Set(product.flatMap(({ text }) => rulesIn(text)));

  const unused = rules.filter(
    ({ number, text }) => !used.has(`R${number}`) && !/Not in the code:/.test(text),
  );

  expect(unused).toEqual([]);
});

test('every rule has a test in the code, and a line in the model that takes it away', () => {
  const tests = code.filter(({ path }) => /\.test\.ts$|describe-tier\.ts$/.test(path));
  const tested = new Set(tests.flatMap(({ text }) => rulesIn(text)));
  const removed = new Set(rulesIn(read('protocol-model/guards.txt')));
  const all = rules.map(({ number }) => `R${number}`).sort(byNumber);

  expect(all.filter((rule) => !tested.has(rule))).toEqual([]);
  expect(all.filter((rule) => !removed.has(rule))).toEqual([]);
});

test('every key on the queue Redis is in the table of keys, and every row is a key', () => {
  const users = product.filter(({ path }) => /^apps\/|\/(jobs|keys|webhooks|log)\//.test(path));
  // In Lua and in TypeScript: P .. 'meta', `${prefix}meta`.
  const name = /\bP \.\. '([a-z]+)|[pP]refix\}([a-z]+)/g;
  const used = users.flatMap(({ text }) =>
    [...text.matchAll(name)].map(([, lua, typescript]) => lua ?? typescript),
  );
  const section = protocol.split(/^## /m).find((text) => text.startsWith('Keys')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `P '));
  const listed = rows.flatMap((row) =>
    [...String(row.split('|')[1]).matchAll(/`P ([a-z]+)/g)].map(([, key]) => key),
  );

  expect([...new Set(listed)].sort()).toEqual([...new Set(used)].sort());
});

test('every script that has a name is on the page', () => {
  const scripts = product
    .filter(({ path }) => /lua/.test(path))
    .flatMap(({ text }) => [...text.matchAll(/\/\*\*\s+(?:\* )?([A-Z][A-Z ]+):/g)])
    .map(([, name]) => String(name))
    .filter((name) => name !== 'ARGV');

  expect(scripts.length).toBeGreaterThanOrEqual(10);
  expect(scripts.filter((name) => !protocol.includes(name))).toEqual([]);
});

test('a comment that refers to a section of the protocol refers to one that exists', () => {
  const headings = [...protocol.matchAll(/^#{2,3} (.+)$/gm)].map(([, title]) =>
    String(title)
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  const anchors = new Set([...headings, ...rules.map(({ anchor }) => `r${anchor}`)]);

  const broken = [...code, ...sources('docs/**/*.md', 'protocol-model/*.md')].flatMap(
    ({ path, text }) =>
      [...text.matchAll(/protocol\.md#([\w-]+)/g)]
        .filter(([, anchor]) => !anchors.has(String(anchor)))
        .map(([reference]) => `${path}: ${reference}`),
  );

  expect(broken).toEqual([]);
  expect(
    code.filter(({ text }) => /protocol,? sections? \d/.test(text)).map(({ path }) => path),
  ).toEqual([]);
});

test('every guarantee names tests that exist, one of them by its own name', () => {
  const sections = guarantees.split(/^## /m).slice(1);
  const missing: string[] = [];
  for (const section of sections) {
    const [title = ''] = section.split('\n');
    const tests = [...section.matchAll(/^- \[([^\]]+)\]\(\.\.\/([^)]+)\): "(.+)"$/gm)];
    for (const [, path = '', link, name = ''] of tests) {
      expect(link).toBe(path);
      const isThere = ["'", '"', '`'].some((quote) => read(path).includes(quote + name + quote));
      if (!isThere) missing.push(`${path}: ${name}`);
    }
    if (!tests.some(([, , , name]) => name?.startsWith(title)))
      missing.push(`a test called ${title}`);
  }

  const numbers = sections.map((section) => String(section.split(' ')[0]));
  expect(numbers.slice(0, 10)).toEqual(sections.slice(0, 10).map((_, i) => `G${i + 1}`));
  expect(numbers).toEqual([...new Set(numbers)].sort(byNumber));
  expect(missing).toEqual([]);
});

test('every guarantee that a test names is in docs/guarantees.md', () => {
  const titles = new Set([...guarantees.matchAll(/^## (G\d+ .+)$/gm)].map(([, title]) => title));
  const tests = [...code, ...sources('test/**/*.ts')].filter(({ path }) =>
    /\.(test|long)\.ts$/.test(path),
  );

  const unknown = tests.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:test|describe)\(\s*(['"`])(G\d+ (?:(?!\1)[^:])+)/g)]
      .filter(([, , title]) => !titles.has(title))
      .map(([, , title]) => `${path}: ${title}`),
  );

  expect(unknown).toEqual([]);
});

test('every bound of G10 is a setting with the default that is told', () => {
  const settings = new Map(
    [...read('docs/settings.md').matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(
      ([, name, value]) => [name, value] as const,
    ),
  );
  const section = guarantees.split(/^## /m).find((text) => text.startsWith('G10')) ?? '';
  const rows = [...section.matchAll(/^\| [^|]+ \| `([A-Z_]+)` \| ([^|]+) \|/gm)];

  const bounds = rows.map(([, name, value]) => [name, value]);

  expect(bounds.length).toBeGreaterThan(20);
  expect(bounds).toEqual(bounds.map(([name]) => [name, settings.get(String(name))]));
});

test('the Redis user of docs/operations.md may do whatever a script does', () => {
  const [list = ''] = /ACL SETUSER deja on[^`]*/.exec(read('docs/operations.md')) ?? [];
  const allowed = new Set([...list.matchAll(/\+([a-z]+)/g)].map(([, name]) => name));
  const scripts = product.filter(({ path }) => !path.startsWith('packages/local-redis/'));

  const refused = scripts.flatMap(({ path, text }) =>
    [...text.matchAll(/redis\.p?call\('([A-Z]+)'/g)]
      .filter(([, name]) => !allowed.has(String(name).toLowerCase()))
      .map(([, name]) => `${path}: ${name}`),
  );

  expect(allowed.size).toBeGreaterThan(40);
  expect(refused).toEqual([]);
});

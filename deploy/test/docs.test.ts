/** Holds the documents against the tree: what they name exists. */
import { existsSync, globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ROOT, read } from './files.ts';

const root = fileURLToPath(ROOT);
const HIDDEN = ['.github/**/*.md'];
const pages = globSync(['**/*.md', ...HIDDEN], {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|dist|coverage|\.deja|\.turbo)$/.test(path),
}).sort();
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** A page without its code blocks, where `](` means nothing. */
const proseOf = (page: string): string => read(page).replace(/^```[\s\S]*?^```/gm, '');

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): readonly string[] {
  return [...proseOf(page).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

test('the pages are found', () => {
  expect(pages).toEqual(
    expect.arrayContaining(['README.md', 'docs/api.md', '.github/pull_request_template.md']),
  );
});

describe.each(pages)('%s', (page) => {
  test('every npm command exists', () => {
    const named = [
      ...read(page).matchAll(
        /\bnpm (?:run (?:-s )?)?((?<=run (?:-s )?)(?!-)[\w:-]+|start|test)\b/g,
      ),
    ];
    const missing = named.map(([, name = '']) => name).filter((name) => !(name in scripts));

    expect(missing).toEqual([]);
  });

  test('every relative link resolves', () => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => !/^\w+:/.test(link) && isBroken(page, link));

    expect(broken).toEqual([]);
  });
});

test('every package and every app has a README', () => {
  const folders = globSync(['apps/*/package.json', 'packages/*/package.json'], { cwd: root });

  const without = folders.map(dirname).filter((folder) => !pages.includes(`${folder}/README.md`));
  expect(without).toEqual([]);
});

test('README.md stays below 200 lines', () => {
  expect(read('README.md').split('\n').length).toBeLessThan(200);
});

test('each row of "Where is" leads from its word to its files, in a search that a person can read', () => {
  const rows = [
    ...read('CONTRIBUTING.md').matchAll(/^\| (.+?) \| `(.+?)` \| ((?:`\S+?`(?:, )?)+) \|$/gm),
  ];
  const wrong = rows.flatMap(([, behaviour, word = '', files = '']) =>
    files
      .split(', ')
      .map((file) => file.replaceAll('`', ''))
      .filter((file) => !leadsTo(file, word))
      .map((file) => `${behaviour}: ${word} does not lead to ${file}`),
  );

  expect(rows.length).toBeGreaterThanOrEqual(15);
  expect(wrong).toEqual([]);
});

/** Most files that people look through. */
const MAX_RESULTS = 20;
const sources = globSync(['apps/*/src/**/*.ts', 'packages/*/src/**/*.ts'], {
  cwd: root,
  exclude: (path) => path.endsWith('.test.ts') || path.startsWith('packages/client/'),
}).map((path) => ({ path, text: read(path).toLowerCase() }));

function leadsTo(file: string, word: string): boolean {
  const found = sources
    .filter(({ text }) => text.includes(word.toLowerCase()))
    .map(({ path }) => path);
  const isNamedForIt = basename(file).includes(word.toLowerCase());
  return found.includes(file) && (isNamedForIt || found.length <= MAX_RESULTS);
}

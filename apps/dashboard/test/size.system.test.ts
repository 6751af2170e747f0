import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const MAX_GZIPPED_BYTES = 80_000;
const dist = new URL('../dist/', import.meta.url);

test('the page takes less than 80 kB gzipped in all', () => {
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !/\.(br|gz)$/.test(file.name))
    .map((file) => `${file.parentPath}/${file.name}`);
  const bytes = files.map((path) =>
    existsSync(`${path}.gz`)
      ? readFileSync(`${path}.gz`).byteLength
      : gzipSync(readFileSync(path)).byteLength,
  );

  expect(files.length).toBeGreaterThanOrEqual(4);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MAX_GZIPPED_BYTES);
});

test('each asset has a smaller one beside it for gzip and for br', () => {
  const assets = readdirSync(new URL('assets/', dist)).filter((name) => !/\.(br|gz)$/.test(name));
  const sizeOf = (name: string) => readFileSync(new URL(`assets/${name}`, dist)).byteLength;

  expect(assets.length).toBeGreaterThanOrEqual(2);
  for (const name of assets) {
    expect(sizeOf(`${name}.gz`)).toBeLessThan(sizeOf(name));
    expect(sizeOf(`${name}.br`)).toBeLessThan(sizeOf(`${name}.gz`));
  }
});

test('the page names no other host and holds no inline code', () => {
  const page = readFileSync(new URL('index.html', dist), 'utf8');

  expect(page).not.toMatch(/https?:/);
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/);
});

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const MAX_GZIPPED_BYTES = 80_000;
const dist = new URL('../dist/', import.meta.url);

test('the page takes less than 80 kB gzipped in all', () => {
  const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const bytes = files.map(
    (file) => gzipSync(readFileSync(`${file.parentPath}/${file.name}`)).byteLength,
  );

  expect(files.length).toBeGreaterThanOrEqual(4);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MAX_GZIPPED_BYTES);
});

test('the page names no other host and holds no inline code', () => {
  const page = readFileSync(new URL('index.html', dist), 'utf8');

  expect(page).not.toMatch(/https?:/);
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/);
});

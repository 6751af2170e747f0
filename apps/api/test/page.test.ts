import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { handleErrors } from '../src/http/errors.ts';
import { boundReplies } from '../src/http/replies-in-flight.ts';
import { pageRoutes } from '../src/operations/page.ts';
import { openApi } from './harness.ts';

const PAGE = '<!doctype html><script type="module" src="./assets/index-a1.js"></script>';

/** Serves a page of two files. */
async function openPage({ isBuilt }: { isBuilt: boolean }) {
  const dir = mkdtempSync(join(tmpdir(), 'page-'));
  if (isBuilt) {
    mkdirSync(join(dir, 'assets'));
    writeFileSync(join(dir, 'index.html'), PAGE);
    writeFileSync(join(dir, 'assets', 'index-a1.js'), '1');
    writeFileSync(join(dir, 'assets', 'index-a1.js.br'), brotliCompressSync('1'));
    writeFileSync(join(dir, 'assets', 'index-a1.js.gz'), gzipSync('1'));
    writeFileSync(join(dir, 'assets', 'plain-b2.css'), 'a{}');
  }
  const api = await openApi({}, [], ({ config, log }) =>
    express().use(boundReplies(config), pageRoutes(dir), handleErrors(log)),
  );
  onTestFinished(async () => {
    await api[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });
  return (path: string, headers: Record<string, string> = {}) =>
    fetch(api.url + path, { redirect: 'manual', headers });
}

test('the root leads to the page, also without its last slash', async () => {
  const get = await openPage({ isBuilt: true });

  for (const path of ['/', '/ui']) {
    const res = await get(path);
    expect([res.status, res.headers.get('location')]).toEqual([302, 'ui/']);
  }
  expect(await (await get('/ui/')).text()).toBe(PAGE);
});

test('the page runs no code but its files and asks nobody else', async () => {
  const get = await openPage({ isBuilt: true });

  const policy = (await get('/ui/')).headers.get('content-security-policy') ?? '';

  expect(policy.split('; ')).toEqual(
    expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'"]),
  );
  expect(policy).not.toContain('unsafe');
  expect(policy).not.toContain('http');
});

test('files whose names change with their content are kept for good, the page is not', async () => {
  const get = await openPage({ isBuilt: true });

  expect((await get('/ui/assets/index-a1.js')).headers.get('cache-control')).toContain('immutable');
  expect((await get('/ui/')).headers.get('cache-control') ?? '').not.toContain('immutable');
  expect((await get('/ui/assets/none.js')).status).toBe(404);
});

test.each([
  ['br, gzip', 'br'],
  ['gzip, deflate, br', 'br'],
  ['gzip', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['identity', null],
  ['zstd', null],
])('to Accept-Encoding %s an asset is sent as %s', async (accepted, encoding) => {
  const get = await openPage({ isBuilt: true });

  const res = await get('/ui/assets/index-a1.js', { 'Accept-Encoding': accepted });

  expect(res.status).toBe(200);
  expect(res.headers.get('content-encoding')).toBe(encoding);
  expect(res.headers.get('content-type')).toContain('javascript');
  expect(res.headers.get('vary')).toContain('Accept-Encoding');
  expect(res.headers.get('cache-control')).toContain('immutable');
  expect(await res.text()).toBe('1');
});

test('an asset that was not compressed is sent as it is', async () => {
  const get = await openPage({ isBuilt: true });

  const res = await get('/ui/assets/plain-b2.css', { 'Accept-Encoding': 'br, gzip' });

  expect([res.headers.get('content-encoding'), await res.text()]).toEqual([null, 'a{}']);
});

test('a page that is not built says how to build it', async () => {
  const get = await openPage({ isBuilt: false });

  const res = await get('/ui/');

  expect(res.status).toBe(404);
  expect(await res.json()).toMatchObject({
    type: 'urn:deja:problem:not-found',
    detail: expect.stringContaining('npm run build'),
  });
});

test('the API leads from its root to the page', async () => {
  await using api = await openApi();

  const res = await fetch(`${api.url}/`, { redirect: 'manual' });

  expect([res.status, res.headers.get('location')]).toEqual([302, 'ui/']);
});

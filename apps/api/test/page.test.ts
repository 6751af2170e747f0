import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  }
  const api = await openApi({}, [], ({ config, log }) =>
    express().use(boundReplies(config), pageRoutes(dir), handleErrors(log)),
  );
  onTestFinished(async () => {
    await api[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });
  return (path: string) => fetch(api.url + path, { redirect: 'manual' });
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

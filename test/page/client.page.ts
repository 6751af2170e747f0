/** The TypeScript client in a real browser, in a page of another origin that CORS_ORIGINS lists. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { SLEEP, setUp } from '../many-stage.ts';
import { chromiumPath } from './chromium.ts';

const DIST = fileURLToPath(new URL('../../packages/client/dist/', import.meta.url));

/** An empty page, and the client's modules beside it. */
async function serveModules() {
  const server = createServer(async (request, response) => {
    const name = String(request.url).slice(1);
    if (name === '')
      return response.setHeader('content-type', 'text/html').end('<title>page</title>');
    const module = await readFile(DIST + name).catch(() => undefined);
    if (module === undefined) return response.writeHead(404).end();
    return response.setHeader('content-type', 'text/javascript').end(module);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Seen {
  readonly first: { readonly cache_key: string };
  readonly second: object;
  readonly result: object;
  readonly events: readonly string[];
  readonly statuses: readonly number[];
  readonly refused: string;
}

/** A text, because Vite would rewrite the import. */
const PROGRAM = `async (baseUrl) => {
  const { Deja } = await import(location.origin + '/index.js');
  const deja = new Deja({ baseUrl });
  const first = await deja.predict({ text: 'I love this' });
  const second = await deja.predict({ text: 'I love this' });
  const job = await deja.submit('sleep', { ms: 200 });
  const events = [];
  for await (const { type } of job.events()) events.push(type);
  const texts = Array.from({ length: 20 }, (_, at) => ({ text: 'good ' + at }));
  const statuses = [];
  for await (const { status } of deja.many('sentiment', texts, { slice: 8 })) statuses.push(status);
  const refused = await deja.predict({ text: 1 }).catch((error) => error.code);
  return { first, second, result: await job.result(), events, statuses, refused };
}`;

test('questions, jobs with their events, many and errors work in a page', async () => {
  await using modules = await serveModules();
  await using t = await setUp({ DEJA_MODELS: SLEEP, CORS_ORIGINS: modules.origin });
  await using browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  const page = await browser.newPage();
  await page.goto(modules.origin);

  const seen = (await page.evaluate(`(${PROGRAM})(${JSON.stringify(t.url)})`)) as Seen;

  expect(seen.first).toMatchObject({ cache: { hit: false, reason: 'never_seen' } });
  expect(seen.second).toMatchObject({ cache: { hit: true, key: seen.first.cache_key } });
  expect(seen.result).toMatchObject({ output: { slept_ms: 200 } });
  expect(seen.events.at(-1)).toBe('done');
  expect(seen.statuses).toEqual(Array.from({ length: 20 }, () => 200));
  expect(seen.refused).toBe('input-refused');
});

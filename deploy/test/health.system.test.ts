/** Runs the health checks of docker-compose.yml as a container engine would, with this Node. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { imageSetting, readCompose, serviceOf } from './files.ts';

const dir = mkdtempSync(join(tmpdir(), 'deja-health-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const checkOf = (name: string) => serviceOf(readCompose(), name).healthcheck?.test ?? [];

/** The exit code of the service's check. */
async function check(name: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  const [kind, program, ...args] = checkOf(name);
  expect([kind, program]).toEqual(['CMD', 'node']);
  const child = execFile(process.execPath, args, { env }, () => {});
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe('api', () => {
  test.each([
    { status: 200, code: 0 },
    { status: 503, code: 1 },
  ])('an API whose /readyz says $status exits with $code', async ({ status, code }) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((req, res) => {
      asked.push(req.url);
      res.writeHead(status).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const exit = await check('api', { PORT: String(port) }).finally(() => server.close());

    expect({ exit, asked }).toEqual({ exit: code, asked: ['/readyz'] });
  });

  test('an API that does not listen is not healthy', async () => {
    expect(await check('api', { PORT: '1' })).toBe(1);
  });

  test("the image's check is the same", () => {
    const [, command = ''] = imageSetting('HEALTHCHECK').split(/ CMD /);

    expect(['CMD', ...JSON.parse(command)]).toEqual(checkOf('api'));
  });
});

describe('worker', () => {
  test.each([
    { ageMs: 0, code: 0 },
    { ageMs: 30_000, code: 1 },
  ])('a file touched $ageMs ms ago exits with $code', async ({ ageMs, code }) => {
    const file = join(dir, 'alive');
    writeFileSync(file, '');
    const touchedAt = new Date(Date.now() - ageMs);
    utimesSync(file, touchedAt, touchedAt);

    expect(await check('worker', { HEALTH_FILE: file })).toBe(code);
  });

  test('a worker that has not begun to touch its file is not healthy', async () => {
    expect(await check('worker', { HEALTH_FILE: join(dir, 'none') })).toBe(1);
  });

  test('the file lies where the container can write', () => {
    const { environment, tmpfs } = serviceOf(readCompose(), 'worker');

    expect(environment?.HEALTH_FILE).toMatch(/^\/tmp\/[\w-]+$/);
    expect(tmpfs).toEqual([expect.stringMatching(/^\/tmp:/)]);
  });
});

test.each(['redis', 'cache-redis'])('%s is healthy when it answers PONG', (name) => {
  expect(checkOf(name)).toEqual(['CMD-SHELL', 'redis-cli ping | grep -q PONG']);
});

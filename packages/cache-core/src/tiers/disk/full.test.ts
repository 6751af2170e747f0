/** Disks that take no more: a real one (tmpfs, where the tests may mount it), and a limit on files. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  globSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../entry.ts';
import { entryWith } from '../../testing/tier-stage.ts';
import { type DiskTierOptions, openDiskTier } from './disk.ts';

const failure = { code: 'TIER_UNAVAILABLE', tier: 'disk' };
const root = mkdtempSync(join(tmpdir(), 'deja-full-'));
const mounted: string[] = [];
afterAll(() => {
  for (const dir of mounted) execFileSync('/bin/umount', [dir]);
  rmSync(root, { recursive: true, force: true });
});

function smallDisk(): string | undefined {
  const dir = mkdtempSync(join(root, 'disk-'));
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', dir], { stdio: 'ignore' });
    mounted.push(dir);
    return dir;
  } catch {
    return undefined;
  }
}

const probe = smallDisk();
const reason = probe ? '' : ' [skipped: tests may not mount a tmpfs here]';

describe.skipIf(!probe)(`a disk that is full${reason}`, () => {
  async function fillUp(options: Partial<DiskTierOptions> & { length: number }) {
    const dir = smallDisk() ?? '';
    let now = Date.now();
    const { length, ...rest } = options;
    const tier = openDiskTier({ dir, maxBytes: 1e9, now: () => now, ...rest });
    const stored: Entry[] = [];
    for (;;) {
      const entry = entryWith({ body: randomBytes(length), staleUntil: now + 3_600_000 });
      const outcome = await tier.put(entry).catch((error: unknown) => error);
      if (outcome !== 'stored') {
        expect(outcome).toMatchObject(failure);
        break;
      }
      stored.push(entry);
    }
    expect(stored.length).toBeGreaterThan(3);
    return {
      dir,
      tier,
      stored,
      pass: (ms: number) => {
        now += ms;
      },
      [Symbol.asyncDispose]: () => tier[Symbol.asyncDispose](),
    };
  }

  test.each([
    ['rows', 20_000],
    ['files', 400_000],
  ])('turns writes away and reads on: %s', async (_, length) => {
    await using t = await fillUp({ length });

    const readAll = async () => {
      const startedAt = performance.now();
      for (const { header, body } of t.stored)
        expect((await t.tier.get(header.key))?.body.equals(body)).toBe(true);
      return performance.now() - startedAt;
    };
    const before = await readAll();
    for (let i = 0; i < 10; i += 1) expect(await t.tier.put(entryWith({}))).toBe('refused');

    expect(await readAll()).toBeLessThan(10 * before + 100); // no read waits for the disk
    expect(await t.tier.usage()).toMatchObject({ size: t.stored.length, errors: 1 });
  });

  test.each([
    ['rows', 20_000],
    ['files', 400_000],
  ])('is tried again after the pause, and used again when there is room: %s', async (_, length) => {
    await using t = await fillUp({ length, pauseMs: 5000 });
    const entry = entryWith({ body: randomBytes(length) });

    t.pass(5000);
    await expect(t.tier.put(entry)).rejects.toMatchObject(failure); // tried, and still full
    await t.tier.clear();
    expect(await t.tier.put(entry)).toBe('refused'); // not tried
    t.pass(5000);
    expect(await t.tier.put(entry)).toBe('stored');

    expect((await t.tier.get(entry.header.key))?.body.equals(entry.body)).toBe(true);
    expect((await t.tier.usage()).size).toBe(1);
  });

  test('fails no read for an entry that is damaged besides', async () => {
    await using t = await fillUp({ length: 400_000 });
    for (const path of globSync('blobs/*/*', { cwd: t.dir })) {
      const file = openSync(join(t.dir, path), 'r+');
      writeSync(file, 'x');
      closeSync(file);
    }

    for (const { header } of t.stored) expect(await t.tier.get(header.key)).toBeUndefined();
    for (const { header } of t.stored) expect(await t.tier.get(header.key)).toBeUndefined();
  });

  test('keeps no outdated entry for the newer one that it does not take', async () => {
    await using t = await fillUp({ length: 20_000 });
    const [{ header }] = t.stored as [Entry];

    const outcome = await t.tier
      .put({ header: { ...header, runSeq: 2 }, body: Buffer.from('newer') })
      .catch((error: unknown) => error);

    if (outcome === 'refused') expect(await t.tier.get(header.key)).toBeUndefined();
    else expect(outcome).toMatchObject(failure);
  });

  test('is emptied once nothing on it is of use, and a small value is kept', async () => {
    await using t = await fillUp({ length: 20_000, pauseMs: 5000 });
    t.tier.writeMeta('view', 'v', { rank: '1', durable: true });
    t.pass(3_600_000);
    const createdAt = Date.now() + 3_600_000;

    await t.tier.put(entryWith({ createdAt })).catch(() => {});
    t.pass(5000);

    expect(await t.tier.put(entryWith({ createdAt }))).toBe('stored');
    expect(t.tier.readMeta('view')).toBe('v');
  });

  test('gives up its entries for a small value that has to last', async () => {
    await using t = await fillUp({ length: 20_000 });
    const value = 'v'.repeat(500_000);
    for (let i = 0; i < 10; i += 1)
      t.tier.writeMeta('view', value + i, { rank: String(i), durable: true });

    expect(t.tier.readMeta('view')).toBe(`${value}9`);
    await t.tier[Symbol.asyncDispose]();
    await using after = openDiskTier({ dir: t.dir, maxBytes: 1e9 });
    expect(after.readMeta('view')).toBe(`${value}9`);
  });

  test('gives up its entries for the replica that judges them, and keeps it whole', async () => {
    await using t = await fillUp({ length: 20_000 });
    const scope = 's'.repeat(1000);
    const records = Array.from({ length: 2000 }, (_, at) => ({
      seq: at + 1,
      id: `id${at}`,
      scope,
    }));
    const head = { log: 'log', epoch: 1, first: 1 };
    t.tier.writeReplica({ ...head, records: records.slice(0, 1000) }, { durable: true });
    t.tier.writeReplica({ ...head, records }, { durable: true });

    expect(t.tier.readReplica()).toEqual({ ...head, records });
  });

  test('filled by somebody else opens, and reads', async () => {
    const dir = smallDisk() ?? '';
    const entry = entryWith({ body: randomBytes(50_000) });
    const before = openDiskTier({ dir, maxBytes: 1e9 });
    await before.put(entry);
    await before[Symbol.asyncDispose]();
    try {
      writeFileSync(join(dir, 'somebody-elses'), randomBytes(5_000_000));
    } catch {
      // As intended.
    }

    const open = () => openDiskTier({ dir, maxBytes: 1e9 });
    expect(open).toThrowError(expect.objectContaining(failure)); // no room for SQLite's own files
    rmSync(join(dir, 'somebody-elses'));
    await using tier = open();

    expect((await tier.get(entry.header.key))?.body.equals(entry.body)).toBe(true);
  });
});

/** Runs everywhere that has a POSIX shell: files cannot grow beyond a limit (EFBIG). */
describe.skipIf(process.platform === 'win32')('a limit on the size of files', () => {
  const run = promisify(execFile);
  const script = (dir: string, length: number) => `
    import { openDiskTier } from ${JSON.stringify(new URL('./disk.ts', import.meta.url).href)};
    import { randomBytes } from 'node:crypto';
    let now = Date.now();
    const tier = openDiskTier({ dir: ${JSON.stringify(dir)}, maxBytes: 1e9, maxRowBytes: 1e8, ...${
      length > 1_000_000 ? '{ maxRowBytes: 0 }' : '{}'
    }, now: () => now });
    const entryOf = (length) => ({ body: randomBytes(length), header: { key: randomBytes(32).toString('hex'), runSeq: 1,
      model: 'm', tenant: 'default', log: 'l', digest: '', tags: [], createdAt: 1, freshUntil: 4e12, staleUntil: 4e12, computeMs: 1, token: { epoch: 1, seq: 1, id: 'i' } } });
    const small = entryOf(100);
    await tier.put(small);
    const stored = [small];
    let failure;
    for (let i = 0; i < 1000 && !failure; i += 1) {
      const entry = entryOf(${length});
      await tier.put(entry).then(() => stored.push(entry), (error) => { failure = error; });
    }
    const off = await tier.put(entryOf(100));
    let whole = 0;
    for (const { header, body } of stored) if ((await tier.get(header.key))?.body.equals(body)) whole += 1;
    const { size, errors } = await tier.usage();
    await tier.clear();
    now += 30_000;
    const again = await tier.put(entryOf(100));
    console.log(JSON.stringify({ failure: failure?.code, off, stored: stored.length, whole, size, errors, again }));
    await tier[Symbol.asyncDispose]();`;

  test.each([
    ['rows', 20_000],
    ['files', 3_000_000],
  ])('turns writes away, and reads on: %s', async (_, length) => {
    const dir = mkdtempSync(join(root, 'limited-'));
    const args = ['--conditions=development', '--input-type=module', '-e', script(dir, length)];
    // In units of 512 bytes or 1 KiB, as the shell has it: 1 or 2 MB.
    const limited = ['-c', 'ulimit -f 2000; exec "$0" "$@"', process.execPath, ...args];

    const { stdout } = await run('sh', limited);

    const report = JSON.parse(stdout) as { stored: number };
    expect(report).toMatchObject({
      failure: 'TIER_UNAVAILABLE',
      off: 'refused',
      whole: report.stored,
      size: report.stored,
      errors: 1,
      again: 'stored',
    });
  });
});

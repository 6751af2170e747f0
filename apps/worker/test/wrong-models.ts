/** Models that say, by mistake, what no model may say. `how` is which of it. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import type { ModelKit } from '@deja/models';

const MIB = 1024 * 1024;
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const parent = process.ppid;

/** What a model finds that looks for others' secrets. */
function look(files: readonly string[]) {
  const attempts: Record<string, () => unknown> = {
    env: () => JSON.stringify(process.env),
    report: () => JSON.stringify(process.report.getReport()),
    child: () => spawnSync('env').output.join(),
    sqlite: () => process.getBuiltinModule('node:sqlite' as never) ?? 'no sqlite',
    write: () => writeFileSync('/tmp/deja-was-here', ''),
  };
  const places = ['/proc/self/environ', `/proc/${parent}/environ`, '/etc/passwd', ...files];
  for (const path of places) attempts[path] = () => readFileSync(path, 'utf8');
  return Object.fromEntries(
    Object.entries(attempts).map(([name, attempt]) => {
      try {
        return [name, String(attempt() ?? 'done')];
      } catch (error) {
        return [name, (error as NodeJS.ErrnoException).code ?? 'failed'];
      }
    }),
  );
}

const frame = (message: unknown) => {
  const json = Buffer.from(JSON.stringify(message));
  const header = Buffer.alloc(8);
  header.writeUInt32BE(4 + json.length);
  header.writeUInt32BE(json.length, 4);
  return Buffer.concat([header, json]);
};
const forged = { type: 'done', payload: '{"output":"forged"}', usedBytes: 1 };
const report = { provisional: false, counts: [], kept: [], dismissed: [] };

type Send = (message: unknown) => void;
const send = (message: unknown) => (process as { send?: Send }).send?.(message);
const unsayable = () =>
  Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('no');
    },
  });

export default ({ defineModel, z, InputError }: ModelKit) => {
  const said: Record<string, () => unknown> = {
    'sends ready': () => send('ready'),
    'sends null': () => send(null),
    'sends done': () => send({ ...forged, run: '1', report }),
    'calls send': () => (process as unknown as { send: Send }).send('ready'),
    disconnects: () => (process as unknown as { disconnect(): void }).disconnect(),
    'writes text to the channel': () => writeSync(3, 'ready\n'),
    'writes an answer to the channel': () => writeSync(3, frame({ ...forged, run: '1', report })),
    'writes null to the channel': () => writeSync(3, frame(null)),
    'writes that it is ready, wrongly': () =>
      writeSync(3, frame({ type: 'ready', usedBytes: 'x' })),
    'writes a long frame to the channel': () => writeSync(3, Buffer.from('7fffffff00', 'hex')),
    'writes text to the reports': () => writeSync(4, 'a lot\n'),
    'writes a size to the reports': async () => {
      for (;;) {
        writeSync(4, '9e15\n');
        await later(10);
      }
    },
    'stops its worker': () => process.kill(parent, 'SIGKILL'),
    'stops everybody': () => process.kill(-1, 'SIGKILL'),
    'reads what it may not': () => readFileSync('/etc/passwd'),
    'throws null': () => {
      throw null;
    },
    'throws a BigInt': () => {
      throw Object.assign(new Error('x'), { message: 10n });
    },
    'throws what cannot be told': () => {
      throw unsayable();
    },
    'throws 20 MiB': () => {
      throw new Error('x'.repeat(20 * MIB));
    },
    'throws a password': () => {
      throw new Error('cannot reach https://user:hunter2@inside/');
    },
    'refuses with odd issues': () => {
      const issue = { path: 10n, message: 'x'.repeat(MIB) };
      throw new InputError(Array.from({ length: 50 }, () => issue) as never);
    },
    'refuses with no issues': () => {
      throw Object.assign(new InputError('x'), { issues: null });
    },
    'throws later': async () => {
      setTimeout(() => {
        throw new Error('later');
      }, 20);
      await new Promise(() => {});
    },
    'throws when it is over': () => {
      setTimeout(() => {
        throw new Error('too late');
      }, 100);
      void Promise.reject(new Error('nobody waits for this'));
    },
    waits: () => later(400),
  };
  const members: Record<string, unknown> = {
    array: [1],
    null: null,
    text: 'text',
    map: new Map(),
    date: new Date(0),
    toJSON: { toJSON: () => 'text' },
    bigint: { output: 1n },
    cached: { cached: true },
    cache_hit: { cache_hit: 'memory' },
    cache_key: { cache_key: 'x' },
    job_id: { job_id: 'x' },
    'too much': { output: 'x'.repeat(65 * MIB) },
  };
  const input = z.strictObject({ how: z.string() });
  return [
    defineModel({
      name: 'wrong',
      version: 1,
      input,
      output: z.any(),
      async compute({ how }, { progress, count, freshFor, artefacts }) {
        if (how.startsWith('look')) return look(how.split(' ').slice(1));
        if (how === 'prints') {
          const much = 'x'.repeat(MIB);
          for (let at = 0; at < 700; at += 1) process.stdout.write(much);
        }
        if (how === 'prints lines') process.stderr.write('x\n'.repeat(100_000));
        if (how === 'reports') {
          progress('abc' as never, {} as never);
          progress(Number.NaN, 'x');
          progress(7, 'x'.repeat(3 * MIB));
          for (let at = 0; at < 1000; at += 1) count('word');
          progress(0.5, Symbol('x') as never);
        }
        if (how === 'counts no word') count('two words');
        if (how === 'is fresh for NaN') freshFor(Number.NaN);
        if (how === 'keeps text') artefacts.write('a', 'text' as never, { keepMs: 1 });
        if (how === 'keeps for ever')
          artefacts.write('a', Buffer.from('x'), { keepMs: Number.MAX_SAFE_INTEGER });
        await said[how]?.();
        return 'well';
      },
    }),
    defineModel({
      ...{ name: 'members', version: 1, input, output: z.any() },
      compute: ({ how }) => how,
      members: (how) => members[how] as Record<string, unknown>,
    }),
  ];
};

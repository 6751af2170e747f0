/** A real process on the other side of the pipe: Node, whose script does as the input says. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { context } from '../../test/series.ts';
import { CommandFailedError, InputError, RetryableError } from '../errors.ts';
import { CommandProcess } from './command.ts';
import { commandModel } from './command-model.ts';

const SCRIPT = `
const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, input } = JSON.parse(line);
  const { how } = input;
  if (how === 'progress') { say({ id, progress: 0.5, stage: 'half' }); say({ id, progress: 7 }); }
  if (how === 'refuse') return say({ id, error: { code: 'INPUT_REFUSED', message: 'odd', path: '/how' } });
  if (how === 'retry') return say({ id, error: { code: 'RETRYABLE', message: 'busy' } });
  if (how === 'bug') return say({ id, error: { message: 'x'.repeat(800) } });
  if (how === 'garbage') return console.log('Loading model...');
  if (how === 'json') return say({ id });
  if (how === 'other') return say({ id: 'another', output: 1 });
  if (how === 'long') return process.stdout.write('x'.repeat(2000)); // and never a line feed
  if (how === 'exit') process.exit(0);
  if (how === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (how === 'stderr') { console.error('a word'); console.error('é'.repeat(3000)); }
  if (how === 'chatter') for (let at = 0; at < 250; at += 1) console.error(at);
  if (how === 'half') { const text = JSON.stringify({ id, output: 'ü' }); const bytes = Buffer.from(text + '\\r\\n');
    process.stdout.write(bytes.subarray(0, bytes.length - 5)); setTimeout(() => process.stdout.write(bytes.subarray(-5)), 20); return; }
  const answer = { id, output: { pid: process.pid, env: process.env.MODEL_HINT, input } };
  if (how === 'once') return process.stdout.write(JSON.stringify(answer) + '\\n', () => process.exit(0));
  setTimeout(() => say(answer), how === 'stderr' || how === 'chatter' ? 50 : 0);
});`;

function setUp(command: readonly [string, ...string[]] = [process.execPath, '-e', SCRIPT]) {
  const logged: string[] = [];
  const told: unknown[] = [];
  const child = new CommandProcess({
    command,
    cwd: process.cwd(),
    env: () => ({ MODEL_HINT: 'fast' }),
    maxLineBytes: 1000,
    log: (line) => logged.push(line),
  });
  const progress = (...what: unknown[]) => void told.push(what);
  const run = async (how: string) =>
    (await child.compute({ how }, { progress })) as { pid: number; env: string };
  return { run, logged, told, pid: async () => (await run('well')).pid };
}

test('the process is started once and used again', async () => {
  const { run } = setUp();

  const [first, second] = [await run('well'), await run('well')];

  expect(first).toMatchObject({ env: 'fast', input: { how: 'well' } });
  expect(second.pid).toBe(first.pid);
});

test('it is started again where it has ended in between', async () => {
  const { run } = setUp();

  const pids = [];
  for (let at = 0; at < 5; at += 1) pids.push((await run('once')).pid);

  expect(new Set(pids).size).toBe(5);
});

test('progress is told, in 0..1', async () => {
  const { run, told } = setUp();

  await run('progress');

  expect(told).toEqual([
    [0.5, 'half'],
    [1, undefined],
  ]);
});

test('an error that it answers is told apart, and the process lives on', async () => {
  const { run, pid } = setUp();
  const before = await pid();

  const refused = await run('refuse').catch((error) => error);
  expect(refused).toBeInstanceOf(InputError);
  expect(refused.issues).toEqual([{ path: '/how', message: 'odd' }]);
  await expect(run('retry')).rejects.toThrow(RetryableError);
  const failed = await run('bug').catch((error) => error);
  expect(failed).not.toBeInstanceOf(CommandFailedError);
  expect(failed.message).toHaveLength(501);
  expect(await pid()).toBe(before);
});

test.each([
  ['garbage', 'wrote what is no answer to the request: Loading model...'],
  ['json', 'wrote what is no answer to the request: {"id":"1"}'],
  ['other', 'wrote what is no answer to the request: {"id":"another","output":1}'],
  ['long', 'wrote a line of more than 1000 bytes'],
  ['exit', 'ended in the middle of a computation: exit code 0'],
  ['crash', 'ended in the middle of a computation: SIGSEGV'],
])(
  '%s is a failure that says what happened, and the next run has a new process',
  async (how, what) => {
    const { run, pid } = setUp();

    const error = await run(how).catch((thrown) => thrown);

    expect(error).toBeInstanceOf(CommandFailedError);
    expect(error.message).toMatch(/^the command node /);
    expect(error.message.endsWith(what)).toBe(true);
    expect(await pid()).toBeGreaterThan(0);
  },
);

test('a program that is not there is a failure that names it', async () => {
  const { run } = setUp(['no-such-program', 'x']);

  await expect(run('well')).rejects.toThrow(
    'the command no-such-program cannot be started: spawn no-such-program ENOENT',
  );
});

test('what it writes to stderr is logged line by line, bounded', async () => {
  const { run, logged } = setUp();

  await run('stderr');
  expect(logged).toEqual(['a word', 'é'.repeat(2048)]);
  await run('chatter');

  expect(logged).toHaveLength(2 + 200 + 1);
  expect(logged.at(-1)).toBe('… and 50 more lines');
});

test('an answer that comes in pieces is one', async () => {
  const { run } = setUp();

  expect(await run('half')).toBe('ü');
});

test('its output is held to the schema, and the options to sense', async () => {
  const definition = {
    name: 'm',
    version: 1,
    input: z.any(),
    output: z.strictObject({ n: z.int() }),
  };
  const model = commandModel({ ...definition, command: [process.execPath, '-e', SCRIPT] });

  await expect(model.run({ how: 'well' }, context)).rejects.toThrow('its output schema refuses');
  const nothing = [] as unknown as [string];
  expect(() => commandModel({ ...definition, command: nothing })).toThrow(TypeError);
});

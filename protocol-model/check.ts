/**
 * Builds the models of the protocol and runs them. It succeeds when
 *
 *  - every world of worlds.txt passes: what the product does holds there;
 *  - every line of guards.txt ends in a violation: no guard is there in vain;
 *  - every guard that a model knows stands in guards.txt.
 *
 * `--full` adds the large worlds: a quarter of an hour or more on two cores, and 6 GB of memory.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const here = import.meta.dirname;
const build = join(here, 'build');
const MODELS = ['runs', 'turns', 'log', 'outbox'];
const TIMEOUT_MS = 300_000;
const FULL_TIMEOUT_MS = 3_600_000;

interface Question {
  readonly model: string;
  readonly args: readonly string[];
  readonly expected: 'PASS' | 'VIOLATION';
}

/** The rows of one of the lists, as trimmed columns. */
function rowsOf(file: string): string[][] {
  const lines = readFileSync(join(here, file), 'utf8').split('\n');
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.split('|').map((column) => column.trim()));
}

const words = (text = ''): string[] => text.split(/\s+/).filter(Boolean);

function questions(isFull: boolean): Question[] {
  const worlds = rowsOf('worlds.txt')
    .filter(([, , size]) => isFull || size !== 'full')
    .map(([model = '', world]): Question => ({ model, args: words(world), expected: 'PASS' }));
  const guards = rowsOf('guards.txt').map(([removed, model = '', world]): Question => {
    const without = words(removed).flatMap((guard) => ['--without', guard]);
    return { model, args: [...words(world), ...without], expected: 'VIOLATION' };
  });
  return [...worlds, ...guards];
}

function findCompiler(): string {
  for (const compiler of ['clang++', 'g++'])
    if (spawnSync(compiler, ['--version']).status === 0) return compiler;
  throw new Error('the protocol model needs a C++ compiler: apt-get install g++ (or clang)');
}

const run = promisify(execFile);

async function compile(compiler: string, model: string): Promise<void> {
  const source = join(here, `${model}.cpp`);
  await run(compiler, ['-std=c++17', '-O2', '-o', join(build, model), source]);
}

/** The first line of what the model says; the trace of a violation that nobody expected, too. */
async function ask({ model, args, expected }: Question, timeout: number) {
  const options = { timeout, maxBuffer: 1 << 24 };
  const said = await run(join(build, model), [...args], options).catch(
    (error: { stdout?: string; stderr?: string; killed?: boolean }) => ({
      stdout: error.killed ? 'took too long' : `${error.stdout ?? ''}${error.stderr ?? ''}`,
    }),
  );
  const [first = ''] = said.stdout.split('\n');
  const isExpected = first.includes(` ${expected}`);
  const text = isExpected ? first : `${model} ${args.join(' ')}: not as expected\n${said.stdout}`;
  return { isExpected, text };
}

async function unlistedGuards(model: string): Promise<string[]> {
  const listed = new Set(
    rowsOf('guards.txt')
      .filter(([, of]) => of === model)
      .flatMap(([removed]) => words(removed)),
  );
  const { stdout } = await run(join(build, model), ['--guards']);
  return words(stdout).filter((guard) => !listed.has(guard));
}

async function main(): Promise<void> {
  const isFull = process.argv.includes('--full');
  const startedAt = performance.now();
  const compiler = findCompiler();
  mkdirSync(build, { recursive: true });
  await Promise.all(MODELS.map((model) => compile(compiler, model)));

  let failures = 0;
  for (const model of MODELS)
    for (const guard of await unlistedGuards(model)) {
      failures += 1;
      console.log(`${model}: guard ${guard} is missing in guards.txt`);
    }

  const all = questions(isFull);
  const answers = all.map(() => Promise.withResolvers<Awaited<ReturnType<typeof ask>>>());
  let next = 0;
  const work = async () => {
    for (let at = next++; at < all.length; at = next++) {
      const question = all[at];
      if (question)
        answers[at]?.resolve(await ask(question, isFull ? FULL_TIMEOUT_MS : TIMEOUT_MS));
    }
  };
  const workers = Array.from({ length: availableParallelism() }, work);
  for (const { promise } of answers) {
    const { isExpected, text } = await promise;
    if (!isExpected) failures += 1;
    console.log(text);
  }
  await Promise.all(workers);

  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const worlds = all.filter(({ expected }) => expected === 'PASS').length;
  const counts = `${worlds} worlds, ${all.length - worlds} removed guards, ${seconds} s`;
  console.log(
    `\nprotocol model: ${failures === 0 ? 'as expected' : `${failures} failures`} (${counts})`,
  );
  if (failures > 0) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

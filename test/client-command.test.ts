/** The command `deja` as a process, against a real API and worker. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { series } from './client.ts';
import { COMMAND, manyCsv, PATIENCE, setUpCommand, start } from './client-stage.ts';

let t: Awaited<ReturnType<typeof setUpCommand>>;
beforeAll(async () => {
  t = await setUpCommand();
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
});

const csv = (rows: readonly { ds: string; y: number }[]) =>
  `ds,y\n${rows.map(({ ds, y }) => `${ds},${y}\n`).join('')}`;

const hasScript = (() => {
  try {
    return execFileSync('script', ['--version']).length > 0;
  } catch {
    return false;
  }
})();

test('forecast: CSV in, CSV out; the plot goes to stderr', async () => {
  const path = join(t.dir, 'sales.csv');
  writeFileSync(path, csv(series(100)));

  const plotted = await t.deja(['forecast', path, '--periods', '5', '--plot']);
  const piped = await t.deja(['forecast', '-', '-p', '5', '--model-id', 'sales', '--json'], {
    stdin: csv(series(100)),
  });

  expect(plotted.code).toBe(0);
  expect(plotted.stdout).toMatch(
    /^ds,yhat,yhat_lower,yhat_upper\n(2020-04-\d\d(,[\d.]+){3}\n){5}$/,
  );
  expect(plotted.stderr).toMatch(/(?:[\u2801-\u28ff] *){20}/);
  expect(plotted.stderr).not.toContain('\x1b');
  const answer = JSON.parse(piped.stdout);
  expect(answer).toMatchObject({ model_id: 'sales', cache: { hit: true } });
  expect(answer.forecast[0].ds).toBe('2020-04-10');
});

test('every command prints data on stdout, as CSV or JSON', async () => {
  expect(await t.data('predict', 'I love this')).toMatch(
    /^sentiment,confidence\npositive,0\.\d+\n$/,
  );
  expect(JSON.parse(await t.data('run', 'sleep', '--input', '{"ms":50}'))).toMatchObject({
    output: { slept_ms: 50 },
    cache: { hit: false },
  });
  const input = join(t.dir, 'input.json');
  writeFileSync(input, '{"ms":50}');
  expect(JSON.parse(await t.data('run', 'sleep', '-i', `@${input}`)).cache.hit).toBe(true);
  expect(await t.data('models')).toMatch(
    /^name,version,.*\nforecast,.*\nsentiment,.*\nsleep,.*\n$/,
  );
  expect(await t.data('cache', 'stats')).toMatch(/^name,value\nhits,\d+\n/);
  expect(await t.data('cache', 'explain', 'sleep', '-i', '{"ms":51}')).toMatch(
    /^The input differs/,
  );
  expect(await t.data('cache', 'forget', '--model-id', 'sales')).toMatch(
    /^scope,seq\ntag:model_id:sales,\d+\n$/,
  );
  expect(await t.data('cache', 'advice')).toMatch(
    /^tier,factor,max_bytes,hit_ratio,seconds_saved\n/,
  );
  expect(JSON.parse(await t.data('webhooks', 'dead', '--json'))).toEqual([]);
  expect(JSON.parse(await t.data('api', 'GET', '/readyz')).status).toBe('ok');
  for (const command of [['models'], ['cache', 'stats'], ['cache', 'advice'], ['predict', 'a']])
    expect(JSON.parse(await t.data(...command, '--json'))).toBeTypeOf('object');
});

test('keys are made, listed, rotated and revoked; a key is alone on stdout', async () => {
  const rights = ['--name', 'ci', '--scopes', 'ask,read', '--rpm', '600', '--expires', '90d'];
  const made = await t.deja(['keys', 'create', '--tenant', 'acme', ...rights]);
  const id = made.stdout.slice(8, 18);
  const rotated = await t.data('keys', 'rotate', id);
  const revoked = await t.data('keys', 'revoke', id);
  const listed = await t.data('keys', 'list');
  const whole = await t.deja(['keys', 'revoke', made.stdout.trim()]);

  expect(made).toMatchObject({
    ...{ code: 0, stdout: expect.stringMatching(/^deja_sk_[0-9A-Za-z]{48}\n$/) },
    stderr: `the key ${id} (ci, tenant acme) is shown this once\n`,
  });
  expect(rotated).toMatch(/^deja_sk_[0-9A-Za-z]{48}\n$/);
  expect(revoked).toBe(`id,tenant,name,state\n${id},acme,ci,revoked\n`);
  expect(listed).toContain(`\n${rotated.slice(8, 18)},acme,ci,ask read,,600,1,active,`);
  expect(listed).not.toContain(rotated.slice(18, 50));
  expect(whole).toMatchObject({ code: 2, stdout: '' });
  expect((await t.deja(['keys', 'create', '--name', 'ci'])).stderr).toContain(
    '--scopes is missing',
  );
});

test('a job is watched until its end, or canceled', async () => {
  const submit = async (ms: number) => {
    const ended = await t.deja(['run', 'sleep', '-i', JSON.stringify({ ms }), '--wait', '0']);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(
      /^deja: job \S+ is still \w+ after 0 s: go on with deja jobs watch/,
    );
    return String(/watch (\S+)/.exec(ended.stderr)?.[1]);
  };

  const watched = await t.data('jobs', 'watch', await submit(300));
  const events = (await t.data('jobs', 'watch', await submit(301), '--json')).trim().split('\n');
  const long = await submit(50_000);
  const canceled = await t.data('jobs', 'cancel', long);
  const after = await t.deja(['jobs', 'watch', long]);

  expect(JSON.parse(watched)).toMatchObject({ output: { slept_ms: 300 } });
  expect(JSON.parse(String(events.at(-1)))).toMatchObject({ type: 'done' });
  expect(canceled).toBe(`job_id,status\n${long},canceled\n`);
  expect(after).toMatchObject({ code: 1, stdout: '' });
  expect(after.stderr).toContain('[job-canceled]');
});

test('an error is one line that says what to do, with its exit code', async () => {
  const cases: readonly (readonly [number, RegExp, string[], object?])[] = [
    [1, /^deja: The model refuses .*\/text: .* \[input-refused\]$/, ['predict', '']],
    [1, /\[not-found\]: see deja models/, ['run', 'nobody', '-i', '{}']],
    [2, /^deja: there is no command nope; see deja --help$/, ['nope']],
    [2, /^deja: Unknown option '--nope'.*; see deja predict --help$/, ['predict', 'a', '--nope']],
    [2, /--wait takes a number from 0 on, not "soon"/, ['predict', 'a', '--wait', 'soon']],
    [2, /^deja: cannot read \/nope.csv/, ['forecast', '/nope.csv']],
    [2, /^deja: --input is not JSON/, ['run', 'sleep', '-i', '{']],
    [2, /there is no column ds \(there are: a, b\)/, ['forecast', '-'], { stdin: 'a,b\n1,2\n' }],
    [2, /^deja: say what to forget/, ['cache', 'forget']],
    [4, /is Deja running there\? set DEJA_URL$/, ['models', '--url', 'http://127.0.0.1:9']],
  ];

  for (const [code, line, args, options] of cases) {
    const ended = await t.deja(args, options);
    expect(ended, args.join(' ')).toMatchObject({ code, stdout: '' });
    expect(ended.stderr.trimEnd()).toMatch(line);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  }
});

test('--help of each command has an example', async () => {
  const { stdout } = await start(process.execPath, [COMMAND, '--help']).ended;
  const names = [...stdout.matchAll(/^ {2}((?:cache |jobs |keys |webhooks )?[a-z]+)/gm)].map(
    ([, name]) => name,
  );

  expect(names).toHaveLength(17);
  for (const name of names) {
    const help = await start(process.execPath, [COMMAND, ...String(name).split(' '), '--help'])
      .ended;
    expect(help.code).toBe(0);
    expect(help.stdout).toContain(`Example: deja ${name}`);
  }
});

test('a reader that has enough ends it without an error', async () => {
  const path = join(t.dir, 'many.csv');
  writeFileSync(path, manyCsv(200, 1));
  const line = `${process.execPath} ${COMMAND} forecast ${path} --many | head -2; exit \${PIPESTATUS[0]}`;

  const ended = await start('bash', ['-c', line], { env: { DEJA_URL: t.url } }).ended;

  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/^unique_id,ds,yhat,yhat_lower,yhat_upper\ns\d+,/);
  expect(ended.stderr).not.toContain('EPIPE');
});

test('many series: those that are refused are told, and the others are there', async () => {
  const path = join(t.dir, 'many.csv');
  const out = join(t.dir, 'out.csv');
  writeFileSync(path, `${manyCsv(20, 2)}sh\x1b[31mort,2026-01-01,1\ns3,2026-05-01,1\n`);
  const args = ['forecast', path, '--many', '-p', '2', '-o', out];

  const first = await t.deja(args);
  const second = await t.deja([...args.slice(0, -2), '--json']);

  expect(first).toMatchObject({ code: 1, stdout: '' });
  expect(first.stderr).toMatch(/^sh \[31mort: \/data: .* \[input-refused\]$/m);
  expect(first.stderr).toMatch(/^s3: its rows do not stand together; sort the file by unique_id$/m);
  expect(first.stderr).toMatch(/^22 series: 0 hits, 20 computed, 2 failed, in \d+ s$/m);
  // What a file or a server says moves no cursor.
  expect(first.stderr).not.toContain('\x1b');
  const rows = readFileSync(out, 'utf8').trimEnd().split('\n');
  expect(rows).toHaveLength(1 + 20 * 2);
  expect(second.stderr).toMatch(/^22 series: 20 hits, 0 computed, 2 failed/m);
  const lines = second.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([...Array(21).keys()]);
});

test('Ctrl-C leaves a whole CSV of what is done, and exit code 130', async () => {
  const path = join(t.dir, 'many.csv');
  const out = join(t.dir, 'out.csv');
  writeFileSync(path, manyCsv(2000, 3));
  const size = () => readFileSync(out, 'utf8').length;

  const { child, ended } = t.startCommand(['forecast', path, '--many', '-p', '3', '-o', out]);
  await vi.waitFor(() => expect(size()).toBeGreaterThan(5_000), PATIENCE);
  child.kill('SIGINT');
  const { code, stderr } = await ended;

  expect(code).toBe(130);
  const [, count] = /^interrupted: (\d+) of 2000 series are in/m.exec(stderr) ?? [];
  const rows = readFileSync(out, 'utf8').split('\n');
  expect(rows.pop()).toBe('');
  expect(rows).toHaveLength(1 + 3 * Number(count));
  for (const row of rows.slice(1)) expect(row).toMatch(/^s\d+,2026-03-\d\d(,[\d.]+){3}$/);
});

test('Ctrl-C ends a command that waits for its input', async () => {
  const { child, heard, ended } = t.startCommand(['forecast', '-', '--many'], {
    isStdinOpen: true,
  });
  await vi.waitFor(() => expect(heard.stdout).toContain('unique_id'), PATIENCE);

  child.kill('SIGINT');

  expect((await ended).code).toBe(130);
});

test.skipIf(!hasScript)('on a terminal the bar moves, and NO_COLOR takes colour away', async () => {
  const path = join(t.dir, 'many.csv');
  const one = join(t.dir, 'sales.csv');
  writeFileSync(path, manyCsv(300, 4));
  writeFileSync(one, csv(series(100)));
  const onTerminal = async (args: string, env: Readonly<Record<string, string>> = {}) => {
    const line = `${process.execPath} ${COMMAND} ${args}`;
    const options = { env: { DEJA_URL: t.url, TERM: 'xterm', ...env } };
    return (await start('script', ['-qefc', line, '/dev/null'], options).ended).stdout;
  };

  const many = await onTerminal(`forecast ${path} --many -o ${join(t.dir, 'out.csv')}`);
  const colourful = await onTerminal(`forecast ${one} --plot`);
  const plain = await onTerminal(`forecast ${one} --plot`, { NO_COLOR: '1' });

  const steps = [...many.matchAll(/[█░]{24} (\d+)\/300 {2}\d+ % {2}[\d.]+\/s {2}/g)].map((m) =>
    Number(m[1]),
  );
  expect(steps.length).toBeGreaterThan(3);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(colourful).toContain('\x1b[36m');
  expect(plain).not.toContain('\x1b[36m');
  expect(stripVTControlCharacters(colourful)).toBe(plain);
});

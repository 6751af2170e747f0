/** The client through a network that cuts, delays, refuses and repeats, against a real API and worker. */
import { Deja, DejaConnectionError, DejaProblemError, DejaTimeoutError } from '@deja/client';
import { createRandom } from '@deja/testing';
import { expect, test } from 'vitest';
import { series } from './client.ts';
import { startFlakyProxy } from './flaky-proxy.ts';
import { setUp } from './many-stage.ts';

const SEED = Number(process.env.SEED ?? 16);
const CALLS = 500;
const AT_ONCE = 50;

const WORDS = ['good', 'bad', 'a great day', 'what a terrible film', 'I love it', 'so boring'];

type Kind = 'predict' | 'forecast' | 'job';
interface Call {
  readonly kind: Kind;
  readonly at: number;
}

const text = (at: number) => ({ text: `${WORDS[at % WORDS.length]} ${at}` });
const sales = (at: number) => ({ model_id: `s${at}`, data: series(30, at), periods: 2 });

/** What a call resolves to, without what differs from one computation to the next. */
async function ask(deja: Deja, { kind, at }: Call): Promise<unknown> {
  if (kind === 'predict') return (await deja.predict(text(at))).result;
  if (kind === 'forecast') return (await deja.forecast(sales(at))).forecast;
  // Kept by nobody, so that each computation is seen.
  const job = await deja.submit<{ result: unknown }>('sentiment', text(at), {
    cacheControl: 'no-store',
  });
  return (await job.result()).result;
}

test(`${CALLS} calls through a flaky network end right or in a typed error, and no job comes twice (seed ${SEED})`, async () => {
  await using t = await setUp();
  await using proxy = await startFlakyProxy(t.url, SEED);
  const random = createRandom(SEED);
  const kinds: Kind[] = ['predict', 'predict', 'forecast', 'job'];
  const calls = Array.from({ length: CALLS }, (_, at): Call => ({ kind: random.pick(kinds), at }));
  const flaky = new Deja({ baseUrl: proxy.url });
  const ended: { readonly call: Call; readonly answer?: unknown; readonly error?: unknown }[] = [];

  const left = calls.values();
  const caller = async () => {
    for (const call of left) {
      const answer = ask(flaky, call);
      ended.push(
        await answer.then(
          (answer) => ({ call, answer }),
          (error) => ({ call, error }),
        ),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));

  expect(ended).toHaveLength(CALLS);
  expect(proxy.faults.size).toBe(9);
  const failed = ended.filter(({ error }) => error !== undefined);
  for (const { error } of failed) {
    const kinds = [DejaConnectionError, DejaProblemError, DejaTimeoutError];
    expect(
      kinds.some((kind) => error instanceof kind),
      String(error),
    ).toBe(true);
  }
  expect(failed.length).toBeLessThan(CALLS / 20);
  const direct = new Deja({ baseUrl: t.url });
  for (const { call, answer } of ended.filter(({ error }) => error === undefined))
    expect(answer).toEqual(
      await ask(direct, { ...call, kind: call.kind === 'job' ? 'predict' : call.kind }),
    );
  await expectOneRunEach(direct, calls);
});

/** A question has one run, however often it was sent; a submission has one run with one job. */
async function expectOneRunEach(deja: Deja, calls: readonly Call[]): Promise<void> {
  interface Page {
    readonly runs: readonly { cache_key: string; stored: boolean; job_count: number }[];
    readonly next_cursor?: string;
  }
  const runs: Page['runs'][number][] = [];
  let cursor = '';
  do {
    const { json } = await deja.request({ method: 'GET', path: `/admin/runs?limit=100${cursor}` });
    const page = json as Page;
    runs.push(...page.runs);
    cursor = page.next_cursor === undefined ? '' : `&cursor=${page.next_cursor}`;
  } while (cursor !== '');
  const stored = runs.filter((run) => run.stored);
  const alone = runs.filter((run) => !run.stored);
  const submissions = calls.filter(({ kind }) => kind === 'job').length;

  expect(new Set(stored.map(({ cache_key: key }) => key)).size).toBe(stored.length);
  expect(alone.map(({ job_count: jobs }) => jobs)).toEqual(alone.map(() => 1));
  expect(alone.length).toBeLessThanOrEqual(submissions);
  expect(alone.length).toBeGreaterThan(submissions * 0.9);
}

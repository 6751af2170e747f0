import { expect, test } from 'vitest';
import {
  type JoinReply,
  type JoinRequest,
  newRunId,
  type PendingRun,
  QueueFullError,
  Submitter,
} from '../src/index.ts';
import { KEY, request } from './harness.ts';

const OTHER = newRunId();
const WAIT = { place: 0, usualMs: undefined };

const created = ({ run, lane }: JoinRequest): JoinReply => ({
  outcome: 'created',
  ...{ run, lane, wait: WAIT },
});
const joined = ({ lane }: JoinRequest): JoinReply => ({
  outcome: 'joined',
  ...{ run: OTHER, lane, wait: WAIT },
});
const done = (): JoinReply => ({
  outcome: 'done',
  ...{ run: OTHER, finishedAt: 0, body: '{}', freshMs: undefined },
});

/** A store that answers when it is told to, and queues that remember. */
function setUp() {
  const waiting: { asked: JoinRequest; answer: PromiseWithResolvers<JoinReply> }[] = [];
  const calls: string[] = [];
  const faults: Error[] = [];
  const call = async (what: string, { run, lane }: PendingRun) => {
    calls.push(`${what} ${run === OTHER ? 'other' : 'own'} ${lane}`);
    const fault = faults.shift();
    if (fault) throw fault;
  };
  const submitter = new Submitter({
    runs: {
      join: (asked) => {
        const answer = Promise.withResolvers<JoinReply>();
        waiting.push({ asked, answer });
        return answer.promise;
      },
    },
    queues: { add: (run) => call('add', run), remove: (run) => call('remove', run) },
  });
  return {
    ...{ submitter, calls, faults },
    submit: (more: Partial<JoinRequest> = {}, input = '{}') =>
      submitter.submit(request(more), input),
    answer(reply: (asked: JoinRequest) => JoinReply) {
      const { asked, answer } = waiting.shift() ?? expect.fail('nobody joins');
      answer.resolve(reply(asked));
    },
    refuse: (error: Error) => waiting.shift()?.answer.reject(error),
  };
}

test('a run that is likely to be new is handed over right behind its JOIN', async () => {
  const t = setUp();

  const { reply, handedOver } = t.submit();
  expect(t.calls).toEqual(['add own long']);
  t.answer(created);

  expect(await reply).toMatchObject({ outcome: 'created' });
  await handedOver;
  expect(t.calls).toEqual(['add own long']);
});

test('what was handed over in vain is taken back', async () => {
  const t = setUp();

  const joining = t.submit();
  t.answer(joined);
  await joining.handedOver;
  expect(t.calls.toSorted()).toEqual(['add other long', 'add own long', 'remove own long']);

  t.calls.length = 0;
  const asking = t.submit({ key: 'b'.repeat(64) });
  t.answer(done);
  await asking.handedOver;
  await expect.poll(() => t.calls).toEqual(['add own long', 'remove own long']);
});

test('a key that was just asked for may have its run: JOIN answers first', async () => {
  const t = setUp();
  t.submit();
  t.answer(created);
  t.calls.length = 0;

  const { handedOver } = t.submit();
  expect(t.calls).toEqual([]);
  t.answer(joined);
  await handedOver;

  expect(t.calls).toEqual(['add other long']);
});

test('while the queue is full nothing is handed over before JOIN has answered', async () => {
  const t = setUp();
  const { reply } = t.submit();
  t.refuse(new QueueFullError());
  await expect(reply).rejects.toThrow(QueueFullError);
  await expect.poll(() => t.calls).toEqual(['add own long', 'remove own long']);

  t.submit({ key: 'b'.repeat(64) });

  expect(t.calls).toHaveLength(2);
});

test('a large input, which JOIN may ask for, is not handed over ahead, nor is a refresh', () => {
  const t = setUp();

  t.submit({}, JSON.stringify('x'.repeat(5000)));
  t.submit({ key: 'b'.repeat(64), refresh: true, lane: 'refresh' });

  expect(t.calls).toEqual([]);
});

test('what joins a run that was just handed over sends nothing', async () => {
  const t = setUp();
  for (let i = 0; i < 3; i += 1) {
    const { handedOver } = t.submit();
    t.answer(joined);
    await handedOver;
  }
  expect(t.calls.filter((call) => call === 'add other long')).toHaveLength(1);

  const { handedOver } = t.submit({ lane: 'short' }); // another lane is another delivery
  t.answer(joined);
  await handedOver;
  expect(t.calls.at(-1)).toBe('add other short');
});

test('what could not be handed over is told, and tried again by the next who joins', async () => {
  const t = setUp();
  t.faults.push(new Error('away'));
  const first = t.submit();
  t.answer(created);
  await expect(first.handedOver).rejects.toThrow('away');
  expect(await first.reply).toMatchObject({ outcome: 'created' });

  t.faults.push(new Error('away'));
  const second = t.submit();
  t.answer(joined);
  await expect(second.handedOver).rejects.toThrow('away');

  const third = t.submit();
  t.answer(joined);
  await third.handedOver;
  expect(t.calls).toEqual(['add own long', 'add other long', 'add other long']);
});

test('a JOIN that is not answered is told; it may have been done, so nothing is taken back', async () => {
  const t = setUp();
  const { reply, handedOver } = t.submit({ key: KEY });
  t.refuse(new Error('Connection is closed.'));

  await expect(reply).rejects.toThrow('closed');
  await expect(handedOver).rejects.toThrow('closed');
  expect(t.calls).toEqual(['add own long']);
});

import { QueueUnavailableError } from '@deja/jobs';
import { expect, test } from 'vitest';
import { requestDeadline, withDeadline } from './deadline.ts';

const busy = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

test('a call that is silent for a second is late', async () => {
  const startedAt = performance.now();

  await expect(withDeadline(requestDeadline(), new Promise(() => {}))).rejects.toThrow(
    QueueUnavailableError,
  );

  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(950);
});

test('all calls of a request share its deadline', async () => {
  const deadline = requestDeadline();
  await expect(withDeadline(deadline, new Promise(() => {}))).rejects.toThrow(
    QueueUnavailableError,
  );

  await expect(withDeadline(deadline, new Promise(() => {}))).rejects.toThrow(
    QueueUnavailableError,
  );
});

test('an answer that arrived while this process was busy is not late', async () => {
  const answer = new Promise((resolve) => setImmediate(() => setTimeout(resolve, 10, 'here')));
  const answered = withDeadline(requestDeadline(), answer);
  busy(1300);

  expect(await answered).toBe('here');
});

import { expect, test } from 'vitest';
import {
  forkProgram,
  isAlive,
  ProgramEndedError,
  pauseProcess,
  resumeProcess,
} from './processes.ts';

const PROGRAM = new URL('./fixtures/called.ts', import.meta.url);

test('a program answers calls, and what its handlers throw', async () => {
  await using program = forkProgram(PROGRAM);

  expect(await Promise.all([1, 2, 3].map((n) => program.call('double', n)))).toEqual([2, 4, 6]);
  await expect(program.call('fail')).rejects.toThrow('on purpose');
  await expect(program.call('unheard of')).rejects.toThrow('no handler');
});

test('a program that was killed answers nobody, and nobody waits for it', async () => {
  await using program = forkProgram(PROGRAM);
  await program.call('double', 1);
  const hanging = program.call('hang');
  const refused = expect(hanging).rejects.toThrow(ProgramEndedError);

  expect(await program.end('SIGKILL')).toBe('SIGKILL');

  await refused;
  expect(isAlive(program.pid)).toBe(false);
  await expect(program.call('double', 1)).rejects.toThrow(ProgramEndedError);
});

test('a paused program stands still, and goes on where it was', async () => {
  await using program = forkProgram(PROGRAM);
  await program.call('double', 1);
  await pauseProcess(program.pid);
  let answered = false;
  const answer = program.call('double', 4).finally(() => {
    answered = true;
  });

  await new Promise((resolve) => setTimeout(resolve, 50)); // that nothing comes takes time to see
  expect(answered).toBe(false);
  resumeProcess(program.pid);

  expect(await answer).toBe(8);
});

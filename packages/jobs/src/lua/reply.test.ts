import { expect, test } from 'vitest';
import { Reply, repliesOf } from './reply.ts';

test('a reply is read by name, whatever its order', () => {
  const reply = new Reply([
    'run',
    'R',
    'seq',
    7,
    'hash',
    ['a', '1'],
    'rows',
    [
      ['n', '1'],
      ['n', '2'],
    ],
  ]);

  expect(reply.text('run')).toBe('R');
  expect(reply.number('seq')).toBe(7);
  expect(reply.hash('hash')).toEqual({ a: '1' });
  expect(reply.replies('rows').map((row) => row.number('n'))).toEqual([1, 2]);
  expect(repliesOf([])).toEqual([]);
});

test('what was left out, or is empty, is undefined where it may be', () => {
  const reply = new Reply(['freshMs', '', 'place', 0, 'job', []]);

  expect(reply.optionalNumber('freshMs')).toBeUndefined();
  expect(reply.optionalText('body')).toBeUndefined();
  expect(reply.optionalNumber('place')).toBe(0);
  expect(reply.hash('job')).toBeUndefined();
});

test('a name that must be there and is not is an error, and so is a reply without names', () => {
  expect(() => new Reply([]).text('run')).toThrow('no run');
  expect(() => new Reply('OK')).toThrow(TypeError);
});

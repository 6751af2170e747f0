import { expect, test } from 'vitest';
import { digestOf } from './entry-writer.ts';

test('two answers that differ in their times alone have one digest', () => {
  const answer = (more: object) => JSON.stringify({ yhat: [1, 2], ds: '2026-01-01', ...more });
  const first = answer({ generated_at: '2026-11-26T17:34:17.123Z', compute_ms: 12.3 });
  const later = answer({ generated_at: '2026-11-27T07:00:00.000Z', compute_ms: 1e-7 });

  expect(digestOf(later)).toBe(digestOf(first));
  expect(digestOf(answer({ yhat: [1, 3] }))).not.toBe(digestOf(answer({})));
  expect(digestOf(answer({ ds: '2026-01-02' }))).not.toBe(digestOf(answer({})));
});

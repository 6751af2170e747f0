import { expect, test } from 'vitest';
import { warmUp } from './index.ts';

test('warming up runs both engines', async () => {
  await expect(warmUp()).resolves.toBeUndefined();
});

import { expect, test } from 'vitest';
import { warmUp } from './compute.ts';
import { loadModels } from './load-models.ts';

test('warming up runs both engines', async () => {
  const models = await loadModels({ cwd: '.' });

  await expect(warmUp(models.values())).resolves.toBeUndefined();
});

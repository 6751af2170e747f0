import { expect, test } from 'vitest';
import { loadModels } from '../load-models.ts';
import { warmUp } from './index.ts';

test('warming up runs both engines', async () => {
  const models = await loadModels({ cwd: '.' });

  await expect(warmUp(models.values())).resolves.toBeUndefined();
});

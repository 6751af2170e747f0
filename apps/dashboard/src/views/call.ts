import { apiAddress } from '../api/client.ts';
import { overview } from '../state/live.ts';
import type { Call } from './snippets.ts';

/** A call to the API that served the page, for people to copy. */
export const callTo = (path: string, body: Call['body']): Call => ({
  ...{ base: apiAddress(), path, body },
  needsKey: overview.value?.keys === true,
});

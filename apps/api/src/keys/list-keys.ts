import { type KeyDocument, type KeyStore, presentKey } from '@deja/keys';

const SHOWN_MS = 30 * 86_400_000;

/** The newest first. Without `withOld`, those that work or ended in the last 30 days. */
export async function listKeys(
  store: Pick<KeyStore, 'list'>,
  { withOld }: { readonly withOld: boolean },
): Promise<readonly KeyDocument[]> {
  const now = Date.now();
  return (await store.list())
    .filter(({ record: { revokedAt = Infinity, expiresAt = Infinity } }) => {
      return withOld || Math.min(revokedAt, expiresAt) > now - SHOWN_MS;
    })
    .map(({ record, lastUsedAt }) => presentKey(record, now, lastUsedAt));
}

import { realpathSync } from 'node:fs';
import { Redis } from 'ioredis';
import { PASSWORD_FILE, PORT_FILE, readKept } from './kept.ts';

/**
 * Ends a server that still runs on this directory because the process that started it was killed: two
 * servers would corrupt one append-only file. The caller knows that nobody else uses the directory.
 */
export async function endOrphan(dir: string): Promise<void> {
  const port = Number(readKept(dir, PORT_FILE));
  if (!port) return;
  const redis = new Redis(port, '127.0.0.1', {
    ...{ password: readKept(dir, PASSWORD_FILE) ?? '' },
    ...{ retryStrategy: () => null, lazyConnect: true },
  });
  redis.on('error', () => {}); // usually nobody listens there any more
  try {
    await redis.connect();
    const [, servedDir] = (await redis.config('GET', 'dir')) as string[];
    if (servedDir !== realpathSync(dir)) return;
    const gone = new Promise((resolve) => redis.once('end', resolve));
    redis.shutdown('NOSAVE').catch(() => {}); // the file is complete without a snapshot
    await gone;
  } catch {
    // It is not a Redis, or it does not let us ask.
  } finally {
    redis.disconnect();
  }
}

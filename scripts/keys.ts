/**
 * `npm run keys`: API keys (apps/api/src/keys.ts), in the Redis of `npm start` unless `REDIS_URL` or
 * `REDIS_HOST` names another.
 */
import { keptRedisUrl } from '@deja/local-redis';

if (!process.env.REDIS_URL && !process.env.REDIS_HOST) {
  const url = keptRedisUrl('.deja/redis');
  if (url === undefined) {
    console.error('No Redis of `npm start` is here: start it, or set REDIS_URL.');
    process.exit(1);
  }
  process.env.REDIS_URL = url;
}
await import('../apps/api/src/keys.ts');

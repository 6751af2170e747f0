/**
 * `npm run keys`: API keys (apps/api/src/keys.ts), in the Redis of `npm start`, if there is one and
 * neither `REDIS_URL` nor `REDIS_HOST` names another.
 */
import { keptRedisUrl } from '@deja/local-redis';

if (!process.env.REDIS_URL && !process.env.REDIS_HOST)
  process.env.REDIS_URL = keptRedisUrl('.deja/redis') ?? '';
await import('../apps/api/src/keys.ts');

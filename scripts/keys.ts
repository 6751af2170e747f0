/**
 * `npm run keys`: API keys (apps/api/src/keys.ts), in the Redis of `npm start`, if there is one and
 * neither `REDIS_URL` nor `REDIS_HOST` names another. `WEBHOOK_SECRET` is that of `npm start`, too.
 */
import { readFileSync } from 'node:fs';
import { keptRedisUrl } from '@deja/local-redis';

if (!process.env.REDIS_URL && !process.env.REDIS_HOST)
  process.env.REDIS_URL = keptRedisUrl('.deja/redis') ?? '';
try {
  process.env.WEBHOOK_SECRET ||= readFileSync('.deja/webhook-secret', 'utf8').trim();
} catch {
  // there is none
}
await import('../apps/api/src/keys.ts');

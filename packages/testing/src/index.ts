export { ping } from './redis/spawn-redis.ts';
export {
  type RedisOptions,
  type RedisServer,
  startOwnRedis,
  startRedis,
} from './redis/start-redis.ts';

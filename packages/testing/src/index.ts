export { type Answered, call, post } from './http.ts';
export { isAlive } from './processes.ts';
export {
  type RedisOptions,
  type RedisServer,
  startOwnRedis,
  startRedis,
} from './redis/start-redis.ts';

export { openRedisConnections, type RedisConnections } from './connections.ts';
export { isRedisAway } from './errors.ts';

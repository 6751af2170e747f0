export { hostsOf, RedisUrlError } from './address.ts';
export { openRedisConnections, type RedisConnections } from './connections.ts';
export { isRedisAway } from './errors.ts';

/** Opens a client of one of the forms of an address, with the settings of a profile. */
import type { RedisOptions } from 'ioredis';
import type { Host, RedisAddress } from './address.ts';
import { BatchingRedis } from './batching-redis.ts';
import { GuardedCluster } from './guarded-cluster.ts';
import {
  clusterOptionsOf,
  PROFILES,
  type Profile,
  SENTINEL_OPTIONS,
  type ServerOptions,
} from './profiles.ts';

export interface ClientOptions extends Pick<RedisOptions, 'reconnectOnError'> {
  /** With Sentinel: hears of a failover from the sentinels themselves. */
  readonly watchesSentinels: boolean;
  /** In a Cluster: the nodes to listen to, the best first. */
  readonly nodes: () => readonly Host[];
}

export function openClient(
  address: RedisAddress,
  profile: Profile,
  { watchesSentinels, nodes, ...options }: ClientOptions,
): BatchingRedis | GuardedCluster {
  const settings = { ...PROFILES[profile], ...options };
  if (address.form === 'server') return new BatchingRedis(address.url, settings);
  const { username, password, hasTls } = address;
  const tls = hasTls ? { tls: {} } : {};
  const user = { ...(username && { username }), ...(password && { password }) };
  switch (address.form) {
    case 'socket': {
      const { path, db } = address;
      return new BatchingRedis({ ...settings, ...user, path, db });
    }
    case 'sentinel': {
      const { hosts, name, db, sentinelUsername, sentinelPassword } = address;
      return new BatchingRedis({
        ...{ ...settings, ...user, ...tls, ...SENTINEL_OPTIONS },
        ...{ sentinels: [...hosts], name, db, failoverDetector: watchesSentinels },
        ...(hasTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
        ...(sentinelUsername !== undefined && { sentinelUsername }),
        ...(sentinelPassword !== undefined && { sentinelPassword }),
      });
    }
    case 'cluster': {
      if (profile === 'subscriber') return openSubscriber({ ...settings, ...user, ...tls }, nodes);
      const { redisOptions, ...rest } = clusterOptionsOf(profile);
      return new GuardedCluster([...address.hosts], {
        ...rest,
        redisOptions: { ...redisOptions, ...user, ...tls, ...options },
      });
    }
  }
}

/**
 * A message reaches the subscribers of every node. So a subscriber is an ordinary connection to one of
 * them, with the same events as to a server, and goes to another node when that one is gone.
 */
function openSubscriber(settings: ServerOptions, nodes: () => readonly Host[]): BatchingRedis {
  let turn = 0;
  const next = (): Host => {
    const all = nodes();
    return all[turn++ % all.length] as Host;
  };
  const redis = new BatchingRedis({ ...settings, ...next() });
  redis.on('close', () => Object.assign(redis.options, next()));
  return redis;
}

/**
 * Where a Redis is, as a URL says it: one server, a socket, a primary that Sentinel names, or a
 * Cluster. User and password in the authority are the servers'.
 */

export interface Host {
  readonly host: string;
  readonly port: number;
}

interface Common {
  readonly username?: string;
  readonly password?: string;
  readonly hasTls: boolean;
}

export type RedisAddress =
  /** ioredis reads the URL, with the options in its query. */
  | { readonly form: 'server'; readonly url: string }
  | (Common & { readonly form: 'socket'; readonly path: string; readonly db: number })
  | (Common & {
      readonly form: 'sentinel';
      readonly hosts: readonly Host[];
      /** The name under which the sentinels know the primary. */
      readonly name: string;
      readonly db: number;
      readonly sentinelUsername?: string;
      readonly sentinelPassword?: string;
    })
  | (Common & { readonly form: 'cluster'; readonly hosts: readonly Host[] });

const URL_FORMS =
  'redis://host:6379, rediss://host:6379, unix:///path/to/socket, redis-sentinel://host:26379,host:26379/name, redis+cluster://host:6379,host:6379 (rediss-sentinel://, rediss+cluster:// with TLS)';

/** The text is no URL of a Redis. The message names no part of it that can be a password. */
export class RedisUrlError extends Error {
  override readonly name = 'RedisUrlError';
  readonly code = 'REDIS_URL';

  constructor(problem: string) {
    super(`${problem}. One of ${URL_FORMS}`);
  }
}

const PARTS =
  /^(?<scheme>[a-z+-]+):\/\/(?:(?<user>[^@:/?#]*)(?::(?<password>[^/?#]*))?@)?(?<hosts>[^/?#@]*)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/;
const SENTINEL_PORT = 26_379;
const PORT = 6379;

/** Throws `RedisUrlError`. */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = PARTS.exec(url)?.groups;
  if (!parts) throw new RedisUrlError('it is no URL of a Redis');
  const { scheme = '', hosts = '', path = '' } = parts;
  const query = new URLSearchParams(parts.query);
  const common: Common = {
    hasTls: scheme.startsWith('rediss'),
    ...(parts.user && { username: decode(parts.user) }),
    ...(parts.password && { password: decode(parts.password) }),
  };
  switch (scheme) {
    case 'redis':
    case 'rediss':
      if (!URL.canParse(url) || new URL(url).hostname === '')
        throw new RedisUrlError('host or port cannot be read');
      if (!/^\d*$/.test(path)) throw new RedisUrlError('after the host only a number may stand');
      return { form: 'server', url };
    case 'unix':
      if (hosts !== '' || path === '') throw new RedisUrlError('a socket has a path and no host');
      return { ...common, form: 'socket', path: `/${decode(path)}`, db: dbOf(query) };
    case 'redis-sentinel':
    case 'rediss-sentinel': {
      if (path === '' || path.includes('/'))
        throw new RedisUrlError('after the sentinels stands the name of the primary');
      const [username, password] = ['sentinelUsername', 'sentinelPassword'].map((name) =>
        query.get(name),
      );
      return {
        ...{ ...common, form: 'sentinel', hosts: hostsIn(hosts, SENTINEL_PORT) },
        ...{ name: decode(path), db: dbOf(query) },
        ...(username && { sentinelUsername: username }),
        ...(password && { sentinelPassword: password }),
      };
    }
    case 'redis+cluster':
    case 'rediss+cluster':
      if (path !== '' || query.has('db'))
        throw new RedisUrlError('a Cluster has no database but 0, and its URL no path');
      return { ...common, form: 'cluster', hosts: hostsIn(hosts, PORT) };
    default:
      throw new RedisUrlError(`it begins with ${scheme}://`);
  }
}

/** Hosts and ports, or the path of a socket, for the log: no user, no password. */
export function hostsOf(url: string): string {
  const address = parseRedisUrl(url);
  if (address.form === 'server') return new URL(address.url).host;
  if (address.form === 'socket') return address.path;
  return address.hosts.map(textOf).join(',');
}

export const textOf = ({ host, port }: Host): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function hostsIn(text: string, defaultPort: number): Host[] {
  return text.split(',').map((each) => {
    const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(each);
    const host = found?.[1] ?? found?.[2];
    const port = Number(found?.[3] ?? defaultPort);
    if (host === undefined || port < 1 || port > 65_535)
      throw new RedisUrlError('host or port cannot be read');
    return { host, port };
  });
}

function dbOf(query: URLSearchParams): number {
  const db = query.get('db') ?? '0';
  if (!/^\d+$/.test(db)) throw new RedisUrlError('db is a number');
  return Number(db);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RedisUrlError('a % stands alone: write it as %25');
  }
}

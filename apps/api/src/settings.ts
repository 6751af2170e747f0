/** The settings that the API alone has. */
import { availableParallelism } from 'node:os';
import { integer, list, MB } from '@deja/runtime/settings';
import { deliverySettings } from '@deja/webhooks/settings';
import { z } from 'zod';
import { trustedProxies } from './trusted-proxies.ts';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

export const httpSettings = {
  PORT: integer(0, 65_535).default(8000).meta({
    description: 'The API listens on this port. `0`: on a free one.',
  }),
  HOST: z.string().default('127.0.0.1').meta({
    description: 'The API listens on this address. `0.0.0.0`: on all of this machine.',
  }),
  API_PROCESSES: z
    .union([z.literal('auto'), integer(1, 256)])
    .default(1)
    .meta({
      unit: 'processes',
      description:
        'So many processes answer at the port; `auto`: as many as this machine has cores. Each takes its part of the memory tier and of the `MAX_*` bounds on connections, waiting requests, streams, bodies and replies.',
    }),
  AUTH: z.enum(['auto', 'required', 'off']).default('auto').meta({
    description:
      '`required`: clients need an API key, except for the health checks and the page. `off` lets everybody in who can reach the API. `auto` lets everybody on this machine in; where `HOST` is not loopback, clients need a key, and the API does not start before there is one.',
  }),
  ALLOWED_HOSTS: list.optional().meta({
    unit: 'names',
    defaultText: 'localhost and the name in `PUBLIC_URL`; where clients need a key, every name',
    description:
      'Clients may ask the API under these host names, separated by commas; the API answers others with 421. `*`: every name. Addresses, `/healthz` and `/readyz` always pass.',
  }),
  TRUST_PROXY: trustedProxies.optional().meta({
    defaultText: 'none',
    description:
      'The proxies whose `X-Forwarded-For`, `-Proto` and `-Host` the API believes: how many there are between it and its clients, or their addresses and networks, separated by commas (`10.0.0.0/8`, `loopback`, `uniquelocal`). With a number, nobody but those proxies may reach the API.',
  }),
  MAX_CONNECTIONS: integer(1).default(10_000).meta({
    unit: 'connections',
    description:
      'At most this many connections are served at a time; the API answers requests on further ones with 503.',
  }),
  REQUEST_TIMEOUT_S: integer(1, 3600).default(60).meta({
    unit: 's',
    description:
      'A request arrives within this time, its body included, and its headers within 10 s; the API answers a slower one with 408.',
  }),
  MAX_WAIT: integer(0, 3600).default(60).meta({
    unit: 's',
    description: '`Prefer: wait` holds a request for at most this time.',
  }),
  MAX_WAITERS: integer(0).default(5000).meta({
    unit: 'requests',
    description:
      'At most this many requests wait at a time; the API answers further ones with 202 at once. With keys, so it does where a tenant has as many as are free.',
  }),
  MAX_EVENT_STREAMS: integer(0).default(1000).meta({
    unit: 'streams',
    description:
      'At most this many event streams are open at a time; the API answers further ones with 503, or with the 202 of a job that was to be followed at once. With keys, 429 where a tenant has as many as are free.',
  }),
  MAX_BODY_MB: integer(1, 1024).default(8).meta({
    unit: 'MB',
    description: 'A request body has at most this size; the API answers a larger one with 413.',
  }),
  MAX_BODIES_MB: integer(1).default(64).meta({
    unit: 'MB',
    description:
      'Bodies that are being read take at most this much memory; the API answers further ones with 503. With keys, 429 where a tenant has as many bytes as are free.',
  }),
  MAX_REPLIES_MB: integer(1).default(64).meta({
    unit: 'MB',
    description:
      'Answers that clients have not read yet take at most this much memory beyond the cache; the API answers with 503 instead of further ones of 64 KiB and more. With keys, 429 where a tenant has as many bytes as are free.',
  }),
  MANY_WINDOW: integer(1, 10_000).default(256).meta({
    unit: 'questions',
    description:
      'A request with many questions (`/forecast/many`) has at most this many in flight; it is read no further meanwhile.',
  }),
  BODY_IDLE_S: integer(1, 3600).default(30).meta({
    unit: 's',
    description: 'A request with many questions may send nothing for this time while it is read.',
  }),
  TRACE_HIT_RATIO: z.coerce.number().min(0).max(1).default(0.001).meta({
    unit: 'share',
    description:
      'With a collector of traces, this share of hits in memory has a span (0 to 1). So has every hit whose client samples its own trace.',
  }),
  ADMIN_PASSWORD: z.string().min(8).optional().meta({
    description:
      'Where clients need no key, the user `admin` has this password for /admin and /scale, also on the page at /ui/. Without it they answer only this machine, and nobody where `HOST` is not loopback.',
  }),
  CORS_ORIGINS: list.default([]).meta({
    unit: 'origins',
    description:
      'Pages of these origins may call the API, e.g. `https://app.example`, separated by commas.',
  }),
} as const;

/** A setting of webhooks that the API reads, too: its own name. */
export const { PUBLIC_URL } = deliverySettings;

type HttpEnv = z.output<z.ZodObject<typeof httpSettings & { PUBLIC_URL: typeof PUBLIC_URL }>>;

/** Where `auto` requires keys; never decided by what Redis holds. */
const isAutoRequired = ({ AUTH, HOST }: HttpEnv): boolean => AUTH === 'auto' && !isLoopback(HOST);

const allowedHostsOf = (env: HttpEnv): readonly string[] => {
  const { ALLOWED_HOSTS, AUTH, PUBLIC_URL } = env;
  if (ALLOWED_HOSTS !== undefined) return ALLOWED_HOSTS;
  if (AUTH === 'required' || isAutoRequired(env)) return ['*'];
  return ['localhost', ...(PUBLIC_URL === undefined ? [] : [new URL(PUBLIC_URL).host])];
};

export const httpConfigOf = (env: HttpEnv) => ({
  port: env.PORT,
  host: env.HOST,
  processes: env.API_PROCESSES === 'auto' ? availableParallelism() : env.API_PROCESSES,
  /** `required`: keys are on. `auto`: they are off, and this machine alone is let in. */
  auth: isAutoRequired(env) ? 'required' : env.AUTH,
  /** Nobody has said that keys are required: without any, the API does not start. */
  needsFirstKey: isAutoRequired(env),
  allowedHosts: allowedHostsOf(env),
  publicUrl: env.PUBLIC_URL,
  trustedProxies: env.TRUST_PROXY ?? 0,
  maxConnections: env.MAX_CONNECTIONS,
  requestTimeoutMs: env.REQUEST_TIMEOUT_S * 1000,
  maxWaitMs: env.MAX_WAIT * 1000,
  maxWaiters: env.MAX_WAITERS,
  maxEventStreams: env.MAX_EVENT_STREAMS,
  maxBodyBytes: env.MAX_BODY_MB * MB,
  maxBodiesBytes: env.MAX_BODIES_MB * MB,
  maxRepliesBytes: env.MAX_REPLIES_MB * MB,
  manyWindow: env.MANY_WINDOW,
  bodyIdleMs: env.BODY_IDLE_S * 1000,
  corsOrigins: env.CORS_ORIGINS,
  adminPassword: env.ADMIN_PASSWORD,
  traceHitRatio: env.TRACE_HIT_RATIO,
});

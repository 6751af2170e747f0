/** The settings that the API alone has. */
import { integer, list, MB } from '@deja/runtime/settings';
import { z } from 'zod';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

export const httpSettings = {
  PORT: integer(0, 65_535).default(8000).meta({
    description: 'The API listens on this port. `0`: on a free one.',
  }),
  HOST: z.string().default('127.0.0.1').meta({
    description: 'The API listens on this address. `0.0.0.0`: on all of this machine.',
  }),
  MAX_WAIT: integer(0, 3600).default(60).meta({
    unit: 's',
    description: '`Prefer: wait` holds a request for at most this time.',
  }),
  MAX_WAITERS: integer(0).default(5000).meta({
    unit: 'requests',
    description:
      'At most this many requests wait at a time; the API answers further ones with 202 at once.',
  }),
  MAX_BODY_MB: integer(1, 1024).default(8).meta({
    unit: 'MB',
    description: 'A request body has at most this size; the API answers a larger one with 413.',
  }),
  MAX_BODIES_MB: integer(1).default(64).meta({
    unit: 'MB',
    description:
      'Bodies that are being read take at most this much memory; the API answers further ones with 503.',
  }),
  MAX_REPLIES_MB: integer(1).default(64).meta({
    unit: 'MB',
    description:
      'Answers that clients have not read yet take at most this much memory beyond the cache; the API answers with 503 instead of further ones of 64 KiB and more.',
  }),
  BULL_BOARD: z.stringbool().default(false).meta({
    description: "`true` shows BullMQ's queues on a read-only page at /admin/queues.",
  }),
  ADMIN_PASSWORD: z.string().min(8).optional().meta({
    description:
      'The user `admin` has this password for /admin. `BULL_BOARD` needs it where `HOST` is not loopback.',
  }),
  CORS_ORIGINS: list.default([]).meta({
    unit: 'origins',
    description:
      'Pages of these origins may call the API, e.g. `https://app.example`, separated by commas.',
  }),
} as const;

type HttpEnv = z.output<z.ZodObject<typeof httpSettings>>;

/** For `refine`: a page that shows what people sent is not for everybody on the network. */
export const bullBoardRule = [
  ({ BULL_BOARD, ADMIN_PASSWORD, HOST }: HttpEnv): boolean =>
    !BULL_BOARD || ADMIN_PASSWORD !== undefined || isLoopback(HOST),
  {
    path: ['ADMIN_PASSWORD'] as PropertyKey[],
    message: 'is needed for BULL_BOARD where HOST is not loopback',
  },
] as const;

export const httpConfigOf = (env: HttpEnv) => ({
  port: env.PORT,
  host: env.HOST,
  maxWaitMs: env.MAX_WAIT * 1000,
  maxWaiters: env.MAX_WAITERS,
  maxBodyBytes: env.MAX_BODY_MB * MB,
  maxBodiesBytes: env.MAX_BODIES_MB * MB,
  maxRepliesBytes: env.MAX_REPLIES_MB * MB,
  corsOrigins: env.CORS_ORIGINS,
  bullBoard: env.BULL_BOARD,
  adminPassword: env.ADMIN_PASSWORD,
});

import { z } from 'zod';

export const keySettings = {
  ADMIN_KEY_SHA256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'it is the SHA-256 of a key, as 64 hexadecimal digits')
    .optional()
    .meta({
      description:
        'An admin key whose SHA-256 is this, in hex, works besides those in Redis, and without Redis: a first key. The key is any text of 32 or more characters that nobody can guess, e.g. of `openssl rand -hex 32`.',
    }),
} as const;

type KeyEnv = z.output<z.ZodObject<typeof keySettings>>;

export const keyConfigOf = (env: KeyEnv) => ({
  adminKeySha256: env.ADMIN_KEY_SHA256?.toLowerCase(),
});

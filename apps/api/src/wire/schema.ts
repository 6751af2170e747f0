/**
 * Schemas that several resources share. Each resource has its own schemas beside its route. The
 * OpenAPI document is generated from them, and test/contract.test.ts checks real answers against it.
 */
import { z } from 'zod';

/** ISO 8601, UTC. */
export const time = z.iso.datetime();
export const cacheKey = z.string().regex(/^[0-9a-f]{64}$/);
export const tierName = z.enum(['memory', 'redis', 'disk']);
export const jobUrls = z.object({ self: z.string(), result: z.string(), events: z.string() });

export const problem = z
  .object({
    type: z.string().meta({ description: '`urn:deja:problem:<name>`; the names never change' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with the body, at most 20; `path` is a JSON Pointer' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

import type { Request } from 'express';
import type { z } from 'zod';
import { ProblemError } from '../wire/problem.ts';

/** The parameters of the query. @throws ProblemError for one that is unknown, repeated or malformed. */
export function queryOf<Shape extends z.ZodRawShape>(
  req: Request,
  schema: z.ZodObject<Shape>,
): z.output<z.ZodObject<Shape>> {
  const { searchParams } = new URL(req.originalUrl, 'http://localhost');
  const given: Record<string, string> = {};
  for (const [name, value] of searchParams) {
    if (Object.hasOwn(given, name)) throw refused(name, 'it is there twice');
    given[name] = value;
  }
  const parsed = schema.strict().safeParse(given);
  if (parsed.success) return parsed.data as z.output<z.ZodObject<Shape>>;
  const [issue] = parsed.error.issues;
  throw refused(issue?.path.join('.') || 'query', issue?.message ?? 'it is malformed');
}

const refused = (name: string, why: string): ProblemError =>
  new ProblemError('malformed-request', `${name}: ${why}`);

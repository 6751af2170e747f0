import { z } from 'zod';

/** Null for an optional member means that it is absent: many clients write what they lack as null. */
export function nullIsAbsent<S extends z.ZodRawShape>(shape: S): S {
  const members = Object.entries(shape).map(([name, schema]) => {
    const isOptional = z.safeParse(schema, undefined).success;
    return [name, isOptional ? z.preprocess((value) => value ?? undefined, schema) : schema];
  });
  return Object.fromEntries(members) as S;
}

/** A question to a model, and the key that names it. */
import { cacheKeyFor } from '@deja/cache-core';
import type { Webhook } from '@deja/jobs';
import type { Model, PreparedInput } from '@deja/models';
import type { Directives } from '../wire/directives.ts';

export interface Question {
  readonly model: Model;
  readonly key: string;
  readonly directives: Directives;
  /** Prepares the input on first use: most hits never need it. */
  readonly prepared: () => PreparedInput;
  /** When all calls to the queue Redis that this request makes must have ended; see http/deadline.ts. */
  readonly deadline: number;
  /** Aborts when the client has disconnected. */
  readonly clientSignal: AbortSignal;
  /** The id that its job must have. Default: a new one. */
  readonly job?: string;
  readonly webhook: Webhook | undefined;
}

export function keyFor(model: Model, { input }: PreparedInput): string {
  const { name, version, engine } = model;
  return cacheKeyFor({ model: name, version, engine, group: model.group?.(input), input });
}

/** A question to a model, and the key that names it. */
import { sizedCacheKeyFor } from '@deja/cache-core';
import type { Claim, TenantLimits, Webhook } from '@deja/jobs';
import type { Principal } from '@deja/keys';
import type { Model, PreparedInput } from '@deja/models';
import { MB } from '@deja/runtime/settings';
import type { Span } from '@deja/runtime/tracing';
import type { Directives } from '../wire/directives.ts';

export interface Question {
  /** Who asks. */
  readonly principal: Principal;
  readonly model: Model;
  readonly key: string;
  readonly directives: Directives;
  /** Prepares the input on first use: most hits never need it. */
  readonly prepared: () => PreparedInput;
  /** When all calls to the queue Redis that this request makes must have ended; see http/deadline.ts. */
  readonly deadline: number;
  /** Aborts when the client has disconnected. */
  readonly clientSignal: AbortSignal;
  /** What its Idempotency-Key needs to be given to its job. Default: it has none. */
  readonly claim?: Claim;
  readonly webhook: Webhook | undefined;
  /** Called when its input is not needed any more: it is on a run. */
  readonly submitted?: () => void;
  /** One of many: it goes to the lane `bulk`, and its request waits until it ends. Default: false. */
  readonly isBulk?: boolean;
  /** Of the request, if it asks nothing else: it names the job and its run. */
  readonly span?: Span | undefined;
}

/** What JOIN needs of who asks: nothing while keys are off. */
export const turnOf = ({
  tenant,
  weight,
  keyName,
}: Pick<Principal, 'tenant' | 'weight' | 'keyName'>) =>
  tenant === undefined ? {} : { tenant, weight, askedBy: keyName };

/** How many questions a minute the tenant may ask. Undefined: any number. */
export const rpmOf = ({ tenant, limits }: Principal, usual: TenantLimits): number | undefined =>
  tenant === undefined ? undefined : (limits.rpm ?? usual.rpm);

/** The tenant's bounds: those of its key, and else the settings. */
export function limitsOf(principal: Principal, usual: TenantLimits): TenantLimits {
  const { maxOpenRuns, maxInputMb } = principal.limits;
  return {
    rpm: rpmOf(principal, usual),
    maxOpenRuns: maxOpenRuns ?? usual.maxOpenRuns,
    maxInputBytes: maxInputMb === undefined ? usual.maxInputBytes : maxInputMb * MB,
  };
}

/** What is reached by a name, such as an artefact, is the tenant's own. */
export function ownIdentityOf(model: Model, { input }: PreparedInput, tenant?: string) {
  const { name, version, engine } = model;
  return { model: name, version, engine, tenant, group: model.group?.(input) };
}

export function keyFor(model: Model, prepared: PreparedInput, tenant?: string): string {
  return sizedKeyFor(model, prepared, tenant).key;
}

/** The key, and about how many bytes the input takes. A shared model's is the same for all tenants. */
export function sizedKeyFor(model: Model, prepared: PreparedInput, tenant?: string) {
  const identity = ownIdentityOf(model, prepared, model.scope === 'tenant' ? tenant : undefined);
  return sizedCacheKeyFor({ ...identity, input: prepared.input });
}

/** A value that is made on first use and can be let go: a request that waits needs no input. */
export interface Forgettable<T> {
  get(): T;
  forget(): void;
}

export function forgettable<T>(make: () => T): Forgettable<T> {
  let source: (() => T) | undefined = make;
  let made: { readonly value: T } | undefined;
  return {
    get() {
      if (source === undefined) throw new Error('the input was let go');
      made ??= { value: source() };
      return made.value;
    },
    forget() {
      made = undefined;
      source = undefined;
    },
  };
}

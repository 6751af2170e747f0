import { SharedBound } from '@deja/runtime';
import { ProblemError } from '../wire/problem.ts';
import { UNAVAILABLE_RETRY_S } from '../wire/retry-after.ts';

/** Bytes that one kind of work holds in this process at a time: at most so many, of a tenant its share. */
export class SharedBytes {
  readonly #bound: SharedBound;

  /** @param leastBytes What a tenant may hold in any case, if there is room: one body. */
  constructor(maxBytes: number, leastBytes: number) {
    this.#bound = new SharedBound(maxBytes, leastBytes);
  }

  of(tenant: string | undefined): ByteBudget {
    return new ByteBudget(this.#bound, tenant);
  }
}

/** What one tenant may take of them. */
export class ByteBudget {
  readonly #bound: SharedBound;
  readonly #tenant: string | undefined;

  constructor(bound: SharedBound, tenant: string | undefined) {
    this.#bound = bound;
    this.#tenant = tenant;
  }

  get maxBytes(): number {
    return this.#bound.max;
  }

  fullFor(bytes: number): 'all' | 'tenant' | undefined {
    return this.#bound.fullFor(this.#tenant, bytes);
  }

  hasRoom(bytes: number): boolean {
    return this.fullFor(bytes) === undefined;
  }

  /** False, and nothing is taken: it would be too much. Whoever took bytes gives them back once. */
  take(bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false;
    this.#bound.add(this.#tenant, bytes);
    return true;
  }

  giveBack(bytes: number): void {
    this.#bound.add(this.#tenant, -bytes);
  }
}

/** @throws ProblemError where `take` says no. */
export function takeForBody(bodies: ByteBudget, bytes: number): void {
  const fullFor = bodies.fullFor(bytes);
  if (fullFor === undefined) return void bodies.take(bytes);
  throw fullOf(fullFor, {
    all: 'the bodies in memory would exceed',
    ofTenant: 'the bodies of this tenant in memory leave no more for others of',
    bound: `MAX_BODIES_MB (${bodies.maxBytes} bytes)`,
  });
}

interface Why {
  readonly all: string;
  readonly ofTenant: string;
  readonly bound: string;
}

export function fullOf(fullFor: 'all' | 'tenant', { all, ofTenant, bound }: Why): ProblemError {
  if (fullFor === 'all') return new ProblemError('overloaded', `${all} ${bound}`);
  return new ProblemError('quota-exceeded', `${ofTenant} ${bound}`, {
    headers: { 'Retry-After': String(UNAVAILABLE_RETRY_S) },
  });
}

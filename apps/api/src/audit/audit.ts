/**
 * Who has done what: keys, invalidations, cancellations, redeliveries, logins, and keys that were refused.
 *
 * Promises, each with a test of the same name:
 *
 *  - each action leaves one entry, with who did it, to what, and the id of the request;
 *  - what was refused leaves none, but for a key that is not valid;
 *  - a process keeps 60 refused keys a minute at most, and tells how many it left out;
 *  - a Redis that is away fails or delays no request: the log has the line all the same.
 *
 * An entry is a line of the log, and goes into a stream in Redis (audit-stream.ts) as well as can be:
 * one that Redis does not take is counted and dropped. It holds no secret, no input and no URL.
 */
import type { Principal } from '@deja/keys';
import { Counter, type Logger, type Registry } from '@deja/runtime';
import type { Request } from 'express';
import { principalOf } from '../http/principal.ts';
import type { AuditStream } from './audit-stream.ts';
import type { AuditAction, AuditEntry } from './schema.ts';

export interface AskedBy {
  /** The id of a key, or `-` while keys are off. */
  readonly actor: string;
  /** Whose keys, jobs or entries it is about; where they are everybody's, of the actor. */
  readonly tenant: string;
  readonly requestId: string;
}

export interface AuditOptions {
  readonly stream: Pick<AuditStream, 'append'>;
  readonly log: Logger;
  readonly registry: Registry;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
}

const NOBODY = '-';
const MAX_TARGET_CHARS = 256;
const MAX_UNDERWAY = 1000;
const MAX_REFUSED = 60;
const MINUTE_MS = 60_000;

export class Audit {
  readonly #stream: AuditOptions['stream'];
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #unwritten: Counter;
  #underway = 0;
  /** Of this minute. */
  #refused = 0;
  #minute = 0;
  #leftOut = 0;

  constructor({ stream, log, registry, now = Date.now }: AuditOptions) {
    this.#stream = stream;
    this.#log = log;
    this.#now = now;
    this.#unwritten = new Counter({
      name: 'deja_audit_unwritten_total',
      help: 'Entries of the audit that Redis did not take',
      registers: [registry],
    });
  }

  /** Call it when the action has happened. It neither waits nor throws. */
  record({ actor, tenant, requestId }: AskedBy, action: AuditAction, target: string): void {
    const at = new Date(this.#now()).toISOString();
    const entry = { at, actor, tenant, action, target: bounded(target), request_id: requestId };
    this.#log.info(entry, 'audit');
    this.#write(entry);
  }

  /** A key that is not valid. The caller's own log has its line. */
  keyRefused(address: string, requestId: string): void {
    const now = this.#now();
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#refused = 0;
    this.#minute = minute;
    this.#refused += 1;
    if (this.#refused > MAX_REFUSED) {
      this.#leftOut += 1;
      return;
    }
    this.#write({
      ...{ at: new Date(now).toISOString(), actor: NOBODY, tenant: NOBODY },
      ...{ action: 'key.refused', target: bounded(address), request_id: requestId },
      ...(this.#leftOut > 0 && { left_out: this.#leftOut }),
    });
    this.#leftOut = 0;
  }

  #write(entry: AuditEntry & { readonly action: AuditAction }): void {
    if (this.#underway >= MAX_UNDERWAY) {
      this.#unwritten.inc();
      return;
    }
    this.#underway += 1;
    this.#stream
      .append(entry)
      .catch(() => this.#unwritten.inc()) // its connection reports why
      .finally(() => {
        this.#underway -= 1;
      });
  }
}

/** Who sent a request that was let in. @param tenant Whose it is, if it is one tenant's. */
export const askedBy = (req: Request, tenant?: string): AskedBy =>
  askedWith(req, principalOf(req), tenant);

/** The same of an open route, which knows of another way who asks. */
export const askedWith = (req: Request, principal: Principal, tenant?: string): AskedBy => ({
  actor: principal.keyId ?? NOBODY,
  tenant: tenant ?? principal.tenant ?? NOBODY,
  requestId: requestIdIn(req),
});

export const requestIdIn = ({ res }: Request): string => res?.get('X-Request-Id') ?? NOBODY;

const bounded = (target: string): string =>
  target.length <= MAX_TARGET_CHARS ? target : `${target.slice(0, MAX_TARGET_CHARS - 1)}…`;

/** What is wrong with a Redis: each cause is told once when it is met, and once all are over. */
import { isConsequence, reasonOf, replyCodeOf } from './errors.ts';

export interface CausesLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

interface Cause {
  seenAt: number;
  readonly holdMs: number;
}

/** A cause is over when it was not met for this time, and a probe has succeeded. */
const HOLD_MS = 2500;
/** A missing right is met only by who needs it. What comes and goes is not news within this time, either. */
const HOLD_RIGHTS_MS = 60_000;
const MAX_CAUSES = 20;
const HELP = 'docs/operations.md, "When Redis is in trouble"';

export class Causes {
  readonly #causes = new Map<string, Cause>();
  readonly #log: CausesLog;
  readonly #role: string;
  #hasWarned = false;
  /** When the last probe was sent that succeeded. */
  #provenAt = Number.NEGATIVE_INFINITY;

  constructor(log: CausesLog, role: string) {
    this.#log = log;
    this.#role = role;
  }

  /** The latest that is not over, in one line. */
  get latest(): string | undefined {
    const now = performance.now();
    const isActive = ({ seenAt, holdMs }: Cause) =>
      now - seenAt <= holdMs || this.#provenAt < seenAt;
    return [...this.#causes].findLast(([, cause]) => isActive(cause))?.[0];
  }

  note(error: Error): void {
    if (isConsequence(error)) return;
    const reason = reasonOf(error);
    const holdMs = replyCodeOf(error) === 'NOPERM' ? HOLD_RIGHTS_MS : HOLD_MS;
    const now = performance.now();
    const known = this.#causes.get(reason);
    const isNews = !known || now - known.seenAt > HOLD_RIGHTS_MS;
    this.#causes.delete(reason);
    this.#causes.set(reason, { seenAt: now, holdMs }); // the last one met is the last in order
    for (const oldest of this.#causes.keys()) {
      if (this.#causes.size <= MAX_CAUSES) break;
      this.#causes.delete(oldest);
    }
    if (!isNews) return;
    this.#hasWarned = true;
    this.#log.warn({ role: this.#role, reason, help: HELP }, 'redis is in trouble');
  }

  /** A probe that was sent at this time has succeeded. Unit: ms, monotonic. */
  proved(sentAt: number): void {
    this.#provenAt = sentAt;
  }

  /** Tells the end, if all that was told is over. */
  tellEnd(): void {
    if (!this.#hasWarned || this.latest !== undefined) return;
    this.#hasWarned = false;
    this.#log.info({ role: this.#role }, 'redis is well again');
  }
}

/** What waits of a lane in one shard, as far as this worker knows. */
import { type Delivery, type LaneDeliveries, runIdTime } from '@deja/jobs';

const EQUALLY_OLD_MS = 100;
/** To know the one that is next after a run was taken. */
const HEADS = 2;

export class LaneShard {
  readonly #deliveries: LaneDeliveries;
  readonly #isOnly: boolean;
  #isDry = false;
  /** How often it was said that something waits. */
  #wakes = 0;
  /** The place of the run that is next, or of one before it that was taken. Undefined: unknown. */
  #head: string | undefined;

  constructor(deliveries: LaneDeliveries, isOnly: boolean) {
    this.#deliveries = deliveries;
    this.#isOnly = isOnly;
  }

  get isDry(): boolean {
    return this.#isDry;
  }

  get head(): string | undefined {
    return this.#head;
  }

  /** Something may wait. */
  wake(): void {
    this.#isDry = false;
    this.#wakes += 1;
  }

  /** As `wake`; and a run may have come back. */
  doubt(): void {
    this.#head = undefined;
    this.wake();
  }

  async look(): Promise<void> {
    const wakes = this.#wakes;
    const heads = await this.#heads();
    this.#head = heads?.[0];
    if (this.#head === undefined && wakes === this.#wakes) this.#isDry = true;
  }

  /**
   * Asks for a run, and sees which one comes after it.
   * @param ask Defaults to the next one of this shard.
   */
  async take(
    ask: () => Promise<Delivery | undefined> = () => this.#deliveries.next(),
  ): Promise<Delivery | undefined> {
    const wakes = this.#wakes;
    const looking = this.#isOnly ? undefined : this.#heads();
    const [delivery, heads] = await Promise.all([ask(), looking]).catch((err) => {
      this.#isDry = true; // for a second, so that the others are not held up
      throw err;
    });
    const seesAll = heads !== undefined && heads.length < HEADS;
    // The look may have come before the taking.
    const next = delivery && heads?.[heads.indexOf(delivery.place) + 1];
    this.#head = next ?? (seesAll ? undefined : delivery?.place);
    if (wakes === this.#wakes) this.#isDry = delivery === undefined || (seesAll && !next);
    return delivery;
  }

  /** Whether no run of the others has waited longer than the next one here. */
  isBefore(others: readonly LaneShard[]): boolean {
    const rivals = others.filter((other) => other !== this && !other.isDry);
    if (this.#head === undefined) return rivals.length === 0;
    const openedMs = runIdTime(this.#head);
    return rivals.every(
      ({ head }) => head !== undefined && openedMs <= runIdTime(head) + EQUALLY_OLD_MS,
    );
  }

  async close(): Promise<void> {
    await this.#deliveries[Symbol.asyncDispose]();
  }

  async #heads(): Promise<readonly string[] | undefined> {
    return await this.#deliveries.heads(HEADS).catch(() => undefined);
  }
}

import { compress } from '../compression.ts';
import type { Entry } from '../entry.ts';

const SAMPLES = 16;
/** What an entry takes beside its body: header, row, bookkeeping. */
const OVERHEAD_BYTES = 1024;

/**
 * What entries take in Redis or on disk, where bodies are compressed: by the share that the first few
 * bodies of the same model shrink to.
 */
export class StoredSizes {
  readonly #models = new Map<string, { raw: number; stored: number; samples: number }>();

  learn({ header, body }: Entry): void {
    const sum = this.#models.get(header.model) ?? { raw: 0, stored: 0, samples: 0 };
    this.#models.set(header.model, sum);
    if (sum.samples >= SAMPLES) return;
    sum.samples += 1;
    const add = (frame: Buffer | undefined) => {
      sum.raw += body.byteLength;
      sum.stored += (frame ?? body).byteLength;
    };
    const frame = compress(body);
    if (frame instanceof Promise) frame.then(add, () => {});
    else add(frame);
  }

  of(model: string, bodyBytes: number): number {
    const sum = this.#models.get(model);
    const share = sum && sum.raw > 0 ? sum.stored / sum.raw : 1;
    return Math.round(bodyBytes * share) + OVERHEAD_BYTES;
  }
}

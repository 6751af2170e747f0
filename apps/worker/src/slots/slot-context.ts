import { type Artefact, type ComputeContext, TakesLongError } from '@deja/models';
import type { FromSlot, KeptArtefact, Report, ToSlot } from './messages.ts';

export interface SlotContextOptions {
  readonly run: number;
  readonly signal: AbortSignal;
  readonly mayTakeLong: boolean;
  readonly send: (message: FromSlot) => void;
}

export interface SlotContext {
  /** The context that the computation gets besides its input. Its members work when destructured. */
  readonly context: ComputeContext;
  /** Takes the worker's answer to a read. An answer for an earlier computation is dropped. */
  found(message: Extract<ToSlot, { type: 'artefact' }>): void;
  /** What the computation reported, once it has ended. */
  report(): Report;
}

export function createSlotContext(options: SlotContextOptions): SlotContext {
  const { run, signal, mayTakeLong, send } = options;
  const reads = new Map<string, PromiseWithResolvers<Artefact | undefined>>();
  const kept: KeptArtefact[] = [];
  const dismissed: string[] = [];
  const counts: string[] = [];
  let freshest = Number.POSITIVE_INFINITY;
  let isProvisional = false;
  const context: ComputeContext = {
    signal,
    progress: (fraction, stage) =>
      send({ type: 'progress', run, fraction, ...(stage !== undefined && { stage }) }),
    artefacts: {
      read(name) {
        const asked = reads.get(name);
        if (asked) return asked.promise;
        const read = Promise.withResolvers<Artefact | undefined>();
        reads.set(name, read);
        send({ type: 'read', run, name });
        return read.promise;
      },
      write: (name, bytes, keep) => void kept.push({ name, bytes, ...keep }),
    },
    beginLongWork() {
      if (!mayTakeLong) throw new TakesLongError('this is no work for the short lane');
    },
    freshFor(freshMs, { provisional = false } = {}) {
      freshest = Math.min(freshest, Math.max(0, freshMs));
      isProvisional ||= provisional;
    },
    count: (what) => void counts.push(what),
  };
  return {
    context,
    found(message) {
      if (message.run !== run) return;
      const { name, found } = message;
      const dismiss = () => void dismissed.push(name);
      reads.get(name)?.resolve(found && { ...found, dismiss });
    },
    report: () => ({
      ...(Number.isFinite(freshest) && { freshMs: freshest }),
      ...{ provisional: isProvisional, counts, kept, dismissed },
    }),
  };
}

import { type Artefact, type ComputeContext, TakesLongError } from '@deja/models';
import {
  artefactName,
  countedWord,
  type FoundArtefact,
  type FromSlot,
  freshMs,
  type GivenArtefact,
  type KeptArtefact,
  keptArtefact,
  MAX_LIST,
  MAX_MS,
  MAX_STAGE_CHARS,
  note,
  type Report,
  type ToSlot,
} from '../isolation/messages.ts';

export interface SlotContextOptions {
  readonly run: string;
  readonly signal: AbortSignal;
  readonly mayTakeLong: boolean;
  /** Artefacts that need not be asked for. */
  readonly artefacts: readonly GivenArtefact[];
  readonly send: (message: FromSlot) => void;
}

export interface SlotContext {
  /**
   * The context that the computation gets besides its input. Its members work when destructured, and
   * throw what is wrong with an argument; a progress that is none is ignored.
   */
  readonly context: ComputeContext;
  /** Takes the worker's answer to a read. An answer for an earlier computation is dropped. */
  found(message: Extract<ToSlot, { type: 'artefact' }>): void;
  /** What the computation reported, once it has ended. */
  report(): Report;
}

export function createSlotContext(options: SlotContextOptions): SlotContext {
  const { run, signal, mayTakeLong, artefacts, send } = options;
  const given = new Map(artefacts.map(({ name, found }) => [name, found]));
  const reads = new Map<string, PromiseWithResolvers<Artefact | undefined>>();
  const kept: KeptArtefact[] = [];
  const dismissed: string[] = [];
  const counts: string[] = [];
  const add = <T>(list: T[], item: T) => void (list.length < MAX_LIST && list.push(item));
  const handOver = (name: string, found: FoundArtefact | undefined) => {
    const dismiss = () => add(dismissed, name);
    reads.get(name)?.resolve(found && { ...found, dismiss });
  };
  let freshest = Number.POSITIVE_INFINITY;
  let isProvisional = false;
  let noted: Pick<Report, 'note'> = {};
  const context: ComputeContext = {
    signal,
    progress(part, stage) {
      const fraction = Math.min(1, Math.max(0, part));
      if (typeof part !== 'number' || Number.isNaN(fraction)) return;
      const word = typeof stage === 'string' ? { stage: stage.slice(0, MAX_STAGE_CHARS) } : {};
      send({ type: 'progress', run, fraction, ...word });
    },
    artefacts: {
      read(name) {
        const asked = reads.get(artefactName.parse(name));
        if (asked) return asked.promise;
        const read = Promise.withResolvers<Artefact | undefined>();
        reads.set(name, read);
        if (given.has(name)) handOver(name, given.get(name));
        else send({ type: 'read', run, name });
        return read.promise;
      },
      write: (name, bytes, keep) => add(kept, keptArtefact.parse({ name, bytes, ...keep })),
    },
    beginLongWork() {
      if (!mayTakeLong) throw new TakesLongError('this is no work for the short lane');
    },
    freshFor(ms, { provisional = false } = {}) {
      freshest = Math.min(freshest, freshMs.parse(Math.min(MAX_MS, Math.max(0, ms))));
      isProvisional ||= provisional === true;
    },
    note(facts) {
      noted = { note: note.parse(facts) };
    },
    count: (what) => add(counts, countedWord.parse(what)),
  };
  return {
    context,
    found(message) {
      if (message.run === run) handOver(message.name, message.found);
    },
    report: () => ({
      ...(Number.isFinite(freshest) && { freshMs: freshest }),
      ...{ provisional: isProvisional, counts, kept },
      dismissed: [...dismissed, ...[...given.keys()].filter((name) => !reads.has(name))],
      ...noted,
    }),
  };
}

/**
 * What a worker and a slot say to each other. A slot shapes what its models say; the worker checks it
 * again, and ends a slot that says anything else.
 */
import type { Artefact, LoadModelsOptions } from '@deja/models';
import { z } from 'zod';

/** The start message of a slot: how it finds its models. */
export interface SlotOptions extends LoadModelsOptions {
  /** Built-in models whose engines the slot loads before it is ready. */
  readonly warm: readonly string[];
}

/** An artefact that is sent to a slot. */
export type FoundArtefact = Pick<Artefact, 'bytes' | 'tier' | 'createdAt'>;

/** An artefact, or none, by the name under which the model will ask for it. */
export interface GivenArtefact {
  readonly name: string;
  readonly found?: FoundArtefact | undefined;
}

/** `run`: which computation of the slot it is about. Nobody else knows it. */
export type ToSlot =
  | {
      readonly type: 'run';
      readonly run: string;
      readonly model: string;
      readonly input: string;
      readonly mayTakeLong: boolean;
      /** It begins when those before it that do so have ended. */
      readonly inTurn: boolean;
      /** Artefacts that need not be asked for. */
      readonly artefacts: readonly GivenArtefact[];
    }
  | {
      readonly type: 'artefact';
      readonly run: string;
      readonly name: string;
      readonly found?: FoundArtefact;
    }
  | { readonly type: 'abort'; readonly run: string };

export const MAX_STAGE_CHARS = 200;
export const MAX_MESSAGE_CHARS = 2000;
export const MAX_ISSUES = 20;
export const MAX_LIST = 100;
/** As for a model's own times (`checkModel`), so that every sum of them is a date. */
export const MAX_MS = 36_500 * 86_400_000;

const name = z.string().min(1).max(1000);
const ms = z.number().min(0).max(MAX_MS);
const message = z.string().max(MAX_MESSAGE_CHARS);
const names = z.array(name).max(MAX_LIST);
const about = { run: z.string(), usedBytes: z.number() };

/** Bytes are base64 in a message. */
const bytesIn = (text: string): Uint8Array<ArrayBuffer> => Buffer.from(text, 'base64');
type ReceivedArtefact = Omit<FoundArtefact, 'bytes'> & { readonly bytes: string };

/** An artefact that a slot sends to be kept. */
export const keptArtefact = z.object({
  name,
  bytes: z.instanceof(Uint8Array),
  keepMs: ms,
  facts: z.exactOptional(z.record(z.string(), z.json())),
});
/** What is counted is a part of a metric's name. */
export const countedWord = z.string().regex(/^\w[\w-]{0,63}$/);
const MAX_NOTE_CHARS = 8192;
/** Facts for the log of a series. */
export const note = z
  .record(z.string(), z.json())
  .refine((facts) => JSON.stringify(facts).length <= MAX_NOTE_CHARS, {
    error: `longer than ${MAX_NOTE_CHARS} characters`,
  });
export const freshMs = ms;
export const artefactName = name;

const report = z.object({
  /** The longest time that the answer is fresh. Unit: ms. */
  freshMs: z.exactOptional(ms),
  /** The answer is provisional: a better one should be computed without artefacts. */
  provisional: z.boolean(),
  counts: z.array(countedWord).max(MAX_LIST),
  kept: z.array(keptArtefact.extend({ bytes: z.string().transform(bytesIn) })).max(MAX_LIST),
  /** Names of artefacts that were read but not used for the answer. */
  dismissed: names,
  note: z.exactOptional(note),
});

const failure = z.object({
  code: z.enum(['INPUT_REFUSED', 'RETRYABLE', 'COMMAND_FAILED', 'TAKES_LONG', 'MODEL_FAILED']),
  message,
  issues: z.exactOptional(z.array(z.object({ path: message, message })).max(MAX_ISSUES)),
});

const aboutComputation = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    run: z.string(),
    fraction: z.number().min(0).max(1),
    stage: z.exactOptional(z.string().max(MAX_STAGE_CHARS)),
  }),
  z.object({ type: z.literal('read'), run: z.string(), name }),
  z.object({
    type: z.literal('done'),
    ...about,
    payload: z.string().startsWith('{').endsWith('}'),
    report,
  }),
  z.object({ type: z.literal('failed'), ...about, failure }),
]);

export const fromSlot = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), usedBytes: z.number() }),
  z.object({ type: z.literal('unable'), why: message }),
  ...aboutComputation.options,
]);

/** What a worker said. It is trusted, so this only restores bytes. */
export function toSlot(message: unknown): ToSlot {
  const { found, artefacts, ...rest } = message as SaidByWorker;
  const given = artefacts?.map(({ name, found }) => ({ name, found: found && restored(found) }));
  return {
    ...rest,
    ...(found && { found: restored(found) }),
    ...(given && { artefacts: given }),
  } as ToSlot;
}

interface SaidByWorker {
  readonly found?: ReceivedArtefact;
  readonly artefacts?: readonly { readonly name: string; readonly found?: ReceivedArtefact }[];
}

const restored = (found: ReceivedArtefact) => ({ ...found, bytes: bytesIn(found.bytes) });

export type KeptArtefact = z.output<typeof keptArtefact>;
/** What a computation reports besides its answer. */
export type Report = Readonly<z.output<typeof report>>;
export type SlotFailure = Readonly<z.output<typeof failure>>;
export type AboutComputation = z.output<typeof aboutComputation>;
export type FromSlot = z.output<typeof fromSlot>;

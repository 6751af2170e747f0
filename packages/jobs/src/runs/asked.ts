/**
 * What was asked before, so that a miss says why it is one (docs/protocol.md#why-a-miss). JOIN writes it,
 * and FINALISE adds the answer; both do so in the calls that they are anyway. Hints for people: no rule
 * depends on them.
 */
import { explainScript } from '../lua/explain.ts';
import type { Reply } from '../lua/reply.ts';
import type { QueueShards } from '../queue-redis.ts';
import type { Asked, MissReason } from './miss-reason.ts';
import type { JoinRequest } from './run.ts';

/** A question that was asked before. Times are epoch ms on the queue Redis' clock. */
export interface EarlierQuestion {
  readonly key: string;
  /** As the question's `Asked` had them. */
  readonly identity: string;
  readonly digests: string;
  readonly parts: string;
  readonly askedAt: number;
  /** Undefined: none of its answers was stored. */
  readonly answeredAt: number | undefined;
  readonly freshUntil: number | undefined;
}

export interface MissExplanation {
  readonly reason: MissReason;
  /** A run of the question has not ended. */
  readonly isOpen: boolean;
  /** The question that the reason is told against. */
  readonly against: EarlierQuestion | undefined;
  /** The latest questions of a model without series, this one left out. */
  readonly recent: readonly EarlierQuestion[];
}

export class AskedQuestions {
  readonly #queues: QueueShards;

  constructor(queues: QueueShards) {
    this.#queues = queues;
  }

  /** Why this question would be a miss if it were one now. */
  async explain(
    question: Pick<JoinRequest, 'key' | 'model' | 'tenant'> & { readonly asked: Asked },
  ): Promise<MissExplanation> {
    const queue = this.#queues.ofKey(question.key);
    const reply = await queue.ask(explainScript, JSON.stringify(question));
    return {
      reason: reply.text('reason') as MissReason,
      isOpen: reply.text('open') === '1',
      against: reply.replies('against').flatMap(earlierOf)[0],
      recent: reply.replies('recent').flatMap(earlierOf),
    };
  }
}

/** Empty: its record has gone since. */
function earlierOf(reply: Reply): EarlierQuestion[] {
  const record = reply.hash('record');
  if (record?.asked === undefined) return [];
  const time = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  return [
    {
      key: reply.text('key'),
      identity: record.identity ?? '',
      digests: record.digests ?? '',
      parts: record.parts ?? '',
      askedAt: Number(record.asked),
      answeredAt: time(record.fin),
      freshUntil: time(record.expires),
    },
  ];
}

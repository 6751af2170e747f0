/** Reads questions from NDJSON: one a line; empty lines are skipped. */

import type { ByteBudget } from '../http/byte-budget.ts';
import { parseJson } from '../http/held-body.ts';
import { linesOf } from '../http/lines.ts';
import { ProblemError } from '../wire/problem.ts';
import { failing, type ManyQuestion, tooLarge } from './many-question.ts';

export async function* ndjsonQuestions(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  bodies: ByteBudget,
): AsyncGenerator<ManyQuestion> {
  let index = 0;
  for await (const line of linesOf(chunks, maxBytes, bodies)) {
    if (line === 'too-long') {
      yield { index, modelId: undefined, bytes: 0, input: tooLarge(maxBytes) };
    } else {
      if (line.every((byte) => byte <= 0x20)) continue;
      yield jsonQuestion(index, line);
    }
    index += 1;
  }
}

function jsonQuestion(index: number, line: Buffer): ManyQuestion {
  try {
    const value = parseJson(line);
    const input = typeof value === 'object' && value !== null ? value : {};
    const modelId = 'model_id' in input ? input.model_id : undefined;
    return {
      index,
      modelId: typeof modelId === 'string' ? modelId : undefined,
      bytes: line.length,
      input() {
        if ('webhook' in input)
          throw new ProblemError('malformed-request', 'one of many questions has no webhook');
        return value;
      },
    };
  } catch (error) {
    return { index, modelId: undefined, bytes: 0, input: failing(error) };
  }
}

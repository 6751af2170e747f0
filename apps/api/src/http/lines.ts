import { type ByteBudget, takeForBody } from './byte-budget.ts';

/**
 * The lines of a stream of bytes, without their line feeds. A line of more than `maxBytes` is
 * `too-long`; what is left of it is skipped. A line counts among `bodies` until it is whole.
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  bodies: ByteBudget,
): AsyncGenerator<Buffer | 'too-long'> {
  let parts: Buffer[] = [];
  let size = 0;
  let held = 0;
  const letGo = () => {
    parts = [];
    bodies.giveBack(held);
    held = 0;
  };
  const take = (part: Buffer) => {
    size += part.length;
    if (size > maxBytes) return letGo();
    takeForBody(bodies, part.length);
    held += part.length;
    parts.push(part);
  };
  const finish = () => {
    const line = size <= maxBytes ? Buffer.concat(parts) : 'too-long';
    letGo();
    size = 0;
    return line;
  };
  try {
    for await (const chunk of chunks) {
      let from = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        take(chunk.subarray(from, at));
        yield finish();
        from = at + 1;
      }
      take(chunk.subarray(from));
    }
    if (size > 0) yield finish();
  } finally {
    letGo();
  }
}

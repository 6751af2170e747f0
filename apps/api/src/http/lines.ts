/**
 * The lines of a stream of bytes, without their line feeds. A line of more than `maxBytes` is
 * `too-long`; what is left of it is skipped.
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer | 'too-long'> {
  let parts: Buffer[] = [];
  let size = 0;
  const take = (part: Buffer) => {
    size += part.length;
    if (size <= maxBytes) parts.push(part);
  };
  const finish = () => {
    const line = size <= maxBytes ? Buffer.concat(parts) : 'too-long';
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      take(chunk.subarray(from, at));
      yield finish();
      from = at + 1;
    }
    take(chunk.subarray(from));
    if (size > maxBytes) parts = [];
  }
  if (size > 0) yield finish();
}

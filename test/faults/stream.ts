export interface StreamEvent {
  readonly id: string;
  readonly event: string;
}

/** The events of a stream (`text/event-stream`) as they come; rejects when the connection breaks. */
export async function* readStream(
  url: string,
  lastEventId?: string,
): AsyncGenerator<StreamEvent, undefined> {
  const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
  const { body } = await fetch(url, { headers });
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      if (field('id') !== '') yield { id: field('id'), event: field('event') };
    }
  }
  return undefined;
}

export async function toArray<T>(items: AsyncIterable<T>): Promise<T[]> {
  const array: T[] = [];
  for await (const item of items) array.push(item);
  return array;
}

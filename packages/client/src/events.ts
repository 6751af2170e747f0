/**
 * The events of a job (server-sent events).
 *
 *  - A stream that breaks is opened again, after the last event that came.
 *  - A stream that is silent for three heartbeats has broken.
 */
import { DejaConnectionError } from './errors.ts';
import { linesOf, textOf } from './lines.ts';
import { parseWhole, problemOf } from './reply.ts';
import type { Transport } from './transport.ts';
import type { JobDocument, JobEvent } from './types.ts';

const SILENT_MS = 45_000;

export async function* followEvents(
  transport: Transport,
  jobId: string,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void> {
  let last: string | undefined;
  for (let tries = 0; ; tries += 1) {
    try {
      const { status, headers, parts } = await transport.open(
        {
          method: 'GET',
          path: `/jobs/${encodeURIComponent(jobId)}/events`,
          headers: { accept: 'text/event-stream', 'last-event-id': last },
          limitMs: SILENT_MS,
        },
        signal,
      );
      if (status !== 200) {
        const text = await textOf(parts);
        if (status === 204) return;
        throw problemOf(status, headers, text);
      }
      for await (const { type, id, data } of eventsOf(parts)) {
        const job = parseWhole(data) as JobDocument;
        tries = 0;
        last = id;
        yield { type: type as JobEvent['type'], job };
        if (type === 'done') return;
      }
      throw new DejaConnectionError('the events of the job broke off');
    } catch (error) {
      await transport.pause(error, tries, { signal });
    }
  }
}

async function* eventsOf(parts: AsyncIterable<string>) {
  let event = { type: 'message', id: undefined as string | undefined, data: '' };
  for await (const line of linesOf(parts)) {
    if (line === '') {
      if (event.data !== '') yield event;
      event = { type: 'message', id: event.id, data: '' };
      continue;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'event') event.type = value;
    else if (field === 'id') event.id = value;
    else if (field === 'data') event.data += event.data === '' ? value : `\n${value}`;
  }
}

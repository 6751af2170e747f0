import { type Answered, call } from '@deja/testing';

/** Waits for the job to end, and returns it. */
export async function jobOf(base: string, id: string): Promise<Answered['body']> {
  for (;;) {
    const { status, body } = await call(`${base}/jobs/${id}`, { headers: { Prefer: 'wait=60' } });
    if (status !== 200) throw new Error(`job ${id}: ${status} ${JSON.stringify(body)}`);
    if (body.status !== 'queued' && body.status !== 'running') return body;
  }
}

/** A daily series with a trend, a week and a year, the same every time. */
export function series(days: number, offset = 0): { ds: string; y: number }[] {
  const start = Date.UTC(2020, 0, 1);
  return Array.from({ length: days }, (_, i) => ({
    ds: new Date(start + i * 86_400_000).toISOString().slice(0, 10),
    y: offset + 10 + i * 0.01 + Math.sin((i * 2 * Math.PI) / 7) + Math.cos((i * 2 * Math.PI) / 365),
  }));
}

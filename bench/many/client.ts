import { createReadStream } from 'node:fs';
import { request } from 'node:http';

export interface Totals {
  readonly total: number;
  readonly hits: number;
  readonly computed: number;
}

/** Sends a file of questions as it reads the answers. Resolves to the totals that the server tells. */
export async function sendMany(url: string, path: string): Promise<Totals> {
  const { promise, resolve, reject } = Promise.withResolvers<Totals>();
  const headers = { 'content-type': 'application/x-ndjson' };
  const req = request(`${url}/forecast/many`, { method: 'POST', headers }, (res) => {
    let tail = Buffer.alloc(0);
    res.on('data', (chunk: Buffer) => {
      const all = Buffer.concat([tail, chunk]);
      tail = all.subarray(all.lastIndexOf(10, all.length - 2) + 1);
    });
    res.on('error', reject).on('end', () => {
      const { done, failed, ...totals } = JSON.parse(tail.toString());
      if (done && failed === 0) resolve(totals);
      else reject(new Error(`the answer ends with ${tail}`));
    });
  });
  createReadStream(path).pipe(req.on('error', reject));
  return await promise;
}

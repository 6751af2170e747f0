import { Agent, request } from 'node:http';

/** Posts JSON over one connection that is kept, as cheaply as Node can; resolves to the status. */
export function createAsker(url: string, headers: Readonly<Record<string, string>>) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const options = {
    ...{ agent, method: 'POST' },
    headers: { 'content-type': 'application/json', ...headers },
  };
  return {
    ask: (body: unknown) =>
      new Promise<number | undefined>((resolve, reject) => {
        const req = request(url, options, (res) => {
          res.resume().on('end', () => resolve(res.statusCode));
        });
        req.on('error', reject).end(JSON.stringify(body));
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

// Receives Deja's webhooks, verifies them and prints them:
//
//   npm install @deja/client
//   WEBHOOK_SECRET=whsec_… node examples/webhook-receiver.ts
//
// PORT is 9000 unless you set it. `npm start` keeps its secret in .deja/webhook-secret. This receiver is
// neither https nor at a public address, so Deja needs WEBHOOK_ALLOW_HTTP=true and
// WEBHOOK_ALLOWED_HOSTS=127.0.0.1 to call it. Then ask with
//
//   "webhook": {"url": "http://127.0.0.1:9000/"}
import { createServer } from 'node:http';
import { verifyWebhook } from '@deja/client';

const MAX_BODY_BYTES = 1024 * 1024;

// While secrets are changed, Deja signs with several. A receiver can also know several.
const secrets = (process.env.WEBHOOK_SECRET ?? '')
  .split(/\s+/)
  .filter((secret) => secret.startsWith('whsec_'));
if (secrets.length === 0) {
  console.error('WEBHOOK_SECRET must be the whsec_… that Deja signs with');
  process.exit(1);
}

// A webhook arrives at least once, and the same id is the same webhook. A real application remembers the
// ids that it has handled for days, where a restart does not lose them.
const seen = new Set();

async function receive(req, res) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of req) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return res.writeHead(413, { connection: 'close' }).end();
    chunks.push(chunk);
  }
  // The bytes as they came: JSON that was parsed and written again would have another signature.
  const event = await verifyWebhook(Buffer.concat(chunks), req.headers, secrets).catch((error) => {
    console.error(`refused: ${error.message}`);
  });
  if (event === undefined) return res.writeHead(401).end();
  // Answer first, work later: an answer after 15 s counts as failed, and the webhook comes again.
  res.writeHead(204).end();
  const id = req.headers['webhook-id'];
  const again = seen.has(id) ? ' (again)' : '';
  seen.add(id);
  console.log(`${event.type}${again} ${id}\n${JSON.stringify(event.data, null, 2)}`);
}

const server = createServer((req, res) => {
  receive(req, res).catch((error) => console.error(`broken off: ${error.message}`));
});

server.listen(Number(process.env.PORT || 9000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});

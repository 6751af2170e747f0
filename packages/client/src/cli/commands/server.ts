/** `models`, `webhooks` and `api`. */
import { type Command, INPUT_OPTION, textOption } from '../command.ts';
import { csvTable } from '../csv.ts';
import { readJson } from '../input.ts';

export const models: Command = {
  name: 'models',
  arguments: '',
  summary: 'list the models',
  takes: [0, 0],
  options: {},
  example: 'deja models',
  async run({ deja, values, out, signal }) {
    const list = await deja.models({ signal });
    const rows = list.map(({ name, version, engine, lane, timeout_ms, live }) => ({
      name,
      version,
      engine,
      lane,
      timeout_s: timeout_ms / 1000,
      workers: live?.workers,
      queued: live?.queued,
      running: live?.running,
      hits: live?.hits,
      misses: live?.misses,
    }));
    await out.data(values.json ? `${JSON.stringify(list)}\n` : csvTable(rows));
    return 0;
  },
};

export const deadWebhooks: Command = {
  name: 'webhooks dead',
  arguments: '',
  summary: 'list the deliveries that Deja gave up (for operators)',
  takes: [0, 0],
  options: {},
  example: 'deja webhooks dead',
  async run({ deja, values, out, signal }) {
    const list = await deja.deadWebhooks({ signal });
    const rows = list.map(({ delivery_id, type, status, attempts, created_at, url }) => ({
      delivery_id,
      type,
      status,
      attempts,
      created_at,
      url,
    }));
    await out.data(values.json ? `${JSON.stringify(list)}\n` : csvTable(rows));
    return 0;
  },
};

export const redeliver: Command = {
  name: 'webhooks redeliver',
  arguments: 'DELIVERY',
  summary: 'start the schedule of a delivery again',
  takes: [1, 1],
  options: {},
  example: 'deja webhooks redeliver 0-01M8DHJZTDA2YQ59G11BYT8M9AKN9453A8RB-completed',
  async run({ deja, values, positionals: [id = ''], out, signal }) {
    const delivery = await deja.redeliver(id.replace(/-[a-z]+$/, ''), id, { signal });
    const { delivery_id, status } = delivery;
    const row = csvTable([{ delivery_id, status }]);
    await out.data(values.json ? `${JSON.stringify(delivery)}\n` : row);
    return 0;
  },
};

export const api: Command = {
  name: 'api',
  arguments: 'METHOD PATH',
  summary: 'send any request, with retries, and print what the API answers',
  takes: [2, 2],
  options: INPUT_OPTION,
  example: 'deja api GET /readyz',
  async run({ deja, values, positionals: [method = '', path = ''], out, signal }) {
    const source = textOption(values, 'input');
    const body = source === undefined ? undefined : JSON.stringify(await readJson(source));
    const headers = { 'content-type': body === undefined ? undefined : 'application/json' };
    const request = {
      method: method.toUpperCase(),
      path: path.replace(/^\/?/, '/'),
      headers,
      body,
    };
    const { text } = await deja.request(request, { signal });
    await out.data(text.endsWith('\n') ? text : `${text}\n`);
    return 0;
  },
};

/** `keys`: API keys, over HTTP and with an admin key. A key goes to stdout, alone, and is shown this once. */
import type { components } from '../../schema.gen.ts';
import {
  type Command,
  type CommandContext,
  type CommandOption,
  numberOption,
  textOption,
} from '../command.ts';
import { csvTable } from '../csv.ts';
import { UsageError } from '../usage-error.ts';

type Schemas = components['schemas'];

const NUMBERS = ['rpm', 'max-open-runs', 'max-input-mb', 'weight'];
const LISTS = ['scopes', 'models'];
const TEXTS = ['tenant', 'name', 'expires'];

const RIGHTS = {
  tenant: { type: 'string', value: 'NAME', help: 'whose it is; not with the scope admin' },
  name: { type: 'string', value: 'NAME', help: 'what it is for' },
  scopes: {
    type: 'string',
    value: 'LIST',
    help: 'of read, ask, invalidate and observe, or admin',
  },
  models: { type: 'string', value: 'LIST', help: 'the models that it may ask (all)' },
  expires: { type: 'string', value: 'TIME', help: 'such as 90d or 12h (never)' },
  rpm: { type: 'string', value: 'N', help: 'questions a minute of its tenant' },
  'max-open-runs': { type: 'string', value: 'N', help: 'open runs of its tenant' },
  'max-input-mb': { type: 'string', value: 'MB', help: 'inputs of its tenant’s open runs' },
  weight: { type: 'string', value: 'N', help: 'its tenant’s share of the workers, 1 to 100 (1)' },
} as const satisfies Record<string, CommandOption>;

export const listKeys: Command = {
  name: 'keys list',
  arguments: '',
  summary: 'list API keys (for operators)',
  takes: [0, 0],
  options: { all: { type: 'boolean', help: 'also those that ended more than 30 days ago' } },
  example: 'deja keys list',
  async run(context) {
    const { keys } = await ask<Schemas['KeyList']>(context, {
      path: `/admin/keys?all=${context.values.all === true}`,
    });
    const rows = keys.map(({ scopes, models, replaced_by: _, ...key }) => ({
      ...{ id: key.id, tenant: key.tenant, name: key.name, scopes: scopes.join(' ') },
      ...{ models: models?.join(' '), rpm: key.rpm, weight: key.weight, state: key.state },
      ...{ created_at: key.created_at, expires_at: key.expires_at },
      last_used_at: key.last_used_at,
    }));
    const { out, values } = context;
    await out.data(values.json ? `${JSON.stringify(keys)}\n` : csvTable(rows));
    return 0;
  },
};

export const createKey: Command = {
  name: 'keys create',
  arguments: '',
  summary: 'make an API key and print it, once (for operators)',
  takes: [0, 0],
  options: RIGHTS,
  example: 'deja keys create --tenant acme --name ci --scopes ask,read',
  async run(context) {
    const { values } = context;
    for (const name of ['name', 'scopes'])
      if (values[name] === undefined) throw new UsageError(`--${name} is missing`);
    const texts = TEXTS.map((name) => [name, textOption(values, name)]);
    const lists = LISTS.map((name) => [name, textOption(values, name)?.split(/\s*,\s*/)]);
    const numbers = NUMBERS.map((name) => [
      name.replaceAll('-', '_'),
      numberOption(values, name, 1),
    ]);
    const body = JSON.stringify(Object.fromEntries([...texts, ...lists, ...numbers]));
    return await show(context, { method: 'POST', path: '/admin/keys', body });
  },
};

export const rotateKey: Command = {
  name: 'keys rotate',
  arguments: 'ID',
  summary: 'print a new key with the same rights; the old one works for 24 h (for operators)',
  takes: [1, 1],
  options: {},
  example: 'deja keys rotate 4fT0kQ9xZb',
  async run(context) {
    return await show(context, { method: 'POST', path: `${pathOf(context)}/rotate` });
  },
};

export const revokeKey: Command = {
  name: 'keys revoke',
  arguments: 'ID',
  summary: 'end an API key: every process refuses it within a second (for operators)',
  takes: [1, 1],
  options: {},
  example: 'deja keys revoke 4fT0kQ9xZb',
  async run(context) {
    const { out, values } = context;
    const key = await ask<Schemas['Key']>(context, { method: 'DELETE', path: pathOf(context) });
    const { id, tenant, name, state } = key;
    await out.data(
      values.json ? `${JSON.stringify(key)}\n` : csvTable([{ id, tenant, name, state }]),
    );
    return 0;
  },
};

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
}

async function show(context: CommandContext, asked: Asked): Promise<number> {
  const { out, values } = context;
  const made = await ask<Schemas['CreatedKey']>(context, asked);
  await out.data(`${values.json ? JSON.stringify(made) : made.key}\n`);
  out.note(`the key ${made.id} (${made.name}, tenant ${made.tenant}) is shown this once`);
  return 0;
}

async function ask<T>({ deja, signal }: CommandContext, asked: Asked): Promise<T> {
  const { method = 'GET', path, body } = asked;
  const headers = { 'content-type': body === undefined ? undefined : 'application/json' };
  const request = { method, path, headers, ...(body !== undefined && { body }) };
  return (await deja.request(request, { signal })).json as T;
}

/** A whole key must not be in the address of a request, which proxies log. */
function pathOf({ positionals: [id = ''] }: CommandContext): string {
  if (/^[0-9A-Za-z]{10}$/.test(id)) return `/admin/keys/${id}`;
  throw new UsageError('ID is that of a key: 10 letters and digits, as `deja keys list` tells it');
}

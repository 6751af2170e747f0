/** What the command of API keys is asked to do. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type NewKey, newKeySchema, tenantSchema } from '@deja/keys';
import { itemsOf } from '@deja/runtime/settings';

export type KeyCommand =
  | { readonly do: 'create'; readonly wanted: NewKey }
  | { readonly do: 'list'; readonly asJson: boolean; readonly withOld: boolean }
  | { readonly do: 'revoke' | 'rotate'; readonly id: string }
  | { readonly do: 'webhook-secret'; readonly tenant: string }
  | { readonly do: 'help' };

/** The command line is wrong. The message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

export const USAGE = `usage: npm run keys -- <command>

  create --tenant acme --name ci --scopes ask,read   makes a key and prints it, once
         [--models forecast,sentiment] [--expires 90d] [--weight 2]
         [--rpm 600] [--max-open-runs 100] [--max-input-mb 16]
  create --name ops --scopes admin                   the same for an admin key
  list [--json] [--all]                              all: also those that ended 30 days ago
  revoke <id>                                        every process refuses it within a second
  rotate <id>                                        prints a new key; the old one works for 24 h
  webhook-secret --tenant acme                       prints what this tenant's webhooks are signed with

scopes: read, ask, invalidate, observe, admin. Rights and limits: docs/operations.md`;

type Options = NonNullable<ParseArgsConfig['options']>;

const COMMANDS = 'create, list, revoke, rotate or webhook-secret';
const TEXTS = ['tenant', 'name', 'expires'];
const LISTS = ['scopes', 'models'];
const NUMBERS = ['rpm', 'max-open-runs', 'max-input-mb', 'weight'];
const KEY_ID = /^[0-9A-Za-z]{10}$/;

/** Throws `UsageError`. */
export function parseArguments([command, ...rest]: readonly string[]): KeyCommand {
  if (rest.includes('--help') || rest.includes('-h')) return { do: 'help' };
  if (command === undefined) throw new UsageError(`what to do? ${COMMANDS}`);
  if (command === '--help' || command === '-h' || command === 'help') return { do: 'help' };
  if (command === 'create') return { do: command, wanted: wantedOf(rest) };
  if (command === 'list') {
    const { values } = parse(rest, { json: { type: 'boolean' }, all: { type: 'boolean' } });
    return { do: command, asJson: values.json === true, withOld: values.all === true };
  }
  if (command === 'webhook-secret') return { do: command, tenant: tenantOf(rest) };
  if (command !== 'revoke' && command !== 'rotate')
    throw new UsageError(`there is no command ${command}: ${COMMANDS}`);
  return { do: command, id: idOf(parse(rest, {}, 1).positionals) };
}

function wantedOf(args: readonly string[]): NewKey {
  const names = [...TEXTS, ...LISTS, ...NUMBERS];
  const { values } = parse(
    args,
    Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  );
  const read = (name: string, text: string): unknown => {
    if (LISTS.includes(name)) return itemsOf(text);
    if (!NUMBERS.includes(name)) return text;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new UsageError(`--${name}: it is a whole number, not "${text}"`);
  };
  const parsed = newKeySchema.safeParse(
    Object.fromEntries(
      Object.entries(values).map(([name, text]) => [
        name.replaceAll('-', '_'),
        read(name, String(text)),
      ]),
    ),
  );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = String(issue?.path[0]).replaceAll('_', '-');
  const isMissing = values[option] === undefined;
  throw new UsageError(`--${option}: ${isMissing ? 'it is missing' : issue?.message}`);
}

function tenantOf(args: readonly string[]): string {
  const { tenant } = parse(args, { tenant: { type: 'string' } }).values;
  const parsed = tenantSchema.safeParse(tenant);
  if (parsed.success) return parsed.data;
  const why = tenant === undefined ? 'it is missing' : parsed.error.issues[0]?.message;
  throw new UsageError(`--tenant: ${why}`);
}

function parse(args: readonly string[], options: Options, positionals = 0) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    const [surplus] = parsed.positionals.slice(positionals);
    if (surplus === undefined) return parsed;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [sentence = ''] = error.message.split('. ');
    throw new UsageError(sentence.replaceAll('\n', ' '));
  }
  throw new UsageError('there is a word too many on the command line');
}

function idOf([id = '']: readonly string[]): string {
  if (KEY_ID.test(id)) return id;
  if (id === '') throw new UsageError('which key? its id, as `list` tells it');
  if (id.startsWith('deja_'))
    throw new UsageError(
      'that is a key: give its id only, the 10 characters after deja_sk_ or deja_ad_',
    );
  throw new UsageError('an id has 10 of 0-9, A-Z and a-z, as `list` tells it');
}

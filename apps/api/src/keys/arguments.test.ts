import { expect, test } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';

const CREATE = ['create', '--tenant', 'acme', '--name', 'ci', '--scopes', 'ask, read'];
const DATA = { tenant: 'acme', name: 'ci', scopes: ['ask', 'read'], limits: {}, weight: 1 };

test.each<[string[], object]>([
  [CREATE, { do: 'create', wanted: DATA }],
  [
    [...CREATE, '--models=forecast', '--max-open-runs', '5', '--max-input-mb', '3', '--rpm', '600'],
    {
      do: 'create',
      wanted: {
        ...DATA,
        models: ['forecast'],
        limits: { rpm: 600, maxOpenRuns: 5, maxInputMb: 3 },
      },
    },
  ],
  [['list'], { do: 'list', asJson: false, withOld: false }],
  [['list', '--json', '--all'], { do: 'list', asJson: true, withOld: true }],
  [['revoke', '0aZ3456789'], { do: 'revoke', id: '0aZ3456789' }],
  [['rotate', '0aZ3456789'], { do: 'rotate', id: '0aZ3456789' }],
  [['webhook-secret', '--tenant', 'acme'], { do: 'webhook-secret', tenant: 'acme' }],
  [['--help'], { do: 'help' }],
  [['create', '--help'], { do: 'help' }],
])('%j', (args, command) => {
  expect(parseArguments(args)).toEqual(command);
});

test.each<[string, string[], RegExp]>([
  ['nothing', [], /^what to do\?/],
  ['an unknown command', ['make'], /^there is no command make/],
  ['an unknown option', [...CREATE, '--colour', 'red'], /^Unknown option '--colour'$/],
  ['an option of another command', ['list', '--name', 'ci'], /^Unknown option '--name'$/],
  ['an option without a value', ['create', '--tenant'], /--tenant.* argument missing$/],
  ['a value that looks like an option', ['create', '--name', '--scopes'], /'--name.* ambiguous/],
  ['a word too many', [...CREATE, 'now'], /^there is a word too many/],
  ['no tenant', ['create', '--name', 'ci', '--scopes', 'ask'], /^--tenant: it is missing$/],
  ['no tenant of a secret', ['webhook-secret'], /^--tenant: it is missing$/],
  ['an odd tenant', ['webhook-secret', '--tenant', 'A'], /^--tenant: it is 1 to 64/],
  ['no name', ['create', '--tenant', 'acme', '--scopes', 'ask'], /^--name: it is missing$/],
  ['no scopes', ['create', '--tenant', 'acme', '--name', 'ci'], /^--scopes: it is missing$/],
  ['an empty list', [...CREATE, '--scopes', ','], /^--scopes: /],
  ['an unknown scope', [...CREATE, '--scopes', 'write'], /^--scopes: it is one of read, ask,/],
  ['a tenant in capitals', [...CREATE, '--tenant', 'Acme'], /^--tenant: it is 1 to 64 of/],
  ['an admin key of a tenant', [...CREATE, '--scopes', 'admin'], /^--tenant: a key with the scope/],
  ['a number in words', [...CREATE, '--rpm', 'many'], /^--rpm: it is a whole number, not "many"$/],
  ['a negative number', [...CREATE, '--rpm=-1'], /^--rpm: it is a whole number, not "-1"$/],
  ['a weight of 0', [...CREATE, '--weight', '0'], /^--weight: /],
  ['a time without a unit', [...CREATE, '--expires', '90'], /^--expires: it is a number with a u/],
  ['no id', ['revoke'], /^which key\?/],
  ['an id of another form', ['rotate', 'x'], /^an id has 10 of/],
  ['a whole key', ['revoke', `deja_sk_${'a'.repeat(48)}`], /^that is a key: give its id only/],
  ['two ids', ['revoke', '0123456789', '0123456789'], /^there is a word too many/],
])('%s is an error in one line', (_, args, message) => {
  let thrown: unknown;
  try {
    parseArguments(args);
  } catch (error) {
    thrown = error;
  }

  expect(thrown).toBeInstanceOf(UsageError);
  expect((thrown as UsageError).message).toMatch(message);
  expect((thrown as UsageError).message).not.toContain('\n');
});

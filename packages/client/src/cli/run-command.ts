/** Finds the command, runs it, and tells how it ended. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Deja } from '../client.ts';
import { type Command, parseOptions, textOption, type Values } from './command.ts';
import { predict, run } from './commands/ask.ts';
import { cacheAdvice, cacheExplain, cacheForget, cacheStats } from './commands/cache.ts';
import { forecast } from './commands/forecast.ts';
import { cancelJob, watchJob } from './commands/jobs.ts';
import { createKey, listKeys, revokeKey, rotateKey } from './commands/keys.ts';
import { api, deadWebhooks, models, redeliver } from './commands/server.ts';
import { EXIT, endingOf } from './errors.ts';
import { helpOf, overview } from './help.ts';
import { createOutput } from './output.ts';
import { UsageError } from './usage-error.ts';

const COMMANDS: readonly Command[] = [
  forecast,
  predict,
  run,
  watchJob,
  cancelJob,
  cacheStats,
  cacheExplain,
  cacheForget,
  cacheAdvice,
  models,
  deadWebhooks,
  redeliver,
  listKeys,
  createKey,
  rotateKey,
  revokeKey,
  api,
];

/** Ctrl-C comes from the terminal and, in `npm run`, from what started this. What comes later is a second one. */
const SAME_PRESS_MS = 1000;

/** Resolves to the exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const out = createOutput();
  const interruption = new AbortController();
  let interruptedAt = Number.NEGATIVE_INFINITY;
  process.on('SIGINT', () => {
    const isFirst = !interruption.signal.aborted;
    if (!isFirst && performance.now() - interruptedAt > SAME_PRESS_MS)
      process.exit(EXIT.interrupted);
    if (isFirst) interruptedAt = performance.now();
    interruption.abort();
  });
  if (args.length === 0 || args[0] === '--help' || args[0] === '-h' || args[0] === 'help') {
    await out.data(overview(COMMANDS));
    return args.length === 0 ? EXIT.usage : EXIT.ok;
  }
  let hint = 'deja';
  try {
    const command = find(args);
    hint = `deja ${command.name}`;
    const { values, positionals } = parse(command, args.slice(command.name.split(' ').length));
    if (values.help) {
      await out.data(helpOf(command));
      return EXIT.ok;
    }
    const [least, most] = command.takes;
    if (positionals.length < least || positionals.length > most)
      throw new UsageError(`${hint} takes ${command.arguments || 'no argument'}`);
    const deja = connect(values);
    return await command.run({ deja, values, positionals, out, signal: interruption.signal });
  } catch (error) {
    if (interruption.signal.aborted) {
      out.note('interrupted');
      return EXIT.interrupted;
    }
    const { code, line } = endingOf(error, hint);
    out.note(`deja: ${line}`);
    return code;
  }
}

function find(args: readonly string[]): Command {
  const [first = '', second = ''] = args;
  const found = COMMANDS.find(({ name }) => name === first || name === `${first} ${second}`);
  if (found) return found;
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  throw new UsageError(
    group.length > 0 ? `say which: ${group.join(', ')}` : `there is no command ${first}`,
  );
}

function parse(command: Command, args: readonly string[]) {
  try {
    const options = parseOptions(command);
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { values: parsed.values as Values, positionals: parsed.positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function connect(values: Values): Deja {
  const baseUrl = textOption(values, 'url') ?? (process.env.DEJA_URL || 'http://127.0.0.1:8000');
  if (!URL.canParse(baseUrl)) throw new UsageError(`not a URL: ${baseUrl}`);
  return new Deja({ baseUrl, apiKey: process.env.DEJA_API_KEY || undefined });
}

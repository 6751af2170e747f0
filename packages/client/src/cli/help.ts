/** `--help`: of `deja`, and of each command with an example. */
import { COMMON_OPTIONS, type Command } from './command.ts';

export function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(
    ([name, option]) => {
      const short = 'short' in option ? `-${option.short}, ` : '    ';
      const value = 'value' in option ? ` ${option.value}` : '';
      return [`  ${short}--${name}${value}`, option.help] as const;
    },
  );
  return `deja ${[command.name, command.arguments].join(' ').trim()} [options]
${command.summary}

${table(options)}

Example: ${command.example}
`;
}

export function overview(commands: readonly Command[]): string {
  const rows = commands.map(
    ({ name, arguments: takes, summary }) => [`  ${`${name} ${takes}`.trim()}`, summary] as const,
  );
  return `deja COMMAND [options]

${table(rows)}

deja COMMAND --help prints the options and an example. Data go to stdout, everything else to stderr.
DEJA_URL (http://127.0.0.1:8000) and DEJA_API_KEY say which server.
Exit codes: 0 ok, 1 failed, 2 usage, 3 timed out, 4 not reachable, 130 interrupted.
`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`).join('\n');
}

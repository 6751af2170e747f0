/** `predict` and `run`. */
import { textOf } from '../../lines.ts';
import { type Command, INPUT_OPTION, WAIT_OPTION, waitOf } from '../command.ts';
import { csvTable } from '../csv.ts';
import { readJson, readParts } from '../input.ts';

export const predict: Command = {
  name: 'predict',
  arguments: 'TEXT|-',
  summary: 'tell the sentiment of an English text',
  takes: [1, 1],
  options: WAIT_OPTION,
  example: 'deja predict "I love this"',
  async run({ deja, values, positionals: [text = ''], out, signal }) {
    const input = { text: text === '-' ? await textOf(readParts('-')) : text };
    const answer = await deja.predict(input, { wait: waitOf(values), signal });
    await out.data(values.json ? `${JSON.stringify(answer)}\n` : csvTable([answer.result]));
    return 0;
  },
};

export const run: Command = {
  name: 'run',
  arguments: 'MODEL',
  summary: 'run any model; the answer is JSON',
  takes: [1, 1],
  options: { ...INPUT_OPTION, ...WAIT_OPTION },
  example: `deja run sleep --input '{"ms":200}'`,
  async run({ deja, values, positionals: [model = ''], out, signal }) {
    const input = await readJson(values.input as string | undefined);
    const answer = await deja.run(model, input, { wait: waitOf(values), signal });
    await out.data(`${JSON.stringify(answer)}\n`);
    return 0;
  },
};

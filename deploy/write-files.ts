/** `npm run deploy:files`: renews what is made of the rules and the board. */
import { writeFileSync } from 'node:fs';
import { renderBoard } from './grafana/board.ts';
import { renderRules } from './prometheus/rules.ts';

/** Contents by path below deploy/. The chart has a copy of the rules: a package of it holds no other files. */
export const FILES: Readonly<Record<string, string>> = {
  'prometheus/rules.yml': renderRules(),
  'helm/deja/files/rules.yml': renderRules(),
  'grafana/deja.json': renderBoard(),
};

if (import.meta.main)
  for (const [path, text] of Object.entries(FILES))
    writeFileSync(new URL(path, import.meta.url), text);

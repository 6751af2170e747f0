/** Renews the lists of settings in docs/settings.md and .env.example. */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderEnvExample, renderTables } from './render-settings.ts';

const root = new URL('../', import.meta.url);
const page = new URL('docs/settings.md', root);
writeFileSync(page, renderTables(readFileSync(page, 'utf8')));
writeFileSync(new URL('.env.example', root), renderEnvExample());

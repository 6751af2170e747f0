import { readFileSync } from 'node:fs';

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

/** Of the server, as its package says. */
export const VERSION: string = JSON.parse(manifest).version;

/** Of the wire contract: it only grows, and a new number may break clients of the one before. */
export const WIRE_VERSION = 1;

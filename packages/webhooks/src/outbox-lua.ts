/** What the outbox's scripts share, besides the names and rows that packages/jobs knows of. */
import { defineJobScript } from '@deja/jobs';

const library = `
local OUT_FIN = P .. 'outfin'
local OUT_DEAD = P .. 'outdead'
local OUT_COUNTS = P .. 'outcounts'
`;

/** ARGV: 1 the shard's prefix, 2 the limits as JSON. Replies names and values in turns. */
export const defineOutboxScript = (lua: string) => defineJobScript(lua, library);

/**
 * What the scripts of runs and jobs share (docs/protocol.md#runs-and-jobs). Every script takes the shard's
 * prefix as ARGV[1] and is idempotent: its caller repeats it after an ambiguous error. It replies
 * names and values in turns, which `Reply` reads by name.
 *
 * Nothing that is open ever has a TTL. Scripts write before they delete: one that begins with DEL
 * escapes Redis' check for memory.
 */
import { defineScript, linkLua, logPrelude, type Script } from '@deja/cache-core/redis';
import { askedLua } from './asked.ts';
import { claimsLua } from './claims.ts';
import { endJobLua } from './end-job.ts';
import { inputsLua } from './inputs.ts';
import { namesLua } from './names.ts';
import { outboxPrelude } from './outbox.ts';
import { tenantsLua } from './tenants.ts';
import { timesLua } from './times.ts';

const prelude = [
  logPrelude,
  namesLua,
  timesLua,
  inputsLua,
  tenantsLua,
  claimsLua,
  askedLua,
  outboxPrelude,
  endJobLua,
].join('\n');

/** A script with what it uses of the above and of `more`. */
export const define = (lua: string, more = ''): Script =>
  defineScript(linkLua(prelude + more, lua));

/** ARGV[2]: the limits as JSON. */
export const limitsArgument = `
local limits = cjson.decode(ARGV[2])
`;

/** ARGV: 3 the run, 4 the attempt that speaks. */
export const attemptArguments = `${limitsArgument}
local run, attempt = ARGV[3], ARGV[4]
local R = readHash(runKey(run))
`;

import { attemptArguments, define } from './prelude.ts';

/** HEARTBEAT: the attempt lives. ARGV: 5 progress as JSON, or ''. Replies go or stop. */
export const heartbeatScript = define(`${attemptArguments}
if not R or R.state ~= 'open' or R.attempt ~= attempt then return 'stop' end             -- R22
redis.call('HSET', runKey(run), 'heartbeat', n(NOW))
if ARGV[5] ~= '' and ARGV[5] ~= R.progress then
  redis.call('HSET', runKey(run), 'progress', ARGV[5])
  redis.call('XADD', eventsKey(run), 'MAXLEN', '~', 64, '*', 'p', ARGV[5])
  notify(run, 'progress')
end
return 'go'
`);

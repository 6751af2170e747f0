/** Keeps the last attempts of a run, `<when it began, in ms> <the rest as JSON>` each. */
export const attemptsLua = `
local function keepAttempt(run, began, text, retainMs)
  local key = attemptsKey(run)
  redis.call('RPUSH', key, n(began) .. ' ' .. text)
  redis.call('LTRIM', key, -32, -1)
  redis.call('PEXPIRE', key, n(retainMs))
end
`;

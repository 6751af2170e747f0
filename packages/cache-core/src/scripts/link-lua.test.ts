import { expect, test } from 'vitest';
import { linkLua } from './link-lua.ts';

const library = `
local A, B = 1, 2
-- adds
-- a lot
local function add(x, y)
  local sum = x + y
  return sum
end
local C = add(A, 3)
local function unused() return add(1, 1) end
local ABC = 4
`;

test('a script gets what it uses, what that uses, and nothing else', () => {
  expect(linkLua(library, 'return C')).toBe(`
local A, B = 1, 2
local function add(x, y)
  local sum = x + y
  return sum
end
local C = add(A, 3)
return C`);
  expect(linkLua(library, 'return B')).toBe('\nlocal A, B = 1, 2\nreturn B');
  expect(linkLua(library, 'return A.BC')).toBe('\nlocal A, B = 1, 2\nreturn A.BC');
});

test('a script that uses nothing stays as it is', () => {
  expect(linkLua(library, 'return 1')).toBe('\nreturn 1');
});

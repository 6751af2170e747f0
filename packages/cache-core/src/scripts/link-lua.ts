/**
 * Puts before a script what it uses of a library, and no more: Redis runs all of a script's text at each
 * call, and a local function that nobody calls costs as much as one that somebody does.
 *
 * A definition begins with `local` at the start of a line and goes on to the next one. It is taken when
 * a name that it defines occurs in the script, or in a later definition that is taken. What stands
 * before the first definition is always taken.
 */
export function linkLua(library: string, script: string): string {
  const [head = '', ...definitions] = library.replace(/^--.*\n/gm, '').split(/^(?=local )/m);
  let linked = script;
  for (const definition of definitions.reverse()) {
    const isUsed = namesOf(definition).some((name) => new RegExp(`\\b${name}\\b`).test(linked));
    if (isUsed) linked = definition + linked;
  }
  return head + linked;
}

function namesOf(definition: string): string[] {
  const [, list = ''] = /^local (?:function )?([\w, ]+)/m.exec(definition) ?? [];
  return list.split(',').map((name) => name.trim());
}

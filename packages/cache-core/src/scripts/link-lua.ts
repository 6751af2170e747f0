/**
 * Links a script with the definitions of a library that it uses, and no more. Redis runs the whole
 * text of a script at each call, and an unused local function costs as much as a used one.
 *
 * A definition begins with `local` at the start of a line and continues to the next one. It is
 * included if a name that it defines occurs in the script, or in a later definition that is
 * included. Text before the first definition is always included.
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

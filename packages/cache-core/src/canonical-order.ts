import { isStreamSafe } from './stream-safe.ts';

/**
 * Sorts `names` in place by the UTF-16 code units of their NFC spelling. Returns the spellings if any
 * differs from its name. (Names with lone surrogates, or with too many combining marks, stay, and are
 * refused when they are written.)
 */
export function canonicalOrder(names: string[]): Map<string, string> | undefined {
  let spellings: Map<string, string> | undefined;
  let sorted = true;
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i] as string;
    if (i > 0 && name < (names[i - 1] as string)) sorted = false;
    if (isAscii(name) || !isStreamSafe(name)) continue;
    const spelling = name.normalize('NFC');
    if (spelling === name) continue;
    spellings ??= new Map();
    spellings.set(name, spelling);
  }
  const renamed = spellings;
  if (renamed) {
    const of = (name: string) => renamed.get(name) ?? name;
    names.sort((a, b) => (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0));
  } else if (!sorted) {
    names.sort();
  }
  return spellings;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 127) return false;
  return true;
}

import { decodeHTMLStrict } from 'entities';

/** The input that the sentiment model's `compute` sees. */
export interface SentimentInput {
  readonly text: string;
}

/**
 * The text as a reader sees it: HTML entities decoded, NFC, runs of white space as single spaces,
 * trimmed. This is what a transformer gets.
 */
export function normaliseText(text: string): string {
  return decodeEntities(text).normalize('NFC').replace(/\s+/g, ' ').trim();
}

/**
 * The same in lower case, for an engine to which "GOOD" and "good" are one word. Emoticons keep their
 * case, because `:D` laughs and `:d` does not. Folding twice changes nothing.
 */
export function foldText(text: string): string {
  return normaliseText(text)
    .split(EMOTICON)
    .map((part, at) => (at % 2 === 0 ? part.toLowerCase() : part))
    .join('')
    .normalize('NFC');
}

/**
 * Emoticons with a capital: `:D`, `;-P`, `>:D`, `=S`, `8D`, `XD`, and those that lean the other way, such
 * as `D:`. Letters or digits beside it mean that it is none: "XDR", "18D", "Answer:Done".
 */
const EMOTICON =
  /([>}]?[:;=]['^]?[-o~]?[A-Z]+(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])[xX8]-?D+(?![\p{L}\p{N}])|(?<=^|\s)D-?['’]?[:;=](?![\p{L}\p{N}/]))/u;

/** `&amp;` and its numbers, also repeated: a text can be encoded twice. */
const AMPERSANDS = /&(?:(?:amp|#0{0,5}38|#x0{0,5}26);)+/gi;

export function decodeEntities(text: string): string {
  return text.includes('&') ? decodeHTMLStrict(text.replace(AMPERSANDS, '&')) : text;
}

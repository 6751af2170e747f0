/** The input that the sentiment model's `compute` sees. */
export interface SentimentInput {
  readonly text: string;
}

/**
 * NFC, lower case, runs of white space as single spaces, trimmed. So the engine never sees capitals:
 * "GOOD" and "good" are one input with one answer. Normalising twice changes nothing.
 */
export function normaliseText(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC').replace(/\s+/g, ' ').trim();
}

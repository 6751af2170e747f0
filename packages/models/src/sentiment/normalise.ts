/** What `compute` of the sentiment model sees. */
export interface SentimentInput {
  readonly text: string;
}

/**
 * NFC, lower case, white space collapsed to single spaces, trimmed. So the engine never sees
 * capitals: "GOOD" and "good" are one input with one answer. Normalising twice changes nothing.
 */
export function normaliseText(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC').replace(/\s+/g, ' ').trim();
}

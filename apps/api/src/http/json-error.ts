/** `NaN`, `Infinity`, `nan`, `undefined`, `None`, `-Infinity`: as Python and JavaScript print them. */
const NO_JSON_WORD = /^Unexpected token '[NIaui]'|^No number after minus sign/;

/** What is wrong with a text that JSON.parse refused, and what to send instead. */
export function jsonErrorOf({ message }: SyntaxError): string {
  return NO_JSON_WORD.test(message)
    ? `${message}; JSON has no NaN and no Infinity: send null for a value that is missing`
    : message;
}

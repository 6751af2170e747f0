/** Whether somebody must log in, where clients need a key. The key itself is kept nowhere. */
import { signal } from '@preact/signals';

/** Why somebody must log in. Undefined: nobody must. */
export const loginReason = signal<'first' | 'ended' | undefined>(undefined);

let hasSeenFigures = false;

export function noteFigures(): void {
  hasSeenFigures = true;
}

/** The API wants a key, and the browser has sent no session that holds. */
export function wantLogin(): void {
  loginReason.value ??= hasSeenFigures ? 'ended' : 'first';
}

export function noteLogin(): void {
  loginReason.value = undefined;
}

/** Light, dark, or as the system has it. public/theme.js applies what was chosen before the first paint. */
import { signal } from '@preact/signals';

const KEY = 'deja-theme';
const CHOICES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof CHOICES)[number];

export const theme = signal<Theme>(stored());
/** Changes when plots must take new colours. */
export const paletteMark = signal(0);

function stored(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return CHOICES.find((each) => each === kept) ?? 'auto';
  } catch {
    return 'auto'; // storage is forbidden
  }
}

export function nextTheme(): void {
  const next = CHOICES[(CHOICES.indexOf(theme.value) + 1) % CHOICES.length] ?? 'auto';
  theme.value = next;
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It then holds for this visit.
  }
  paletteMark.value += 1;
}

export function followSystemTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    paletteMark.value += 1;
  });
}

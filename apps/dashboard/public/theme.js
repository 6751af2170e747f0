// Before the first paint, so that a chosen theme does not flash (src/state/theme.ts).
try {
  const theme = localStorage.getItem('deja-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden: the system's theme stays.
}

// Runs before the first paint: the scheme chosen under "My profile", else the system's.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('mantine-color-scheme-value');
  } catch {
    // Storage is switched off: follow the system.
  }
  const isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');
  // Inside a tenant, as the server says, all else waits for who is there. Not at a door: there somebody may sign in before it
  // is asked.
  if (document.head.hasAttribute('data-inside')) {
    window.whoIsThere = fetch('/v1/me', { headers: { accept: 'application/json' } });
    window.whoIsThere.catch(() => undefined);
  }
})();

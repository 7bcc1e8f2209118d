/** What screen readers are told beside the page: result counts, copies, ends of tasks, new pages. */
let region: HTMLElement | null = null;

export function announce(text: string) {
  if (!region) {
    region = document.createElement('div');
    region.setAttribute('role', 'status');
    region.setAttribute('aria-live', 'polite');
    region.className = 'visually-hidden';
    document.body.append(region);
  }
  // Inside a modal dialog everything outside of it is inert, also a live region.
  const dialogs = document.querySelectorAll('dialog[open]');
  const home = dialogs[dialogs.length - 1] ?? document.body;
  if (region.parentElement !== home) home.append(region);
  region.textContent = '';
  setTimeout(() => {
    if (region) region.textContent = text;
  }, 50);
}

import type { Page } from 'playwright-core';
import { until } from '../process.ts';

/** A person without a pointer: nothing here clicks. */
export function byKeyboard(page: () => Page) {
  const press = async (...keys: string[]) => {
    for (const key of keys) await page().keyboard.press(key);
  };
  const type = (text: string) => page().keyboard.type(text);

  /** The name of what has the focus, as a screen reader says it first. */
  const focused = () =>
    page().evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      const labels = (element as HTMLInputElement | null)?.labels;
      return (
        element?.getAttribute('aria-label') ||
        labels?.[0]?.textContent?.trim() ||
        element?.textContent?.trim().slice(0, 80) ||
        element?.tagName ||
        ''
      );
    });
  const expectFocus = (name: string | RegExp) =>
    until(
      `the focus on ${name}`,
      async () => {
        const now = await focused();
        return typeof name === 'string' ? now === name : name.test(now);
      },
      15_000,
    ).catch(async (error) => {
      throw new Error(`${error.message}; it is on "${await focused()}"`);
    });

  /** Tab until the focus is there, as a person would: what the page still waits for may come while one goes round. */
  async function tabTo(name: string | RegExp, key = 'Tab') {
    const passed: string[] = [];
    const patience = Date.now() + 15_000;
    while (passed.length < 60 || Date.now() < patience) {
      const now = await focused();
      if (typeof name === 'string' ? now === name : name.test(now)) return;
      passed.push(now);
      await press(key);
    }
    throw new Error(`${key} never came to ${name}; it passed ${passed.slice(-60).join(' | ')}`);
  }

  const dialog = (name: string | RegExp) =>
    page().getByRole('dialog', { name }).or(page().getByRole('alertdialog', { name }));
  const gone = (name: string | RegExp) => dialog(name).waitFor({ state: 'detached' });
  return { press, type, focused, expectFocus, tabTo, dialog, gone };
}

/** Lines of JSON for whoever gathers them. No header, no path and no claim of a person is ever in one. */
export type Log = (level: 'info' | 'warn' | 'error', event: string, more?: Record<string, unknown>) => void;

export const logTo =
  (write: (line: string) => void): Log =>
  (level, event, more = {}) =>
    write(`${JSON.stringify({ at: new Date().toISOString(), level, event, ...more })}\n`);

import { expect, test } from 'vitest';
import { readSettings, StartProblem } from './settings.ts';

const settingsOf = (...args: string[]) => readSettings(['--enrol', 'key', ...args], {});

test('without its region a gateway goes on for 15 minutes, and nobody can have it go on for longer', () => {
  expect(settingsOf().holdMs).toBe(15 * 60_000);
  expect(settingsOf('--hold-seconds', '8').holdMs).toBe(8_000);
  for (const more of ['901', '0', '-1', '1e3', ''])
    expect(() => settingsOf(`--hold-seconds=${more}`), more).toThrow(
      new StartProblem('--hold-seconds must be a number from 1 to 900.'),
    );
});

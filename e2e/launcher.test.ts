import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aFolder, root } from './process.ts';

/** What the one command says of itself, and what it refuses before it begins. */

const folder = aFolder();
const data = join(folder, 'data');

/** What begins to serve in place of an answer is ended. */
function said(...args: string[]) {
  const env = { PATH: process.env.PATH, BAILIWICK_DATA: data, BAILIWICK_PORT: '0', HOME: folder };
  const options = { cwd: folder, env, encoding: 'utf8', timeout: 60_000, killSignal: 'SIGTERM' } as const;
  return spawnSync(process.execPath, [join(root, 'bailiwick.mjs'), ...args], options);
}

const helps: [string, string][] = [
  ['start', '--postgres-bin <folder>'],
  ['serve', 'BAILIWICK_DIRECTORY'],
  ['migrate', 'BAILIWICK_MIGRATE_DIRECTORY'],
  ['config', 'List all settings'],
  ['make-licence-key', '<file for the private key>'],
  ['sign-licence', '<private key file>'],
  ['check', 'unused code'],
  ['test', 'vitest'],
  ['generate', 'openapi.json'],
  ['gateway', '--enrol'],
  ['groups', 'create'],
  ['login', '--tenant <id>'],
];

test.each(helps)('bailiwick %s --help says what it does, and does nothing', { timeout: 120_000 }, (verb, tells) => {
  for (const word of ['--help', '-h', 'help']) {
    const { status, stdout } = said(verb, word);
    expect(status, `${verb} ${word}`).toBe(0);
    expect(stdout).toContain(`bailiwick ${verb}`);
    expect(stdout).toContain(tells);
  }
  expect(existsSync(data)).toBe(false);
});

test.each([
  [['start', '--port', '7071'], 'bailiwick start has no option --port.'],
  [['start', '--postgres-bin=/usr/bin'], 'bailiwick start has no option --postgres-bin=/usr/bin.'],
  [['start', '--postgres-bin', '--prot'], '--postgres-bin needs the folder of a system PostgreSQL'],
  [['start', 'now'], 'bailiwick start has no argument now.'],
  [['serve', '--verbose'], 'bailiwick serve has no option --verbose.'],
  [['migrate', '--postgres-bin', '/usr/bin'], 'bailiwick migrate has no option --postgres-bin.'],
  [['migrate', '--dry-run'], 'bailiwick migrate has no option --dry-run.'],
  [['make-licence-key', '--force'], 'bailiwick make-licence-key has no option --force.'],
  [['sign-licence', 'key.json', 'contents.json', 'more'], 'bailiwick sign-licence has no argument more.'],
  [['generate', '--all'], 'bailiwick generate has no option --all.'],
])('%j is refused by name, and nothing begins', { timeout: 120_000 }, (args, tells) => {
  const { status, stdout, stderr } = said(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(tells);
  expect(existsSync(data)).toBe(false);
  expect(existsSync(join(folder, '--force'))).toBe(false);
});

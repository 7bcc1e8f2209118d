import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Configuration } from './configuration.ts';
import { Folder } from './kept.ts';
import { StartProblem } from './settings.ts';

const id = '0192f3a0-7b1c-7def-8abc-0123456789ab';
const another = '0192f3a0-7b1c-7def-8abc-0123456789ac';
const enrolment = { agentKey: 'k', url: 'https://eu.example.com', agentId: 'a', gateway: { id, name: 'main' } };

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'bailiwick-kept-'));
});
afterEach(() => rmSync(path, { recursive: true }));

test('a folder that is enrolled for a gateway runs no other one, and one that was renamed', () => {
  const folder = new Folder(path);
  for (const same of [undefined, 'main', id]) expect(folder.requireGateway(enrolment, same)).toBeUndefined();
  const told = `the data folder ${path} is enrolled for the gateway main (${id})`;
  expect(() => folder.requireGateway(enrolment, another)).toThrow(
    new StartProblem(
      `--gateway ${another}: ${told}. Name that one, or enrol for another one with another folder: --data.`,
    ),
  );
  expect(folder.requireGateway(enrolment, 'core')).toBe(
    `--gateway core: ${told}, and runs that. To run another one, name another folder: --data.`,
  );
  const configuration = { gateway: { id, name: 'core' } } as Configuration;
  folder.writeConfiguration({ configuration, at: Date.now() }, enrolment.agentKey);
  expect(folder.requireGateway(enrolment, 'core')).toBeUndefined();
});

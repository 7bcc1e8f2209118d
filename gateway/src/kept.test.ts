import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Configuration } from './configuration.ts';
import { Folder } from './kept.ts';
import { StartProblem } from './settings.ts';

const enrolment = { agentKey: 'k', url: 'https://eu.example.com', agentId: 'a', gateway: { id: '7', name: 'main' } };

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'bailiwick-kept-'));
});
afterEach(() => rmSync(path, { recursive: true }));

test('a folder that is enrolled for a gateway runs no other one', () => {
  const folder = new Folder(path);
  for (const same of [undefined, 'main', '7']) folder.requireGateway(enrolment, same);
  expect(() => folder.requireGateway(enrolment, 'core')).toThrow(
    new StartProblem(
      `--gateway core: the data folder ${path} is enrolled for the gateway main (7). Name that one, or enrol for another one with another folder: --data.`,
    ),
  );
  const configuration = { gateway: { id: '7', name: 'core' } } as Configuration;
  folder.writeConfiguration({ configuration, at: Date.now() }, enrolment.agentKey);
  folder.requireGateway(enrolment, 'core');
});

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeCertificate } from '../../server/src/kernel/certificates.ts';
import { writeKeyFile } from '../../server/src/kernel/pkcs12-writing.ts';
import { Connections } from './connections.ts';
import { StartProblem } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-connections-'));
afterAll(() => rmSync(folder, { recursive: true }));
const pkcs12 = join(folder, 'rack-7.p12');
const now = new Date();
const made = await makeCertificate('rack 7', now, new Date(now.getTime() + 86_400_000), 'ES256', 'clients');
const whole = await writeKeyFile(made, 'rack 7', 'its password');
const noFile = 'it is no PKCS#12 file, or a part of one.';

test.each<[string, Buffer | string, string]>([
  ['another password', whole, 'the password does not open it.'],
  ['its password', made.certificate, noFile],
  ['its password', whole.subarray(0, 300), noFile],
  ['its password', '', noFile],
])('a file that does not open is told in words: %s', (password, file, reason) => {
  writeFileSync(pkcs12, file);
  expect(() => new Connections({ pkcs12, password }, () => undefined)).toThrow(
    new StartProblem(`--client-pkcs12 ${pkcs12} with its password cannot be used: ${reason}`),
  );
});

test('a changed file that does not open is told once, with the reason, and the one before it goes on', () => {
  const said: unknown[] = [];
  writeFileSync(pkcs12, whole);
  const connections = new Connections({ pkcs12, password: 'its password' }, (level, event, more) =>
    said.push([level, event, more?.message].filter(Boolean).join(': ')),
  );
  const first = connections.current();
  let changed = 0;
  const change = (file: Buffer | string) => {
    writeFileSync(pkcs12, file);
    changed += 1_000;
    utimesSync(pkcs12, new Date(0), new Date(changed));
    return [connections.current(), connections.current()];
  };
  const wrong = (reason: string) =>
    `error: the changed client certificate cannot be used: the one before it is still shown: --client-pkcs12 ${pkcs12} with its password cannot be used: ${reason}`;
  expect(change('')).toEqual([first, first]);
  expect(change('')).toEqual([first, first]);
  expect(said).toEqual([wrong(noFile), wrong(noFile)]);
  rmSync(pkcs12);
  expect([connections.current(), connections.current()]).toEqual([first, first]);
  expect(said).toHaveLength(3);
  expect(said[2]).toContain('ENOENT');
  const [next] = change(whole);
  expect(next).not.toBe(first);
  expect(said.slice(3)).toEqual(['info: another client certificate is shown to the region']);
  connections.close();
});

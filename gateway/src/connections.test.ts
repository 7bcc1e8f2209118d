import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  expect(() => new Connections({ pkcs12, password })).toThrow(
    new StartProblem(`--client-pkcs12 ${pkcs12} with its password cannot be used: ${reason}`),
  );
});

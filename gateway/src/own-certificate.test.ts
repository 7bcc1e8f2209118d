import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeCertificate } from '../../server/src/kernel/certificates.ts';
import { OwnCertificate } from './own-certificate.ts';

const DAY_MS = 86_400_000;
const daysFromNow = (count: number) => new Date(Date.now() + count * DAY_MS);
const made = (days: number) => makeCertificate('gateway', daysFromNow(-1), daysFromNow(days), 'ES256');

let folder: string;
let files: { certificate: string; key: string };
let said: string[];
const log = (_level: string, message: string) => said.push(message);
const timesSaid = (message: string) => said.filter((each) => each === message).length;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-tls-'));
  files = { certificate: join(folder, 'tls.pem'), key: join(folder, 'tls.key') };
  said = [];
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

test('that it is over soon is said from 14 days before, once a day, until it is renewed', async () => {
  const [first, second] = [await made(20), await made(90)];
  writeFileSync(files.certificate, first.certificate);
  writeFileSync(files.key, first.privateKey);
  const own = new OwnCertificate(files, log);
  own.stop();
  const start = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  const timesAt = (days: number) => {
    vi.setSystemTime(start + days * DAY_MS);
    own.look();
    return timesSaid('the certificate needs a look');
  };
  expect([0, 5, 6.1, 6.2, 6.9, 7.2, 7.3, 8.3].map(timesAt)).toEqual([0, 0, 1, 1, 1, 2, 2, 3]);
  expect(own.problem).toContain('Renew');
  writeFileSync(files.certificate, second.certificate);
  writeFileSync(files.key, second.privateKey);
  expect([9.4, 10.5].map(timesAt)).toEqual([3, 3]);
  expect(own.problem).toBeUndefined();
});

test('the old files put back with their old times after a wrong pair: nothing is wrong any more', async () => {
  const [right, other] = [await made(90), await made(90)];
  writeFileSync(files.certificate, right.certificate);
  writeFileSync(files.key, right.privateKey);
  const { atime, mtime } = statSync(files.key);
  const own = new OwnCertificate(files, log);
  own.stop();
  writeFileSync(files.key, other.privateKey);
  own.look();
  own.look();
  expect(own.problem).toContain('cannot be used');
  expect(timesSaid('the renewed certificate cannot be used')).toBe(1);
  writeFileSync(files.key, right.privateKey);
  utimesSync(files.key, atime, mtime);
  own.look();
  expect(own.problem).toBeUndefined();
});

test('a renewed pair with times that are older serves too', async () => {
  const [first, second] = [await made(10), await made(90)];
  writeFileSync(files.certificate, first.certificate);
  writeFileSync(files.key, first.privateKey);
  const own = new OwnCertificate(files, log);
  own.stop();
  const served: string[] = [];
  own.serves({ setSecureContext: ({ cert }) => served.push(cert) });
  writeFileSync(files.certificate, second.certificate);
  writeFileSync(files.key, second.privateKey);
  for (const file of Object.values(files)) utimesSync(file, new Date(0), new Date(0));
  own.look();
  expect(served).toEqual([second.certificate]);
});

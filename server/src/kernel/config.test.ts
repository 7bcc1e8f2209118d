import { expect, test } from 'vitest';
import { readConfig, unknownSettings } from './config.ts';

const refusal = (env: Record<string, string>) => {
  try {
    readConfig(env);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

test('every setting may be left out', () => {
  expect(refusal({})).toBe('accepted');
});

test.each([
  'postgres://app@db1/cell1',
  'postgresql://app:secret@db1:6432/cell1?sslmode=verify-full',
  'postgres://app:p%40s%2Fs%23@[fd00::1]:5432/cell1',
  'postgres://app@/cell1?host=/run/postgresql',
])('a database: %s', (url) => {
  expect(readConfig({ BAILIWICK_REGIONS: 'eu', BAILIWICK_DATABASE_EU: url }).regions[0]?.databases).toEqual([url]);
  expect(readConfig({ BAILIWICK_DIRECTORY: url }).directory).toBe(url);
});

test.each([
  '127.0.0.1:5432/cell1',
  'mysql://app@db1/cell1',
  'postgres://app@db1',
  'postgres://app@db1/',
  'postgres://app:PASS/WORD@db1/cell1',
  'postgres://app:PASS#WORD@db1/cell1',
  'postgres://app:PASS WORD@db1:x/cell1',
])('no database: %s; the message does not repeat it', (url) => {
  for (const name of ['BAILIWICK_DATABASE_EU', 'BAILIWICK_MIGRATE_EU', 'BAILIWICK_DIRECTORY']) {
    const message = refusal({ BAILIWICK_REGIONS: 'eu', [name]: url });
    expect(message).toMatch(new RegExp(`^${name} .*postgres://<role>:<password>@<host>:<port>/<database>`));
    expect(message).not.toMatch(/PASS|WORD|db1/);
  }
});

test.each([
  ['BAILIWICK_REGIONS', 'eu,eu', /twice/],
  ['BAILIWICK_SMTP_URL_EU', 'mail.example.com', /smtp:\/\/<host>:587/],
  ['BAILIWICK_SMTP_URL_EU', 'smtp://me:PASS#WORD@mail', /%23/],
  ['BAILIWICK_DNS_SERVERS', 'ns1.example.com', /ns1\.example\.com.*addresses/],
  ['BAILIWICK_DNS_SERVERS', '10.0.0.53:x', /addresses/],
  ['BAILIWICK_TRUST_PROXY', 'proxy', /"proxy".*10\.1\.0\.0\/16/],
])('%s=%s is refused with what to set', (name, value, says) => {
  const message = refusal({ [name]: value });
  expect(message).toContain(name);
  expect(message).toMatch(says);
  expect(message).not.toContain('PASS');
});

test.each([
  ['BAILIWICK_SMTP_URL_EU', 'smtps://user:p%40ss@mail.example.com:465'],
  ['BAILIWICK_SMTP_URL_EU', 'smtp://mail:587/?pool=true'],
  ['BAILIWICK_DNS_SERVERS', '10.0.0.53, 10.0.0.54:5353,[fd00::53]:53,fd00::54'],
  ['BAILIWICK_TRUST_PROXY', '10.0.0.1,10.1.0.0/16,::1,fd00::/8'],
])('%s=%s is taken', (name, value) => {
  expect(refusal({ [name]: value })).toBe('accepted');
});

test('a slip in the name of a setting is found', () => {
  expect(
    unknownSettings({
      BAILIWICK_REGISTRATON: 'off',
      BAILIWICK_DATABASE: 'x',
      BAILIWICK_PORT: '7070',
      BAILIWICK_DATABASE_EU: 'x',
      BAILIWICK_KEY: 'x',
      PATH: 'x',
    }),
  ).toEqual(['BAILIWICK_REGISTRATON', 'BAILIWICK_DATABASE']);
});

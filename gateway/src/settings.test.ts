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

test('a client certificate comes as two files of PEM, or as one of PKCS#12 with its password', () => {
  const files = (env: Record<string, string>, ...args: string[]) =>
    readSettings(['--enrol', 'key', ...args], env).client.files;
  expect(files({})).toBeUndefined();
  expect(files({}, '--client-certificate', 'a.pem', '--client-key', 'a.key')).toEqual({
    certificate: 'a.pem',
    key: 'a.key',
  });
  expect(files({ BAILIWICK_CLIENT_PASSWORD: 'p' }, '--client-pkcs12', 'a.p12')).toEqual({
    pkcs12: 'a.p12',
    password: 'p',
  });
  expect(files({}, '--client-pkcs12', 'a.p12', '--client-password-file', 'a.txt')).toEqual({
    pkcs12: 'a.p12',
    password: { file: 'a.txt' },
  });
  for (const [args, message] of [
    [['--client-pkcs12', 'a.p12'], 'needs --client-password-file or BAILIWICK_CLIENT_PASSWORD'],
    [['--client-password-file', 'a.txt'], 'goes with --client-pkcs12'],
    [['--client-pkcs12', 'a', '--client-certificate', 'b', '--client-key', 'c'], 'not both'],
  ] as const)
    expect(() => files({}, ...args)).toThrow(message);
});

test('an empty variable counts as one that is not set', () => {
  const empty = {
    BAILIWICK_AGENT_KEY: '',
    BAILIWICK_URL: '',
    BAILIWICK_PROXY_TOKEN: '',
    BAILIWICK_CLIENT_PASSWORD: '',
  };
  expect(readSettings([], empty)).toEqual(readSettings([], {}));
  expect(readSettings(['--proxy-listen', '127.0.0.1:7081'], empty).proxy?.token).toBeUndefined();
  expect(() => readSettings(['--client-pkcs12', 'a.p12'], empty)).toThrow('needs --client-password-file');
});

test.each([
  ['localhost:7177', 'localhost:7177 lacks http:// before it: http://localhost:7177'],
  ['127.0.0.1:7177', '127.0.0.1:7177 lacks http:// before it: http://127.0.0.1:7177'],
  ['eu.example.com:443', 'eu.example.com:443 is no address. It must begin with https://'],
  [
    'http://eu.example.com',
    'http://eu.example.com is not safe: it must begin with https:// unless it is on this machine.',
  ],
])('an address without what it begins with is told so: %s', (url, message) =>
  expect(() => settingsOf('--url', url)).toThrow(new StartProblem(message)),
);

test('the address is any node of the platform, or the agent URL as the console shows it', () => {
  for (const url of [
    'https://eu.example.com',
    'https://eu.example.com/',
    'https://eu.example.com/agents/0oTx1Zc9mYbQ2LrWv7KpAd/prod_1',
    'https://eu.example.com/agents/0oTx1Zc9mYbQ2LrWv7KpAd/prod-1/',
  ])
    expect(settingsOf('--url', url).url).toBe('https://eu.example.com');
  expect(settingsOf('--url', 'https://eu.example.com/below').url).toBe('https://eu.example.com/below');
});

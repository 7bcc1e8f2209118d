import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostOf } from './hosts.ts';

test.each([
  ['', '', ''],
  ['shop.example', 'shop.example', ''],
  ['SHOP.example.:0443', 'shop.example', '443'],
  ['shop.example:', 'shop.example', ''],
  ['my_shop-1:65535', 'my_shop-1', '65535'],
  ['192.0.2.7:8080', '192.0.2.7', '8080'],
  ['[2001:DB8::7]:8443', '[2001:db8::7]', '8443'],
  ['[::ffff:192.0.2.7]', '[::ffff:192.0.2.7]', ''],
])('"%s" names the host %s and the port "%s"', (text, host, port) => {
  expect(hostOf(text)).toEqual({ host, port });
});

test.each([
  '.',
  '.example',
  ':80',
  'h..x',
  'h:x',
  'h:65536',
  'h:80:80',
  'h/x',
  'user@h',
  'h,x',
  'h x',
  'h%41',
  'höst',
  '::1',
  '[::1',
  '[h]',
  '[:::]',
  '[1.2.3.4]',
  '[fe80::1%eth0]',
])('%s is none', (text) => {
  expect(hostOf(text)).toBeUndefined();
});

test('however long it is, it is read once', () => {
  // By the square of its length this would take longer than a test may.
  for (const end of ['', 'x', ':'])
    expect(hostOf(`h:${'0'.repeat(250_000)}${end}`)).toEqual(end === '' ? { host: 'h', port: '' } : undefined);
});

test('whatever is sent, it is none or one that is read the same again, by which nothing else is meant', () => {
  const sign = fc.constantFrom(
    'a',
    'Z',
    '0',
    '9',
    '.',
    ':',
    '[',
    ']',
    '-',
    '_',
    '/',
    '@',
    '%',
    ' ',
    '\0',
    'ö',
    '::',
    'ffff',
  );
  const anything = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(sign, { maxLength: 30 }).map((signs) => signs.join('')),
  );
  let read = 0;
  fc.assert(
    fc.property(anything, (text) => {
      const named = hostOf(text);
      if (!named) return;
      read += 1;
      const { host, port } = named;
      expect(host).toMatch(/^(?:[\w-](?:[\w.-]*[\w-])?|\[[0-9a-f:.]+\])?$/);
      expect(host).toBe(host.toLowerCase());
      expect(port).toMatch(/^(?:[1-9]\d{0,4})?$/);
      expect(hostOf(port ? `${host}:${port}` : host)).toEqual(named);
    }),
    { numRuns: 20_000 },
  );
  expect(read).toBeGreaterThan(100);
});

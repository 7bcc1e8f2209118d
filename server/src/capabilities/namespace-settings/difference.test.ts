import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Difference, differenceOf, inOrder } from './difference.ts';
import { NamespaceSettings } from './schema.ts';

/** What a namespace may have, from few names, so that they meet. */
const name = fc.constantFrom('a', 'B', 'c d', 'é', 'x/y');
const service = fc.constantFrom('orders', 'reports');
const headers = fc.record({
  set: fc.uniqueArray(fc.record({ name: fc.constantFrom('x-a', 'x-b'), value: fc.constantFrom('1', '2') }), {
    selector: (each) => each.name,
  }),
  remove: fc.constantFrom<string[]>([], ['cookie'], ['x-z', 'cookie']),
});
const route = fc.record({
  name,
  service,
  pathPrefix: fc.constantFrom('/a', '/b/c'),
  upstream: fc.constantFrom('https://a.example', 'http://b.example/x'),
  methods: fc.subarray(['GET', 'POST', 'DELETE'] as const).map((some) => some.toReversed()),
  requestHeaders: headers,
});
const rule = fc.record({
  service,
  item: fc.constantFrom(null, 'one'),
  groups: fc.subarray(['Clerks', 'buyers']),
  claims: fc.subarray([{ name: 'role', values: ['b', 'a'] }]),
});
const gateway = fc.record({
  name,
  description: fc.constantFrom('', 'main'),
  audiences: fc.subarray(['z', 'y']),
  routes: fc.uniqueArray(route, { selector: (each) => each.name, maxLength: 3 }),
  rules: fc.uniqueArray(rule, { selector: (each) => `${each.service} ${each.item}`, maxLength: 3 }),
});
const settings = fc
  .record({
    services: fc.constant(
      ['orders', 'reports'].map((each) => ({ name: each, description: '', items: [{ name: 'one', description: '' }] })),
    ),
    gateways: fc.uniqueArray(gateway, { selector: (each) => each.name.toLowerCase(), maxLength: 4 }),
    grants: fc.uniqueArray(
      fc.record({
        group: fc.constantFrom('Clerks', 'buyers'),
        permission: fc.constantFrom('gateways.view', 'logging.*'),
      }),
      { selector: (each) => `${each.group} ${each.permission}` },
    ),
  })
  .map(({ gateways, ...rest }) =>
    NamespaceSettings.parse({
      format: 'bailiwick-namespace',
      version: 1,
      ...rest,
      gateways: gateways.map((each, at) => ({ prefix: `/${at}`, ...each })),
    }),
  );

const keysOf = (differences: Difference[]) => differences.map(({ key }) => key);

test('nothing differs from itself, in whichever order it is written', () => {
  fc.assert(
    fc.property(settings, (one) => {
      const turned = {
        ...one,
        gateways: one.gateways?.toReversed().map((each) => ({
          ...each,
          routes: each.routes.toReversed(),
          rules: each.rules.toReversed(),
        })),
        grants: one.grants?.toReversed(),
      } as NamespaceSettings;
      expect(inOrder(turned)).toEqual(inOrder(one));
      expect(JSON.stringify(inOrder(turned))).toBe(JSON.stringify(inOrder(one)));
      expect(differenceOf(inOrder(one), inOrder(turned))).toEqual([]);
      expect(NamespaceSettings.parse(JSON.parse(JSON.stringify(inOrder(one))))).toEqual(inOrder(one));
    }),
  );
});

test('what one way adds, the other way removes; each change has a key of its own and needs only what is there', () => {
  fc.assert(
    fc.property(settings, settings, (a, b) => {
      const [one, other] = [inOrder(a), inOrder(b)];
      const there = differenceOf(one, other);
      const back = differenceOf(other, one);
      expect(new Set(keysOf(there)).size).toBe(there.length);
      for (const { needs } of there) expect(keysOf(there)).toEqual(expect.arrayContaining(needs));
      const turned = { add: 'remove', change: 'change', remove: 'add' } as const;
      const known = new Map(back.map((each) => [each.key, each]));
      // The parts of a gateway come one by one and go with it.
      for (const { key, kind, change } of there)
        if (kind === 'gateway' || kind === 'grant') expect(known.get(key)?.change).toBe(turned[change]);
    }),
  );
});

test('what is left out is not touched', () => {
  fc.assert(
    fc.property(settings, settings, (a, b) => {
      const { gateways: _gateways, grants: _grants, ...nothing } = inOrder(b);
      expect(differenceOf(inOrder(a), nothing)).toEqual([]);
    }),
  );
});

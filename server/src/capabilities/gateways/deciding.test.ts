import { describe, expect, test } from 'vitest';
import { decide as decideBy, type Person, type Request, type RouteFacts, type RuleFacts, tableOf } from './deciding.ts';
import { foldedPath, looksOf } from './readings.ts';

const decide = (prefix: string, routes: RouteFacts[], rules: RuleFacts[], request: Request, person: Person) =>
  decideBy(prefix, tableOf(routes, rules), request, person);

const route = (given: Partial<RouteFacts>): RouteFacts => ({
  id: 'r',
  name: given.id ?? 'r',
  host: '',
  pathPrefix: '/',
  methods: [],
  serviceId: 'orders',
  itemFrom: 'none',
  item: null,
  upstream: 'https://up.example/api',
  stripsPrefix: true,
  ...given,
});
const rule = (given: Partial<RuleFacts>): RuleFacts => ({
  id: 'base',
  serviceId: 'orders',
  item: null,
  groupIds: [],
  claims: [],
  ...given,
});
const nobody = { groupIds: new Set<string>(), claims: {} };
const inGroup = (...ids: string[]) => ({ groupIds: new Set(ids), claims: {} });
const get = (path: string, host = '') => ({ method: 'GET', host, path });

describe('the route', () => {
  const routes = [
    route({ id: 'all' }),
    route({ id: 'orders', pathPrefix: '/orders' }),
    route({ id: 'old', pathPrefix: '/orders/old' }),
    route({ id: 'read', pathPrefix: '/orders', methods: ['GET'] }),
    route({ id: 'host', host: 'shop.example' }),
  ];
  const taken = (path: string, host = '', method = 'GET') =>
    decide('', routes, [], { method, host, path }, nobody).route?.id;

  test.each([
    ['/', '', 'GET', 'all'],
    ['/orders', '', 'GET', 'read'],
    ['/orders/7', '', 'POST', 'orders'],
    ['/orders/old/7', '', 'GET', 'old'],
    ['/ordersold', '', 'GET', 'all'],
    ['/orders/old', 'shop.example', 'GET', 'host'],
    ['/orders', 'other.example', 'POST', 'orders'],
  ])('%s at host "%s" by %s takes %s', (path, host, method, id) => {
    expect(taken(path, host, method)).toBe(id);
  });

  test('of two that are equally exact the name decides, whatever their order', () => {
    const twins = [route({ id: 'b' }), route({ id: 'a' })];
    expect(decide('', twins, [], get('/'), nobody).route?.id).toBe('a');
    expect(decide('', twins.toReversed(), [], get('/'), nobody).route?.id).toBe('a');
  });

  const left = ['/a/.%ff./b', '/a/%ff../b', '/a/%25c0%25ae%25c0%25ae/b'];
  const half = [
    '/a/%c0%25ae%c0%25ae/b',
    '/a/%25c0%ae%25c0%ae/b',
    '/a/%c0%25af..%c0%25afb',
    '/a/%e0%2580%25af..',
    '/a/%f0%2580%80%ae',
  ];
  const dots = [
    '/a/../b',
    '/a/./b',
    '/a/%2e%2E/b',
    '/a/..;x/b',
    '/..',
    '/a/%2e%2e%3b/b',
    '/a/%252e%252e/b',
    '/a/‥/b',
    '/a/..%3Fb',
    '/a/..%2523',
  ];
  const slashes = ['/a//b', '/a%2fb', '/a%5Cb', '/a\\b', '/a%255cb', '/a%250ab', '/a/%252e%252e%252fb'];
  const none = ['/a%00', '/a%0a', '/a%7F', '/a%', '/a%2', '/a%zz', '/a%u002e', '/a/%c0%ae%c0%ae/b', '/a/%e0%80%af'];
  test.each([...dots.map((path) => path.replace('‥', encodeURIComponent('‥'))), ...slashes, ...none, ...left, ...half])(
    '%s could be read in two ways, and is refused',
    (path) => {
      expect(decide('', routes, [rule({ groupIds: ['g'] })], get(path), inGroup('g'))).toEqual({
        isAllowed: false,
        reason: 'bad-path',
      });
    },
  );

  test.each([
    '/%6frders/old/7',
    '/orders/%6Fld',
    '/orders/old;x/7',
    '/orders;x/old',
    '/orders/;x/old',
    '/orders/%3bx/old',
    '/orders/ol%64;x',
    '/Orders/old',
    '/orders/OLD/7',
    '/orders./old',
    '/orders/old%20',
    '/orders/old%2e/7',
    '/orders/%256fld',
    '/orders/%4Fld',
    '/orders/%ef%bd%8fld',
    '/orders/%25ef%25bd%258fld',
    '/orders%252fold',
    '/orders/%252fold',
    '/orders/o%e2%80%8bld',
    '/orders/%20/old',
    '/orders/o%ffld',
    '/orders/ol%c3d/7',
    '/orders/%25ffold',
    '/orders/old%3Fx',
    '/orders/old%23/7',
    '/orders/old%253fx',
    '/orders/old%3F;x',
    '/orders/old;x%3Fy',
    '/orders/OLD%23x',
    '/orders/old%EF%BC%9Fx',
    '/orders/;%3F/old',
    '/orders%3F/7',
  ])('%s leads to another route when it is read otherwise, and is refused', (path) => {
    expect(decide('', routes, [rule({ groupIds: ['g'] })], get(path), inGroup('g'))).toEqual({
      isAllowed: false,
      reason: 'bad-path',
    });
  });

  const harmless = [
    '/orders/a%40b',
    '/orders/7;v=1',
    '/orders/%C3%A4',
    '/orders/100%25',
    '/orders/Inc.',
    '/orders/%e9',
    '/orders/job/feature%252Fx/',
    '/orders/%252F',
    '/orders/what%3F',
    '/orders/old-%23-7/%3F',
  ];
  test.each(harmless)('%s leads to the same route however it is read', (path) => {
    expect(taken(path)).toBe('read');
  });

  test('routes that differ by capitals only are taken as they are written', () => {
    const twins = [route({ id: 'small', pathPrefix: '/a' }), route({ id: 'tall', pathPrefix: '/A' })];
    for (const [path, id] of Object.entries({ '/a/x': 'small', '/A/x': 'tall' }))
      expect(decide('', twins, [], get(path), nobody).route?.id).toBe(id);
  });

  test('a route of a host is not missed by capitals for one without', () => {
    const two = [route({ id: 'any' }), route({ id: 'host', host: 'shop.example', pathPrefix: '/orders' })];
    expect(decide('', two, [], get('/Orders', 'shop.example'), nobody).reason).toBe('bad-path');
    expect(decide('', two, [], get('/Orders'), nobody).route?.id).toBe('any');
  });

  const LONGEST_PATH = 65_536;
  test.each([
    ['dots before the end of a segment', (length: number) => `/${'.'.repeat(length)}x`],
    ['spaces before the end of a segment', (length: number) => `/${'%20'.repeat(length / 3)}x`],
    ['segments', (length: number) => '/a'.repeat(length / 2)],
    ['escaped segments', (length: number) => '/%61'.repeat(length / 4)],
    ['parameters', (length: number) => ';'.repeat(length).replace('', '/')],
    [
      'marks to be put in order',
      (length: number) => `/a${'%CC%81'.repeat(length / 12)}${'%CC%96'.repeat(length / 12)}`,
    ],
  ])('a path of 64 kB is decided about without a step for each pair of its characters: %s', (_what, pathOf) => {
    const path = pathOf(LONGEST_PATH);
    const at = [
      route({ id: 'all', itemFrom: 'path' }),
      route({ id: 'host', host: 'h' }),
      route({ id: 'long', pathPrefix: '/a'.repeat(250) }),
    ];
    const rules = [rule({ groupIds: ['g'] }), rule({ id: 'named', item: 'x' })];
    for (const host of ['', 'h']) decide('', at, rules, get(path, host), inGroup('g'));
    expect(decide('', at, rules, get(`/x${'.'.repeat(LONGEST_PATH)}`), inGroup('g')).reason).toBe('no-item');
    expect(decide('', at, rules, get('/a'.repeat(LONGEST_PATH / 2)), nobody).route?.id).toBe('long');
  });

  test('more marks on one letter than any word has are refused, and a byte that is no UTF-8 hides no reading', () => {
    expect(decide('', routes, [], get(`/orders/a${'%CC%81'.repeat(31)}`), nobody).reason).toBe('bad-path');
    const two = [route({ id: 'all', pathPrefix: '/orders' }), route({ id: 'old', pathPrefix: '/orders/old' })];
    for (const path of ['/orders/o%e2%80%8bld', '/orders/o%e2%80%8bld/%e9', '/orders/%ef%bd%8fld/%e9'])
      expect(decide('', two, [], get(path), nobody).reason, path).toBe('bad-path');
  });

  test('the prefix of the gateway holds whole segments', () => {
    const at = (path: string) => decide('/erp', routes, [], get(path), nobody);
    expect(at('/erp/orders').route?.id).toBe('read');
    expect(at('/erp').route?.id).toBe('all');
    expect(at('/erporders')).toEqual({ isAllowed: false, reason: 'not-below-prefix' });
  });
});

describe('what the upstream is asked for', () => {
  test.each([
    ['/orders', 'https://up.example/api', true, '/orders/7', 'https://up.example/api/7'],
    ['/orders', 'https://up.example/api', true, '/orders', 'https://up.example/api/'],
    ['/orders', 'https://up.example/api', false, '/orders/7', 'https://up.example/api/orders/7'],
    ['/', 'https://up.example', true, '/orders/7', 'https://up.example/orders/7'],
    ['/', 'https://up.example/', true, '/', 'https://up.example/'],
    ['/orders', 'https://up.example/', true, '/orders/', 'https://up.example/'],
  ])('prefix %s, upstream %s, stripped %s: %s is %s', (pathPrefix, upstream, stripsPrefix, path, wanted) => {
    const of = [route({ pathPrefix, upstream, stripsPrefix })];
    expect(decide('', of, [], get(path), nobody).upstreamUrl).toBe(wanted);
  });
});

describe('the rule', () => {
  const byPath = [route({ pathPrefix: '/orders', itemFrom: 'path' })];
  const base = rule({ groupIds: ['staff'] });
  const named = rule({ id: 'named', item: 'secret one', groupIds: ['few'] });
  const decided = (rules: RuleFacts[], path: string, person = nobody) => {
    const { isAllowed, reason, rule: by } = decide('', byPath, rules, get(path), person);
    return [isAllowed, reason, by?.id];
  };

  test('without one nobody is let in', () => {
    expect(decided([], '/orders/a', inGroup('staff'))).toEqual([false, 'no-rule', undefined]);
    expect(decided([rule({ serviceId: 'reports', groupIds: ['staff'] })], '/orders/a', inGroup('staff'))).toEqual([
      false,
      'no-rule',
      undefined,
    ]);
  });

  test('a named one decides alone where there is one, else the base one', () => {
    expect(decided([base, named], '/orders/a', inGroup('staff'))).toEqual([true, 'rule', 'base']);
    expect(decided([base, named], '/orders/secret%20one', inGroup('staff'))).toEqual([false, 'not-in-rule', 'named']);
    expect(decided([base, named], '/orders/secret%20one', inGroup('few'))).toEqual([true, 'rule', 'named']);
    expect(decided([named], '/orders/a', inGroup('few'))).toEqual([false, 'no-rule', undefined]);
    expect(decided([base, named], '/orders', inGroup('staff'))).toEqual([true, 'rule', 'base']);
  });

  test.each([
    '4711;x=1',
    '4711%3bx',
    '4711%20',
    '%204711',
    '4711%c2%85',
    '4711%3F',
    '4711%23x',
    '4711%253Fx',
    '4711%EF%BC%9F',
    '%3F',
  ])('an item that an upstream may take for another one is none: %s', (segment) => {
    const closed = rule({ id: 'closed', item: '4711' });
    expect(decided([base, closed], `/orders/${segment}`, inGroup('staff'))).toEqual([false, 'no-item', undefined]);
  });

  test('an item may hold ? and #, with a rule of its own and without', () => {
    const own = rule({ id: 'own', item: 'what?' });
    expect(decided([base, own], '/orders/what%3F', inGroup('staff'))).toEqual([false, 'not-in-rule', 'own']);
    for (const segment of ['why%3F', 'C%23', 'what', 'what%3Fx'])
      expect(decided([base, own], `/orders/${segment}`, inGroup('staff')), segment).toEqual([true, 'rule', 'base']);
  });

  test('an item is the same in capitals, since some upstreams look at none', () => {
    const closed = rule({ id: 'closed', item: 'Secret' });
    expect(decided([base, closed], '/orders/sEcret', inGroup('staff'))).toEqual([false, 'not-in-rule', 'closed']);
  });

  test('an escaped slash that is escaped once more stays in the item, or makes it none', () => {
    const people = inGroup('staff');
    expect(decided([base], '/orders/app/job/feature%252Fx/', people)).toEqual([true, 'rule', 'base']);
    for (const segment of ['a%252Fb', '%252Fa', 'a%25252Fb'])
      expect(decided([base], `/orders/${segment}`, people), segment).toEqual([false, 'no-item', undefined]);
  });

  /** Whether a rule of the one also guards the other. */
  const areAlike = (ruled: string, asked: string) => {
    const closed = rule({ id: 'closed', item: ruled });
    return !decided([base, closed], `/orders/${encodeURIComponent(asked)}`, inGroup('staff'))[0];
  };
  const { compare } = new Intl.Collator('en', { sensitivity: 'base' });

  test('every letter of Latin-1 and Latin Extended-A that a collation takes for plain ones is alike', () => {
    const plain = [...'abcdefghijklmnopqrstuvwxyz', 'ae', 'oe', 'ss', 'ij'];
    let seen = 0;
    for (let code = 0xc0; code < 0x180; code += 1)
      for (const to of plain) {
        const letter = String.fromCharCode(code);
        if (compare(letter, to) !== 0) continue;
        seen += 1;
        expect(areAlike(`a${to}b`, `a${letter}b`), letter).toBe(true);
      }
    expect(seen).toBeGreaterThan(150);
  });

  test.each([
    ['か', 'が'],
    ['か', 'カ'],
    ['ά', 'α'],
    ['ё', 'е'],
    ['א', 'אָ'],
    ['ي', 'يَ'],
    ['กา', 'กี'],
    ['का', 'की'],
    ['กิน', 'กัน'],
    ['दिन', 'दान'],
  ])('%s and %s are alike for an item where they are for a collation', (one, other) => {
    expect(areAlike(one, other)).toBe(compare(one, other) === 0);
  });

  const lookalikes = [
    's%25c3%25a9cret',
    'secr%25e9t',
    'secret%253bx',
    '%2520secret',
    'secret%2520',
    '%253bx/secret',
    '%e2%80%8b/secret',
    'secret%ef%bc%8fx',
    'secret.',
    'secret%2e',
    '%2573ecret',
    '%ef%bd%93ecret',
    's%c3%a9cret',
    'secre%e2%80%8bt',
    '%c5%bfecret',
    'secret%25ff',
    'se%25c3cret',
    'secret%25e2%2580%258b%253b%25e9',
    's%25c3%25a9cret%253b%25ff',
    '%2573%25c3%25a9%2563%2572%2565%2574%253b%25ff',
  ];
  test.each(lookalikes)('what looks like an item with a rule is none: %s', (segment) => {
    const closed = rule({ id: 'closed', item: 'secret' });
    expect(decided([base, closed], `/orders/${segment}`, inGroup('staff'))).toEqual([false, 'no-item', undefined]);
    expect(decided([base], `/orders/${segment}`, inGroup('staff'))).toEqual([true, 'rule', 'base']);
  });

  test('items that look alike are told apart where each has a rule', () => {
    const twins = [rule({ id: 'one', item: 'Muller' }), rule({ id: 'other', item: 'Müller', groupIds: ['few'] })];
    const path = `/orders/${encodeURIComponent('Müller')}`;
    expect(decided([base, ...twins], path, inGroup('few'))).toEqual([true, 'rule', 'other']);
    expect(decided([base, ...twins], '/orders/Muller', inGroup('few'))).toEqual([false, 'not-in-rule', 'one']);
  });

  test('a rule of nobody lets in nobody, and hides the base rule', () => {
    const closed = rule({ id: 'closed', item: 'a' });
    expect(decided([base, closed], '/orders/a', inGroup('staff'))).toEqual([false, 'not-in-rule', 'closed']);
  });

  test('an escape that is none is not read', () => {
    expect(decided([base], '/orders/%E0%A4x', inGroup('staff'))).toEqual([false, 'no-item', undefined]);
  });

  test.each([
    [{ role: 'clerk' }, true],
    [{ role: ['guest', 'clerk'] }, true],
    [{ role: 'clerks' }, false],
    [{ role: { clerk: true } }, false],
    [{ roles: 'clerk' }, false],
    [Object.create({ role: 'clerk' }), false],
  ])('claims %j are of the rule: %s', (claims, isAllowed) => {
    const by = [rule({ claims: [{ name: 'role', values: ['clerk'] }] })];
    expect(decide('', [route({})], by, get('/'), { groupIds: new Set(), claims }).isAllowed).toBe(isAllowed);
  });

  test('a claim within a claim is named below a dot; one of the whole name comes first', () => {
    const by = [rule({ claims: [{ name: 'realm.roles', values: ['a'] }] })];
    const is = (claims: Record<string, unknown>) =>
      decide('', [route({})], by, get('/'), { groupIds: new Set(), claims }).isAllowed;
    expect(is({ realm: { roles: ['a'] } })).toBe(true);
    expect(is({ 'realm.roles': 'b', realm: { roles: ['a'] } })).toBe(false);
    expect(is({ realm: null })).toBe(false);
  });
});

test('a letter reads as its capital does', () => {
  for (let code = 0x21; code < 0x250; code++) {
    const letter = String.fromCharCode(code);
    expect(foldedPath(`/${letter.toUpperCase()}`), letter).toBe(foldedPath(`/${letter}`));
    expect(looksOf(`a${letter.toUpperCase()}`), letter).toEqual(looksOf(`a${letter}`));
  }
});

import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Route } from './configuration.ts';
import { requestHeaders, viaOf } from './headers.ts';
import { Refusal } from './refusal.ts';

const route = { requestHeaders: { set: [{ name: 'x-tenant', value: 'a' }], remove: ['x-secret'] } } as unknown as Route;
const sent = (...rawHeaders: string[]) =>
  requestHeaders({ rawHeaders, headers: {} } as unknown as IncomingMessage, route, [], { 'x-token': 't' });

const forged = ['X-Tenant', 'x_tenant', 'x.tenant', 'X-Secret', 'x_secret', 'X_Token', 'x!token', 'Client-Cert'];
const overrides = ['X-HTTP-Method-Override', 'x_method_override', 'X.Bailiwick.Subject', 'x~remote~user'];
const ofOthers = [
  'Proxy',
  'X-Forwarded',
  'Remote-Groups',
  'Remote-Email',
  'remote_name',
  'X-Script-Name',
  'SCRIPT_NAME',
];
test.each([...forged, ...overrides, ...ofOthers])('%s of who asks does not go on, in whatever spelling', (name) => {
  expect(sent(name, 'b', 'x-other', 'c')).toEqual(['x-other', 'c', 'x-tenant', 'a', 'x-token', 't']);
});

describe('Via', () => {
  const [self, ...others] = [1, 2, 3].map((digit) => `${digit}0000000-0000-4000-8000-00000000000${digit}`) as [
    string,
    ...string[],
  ];
  const nameOf = (id: string) => `bailiwick-${id}`;
  const gateways = [self, ...others].map(nameOf);

  /** As it goes on, or the problem's code. */
  const read = (via: string) => {
    try {
      return viaOf({ headers: { via } }, self);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      expect(error.status).toBe(508);
      return error.code;
    }
  };
  const expected = (came: string[]) =>
    came.includes(nameOf(self)) || came.length >= 20
      ? 'loop'
      : [...came, nameOf(self)].map((name) => `1.1 ${name}`).join(', ');

  const anyGateway = fc.constantFrom(...gateways);
  const nearly = anyGateway.chain((name) =>
    fc.constantFrom(
      `x-${name}`,
      `${name}-x`,
      `${name}0`,
      `${name}:80`,
      name.toUpperCase(),
      name.slice(0, -1),
      `"${name}"`,
    ),
  );
  const space = fc.string({ unit: fc.constantFrom(' ', '\t'), minLength: 1, maxLength: 3 });
  const maybeSpace = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 2 });
  const latin = fc.string({ unit: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)) });
  const { comment } = fc.letrec<{ comment: string; inside: string }>((tie) => ({
    comment: fc.array(tie('inside'), { maxLength: 4 }).map((parts) => `(${parts.join('')})`),
    inside: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(', ', ' ', ',', '\\(', '\\)', '\\\\', '\\,', ...gateways.map((name) => `, 1.1 ${name}, `)),
      latin,
      tie('comment'),
    ),
  }));
  const protocol = fc.constantFrom('1.0', '1.1', '2', 'HTTP/1.1', 'h2c/2', ...gateways);
  /** A step, and the gateway that it names. */
  const step = fc
    .tuple(
      maybeSpace,
      protocol,
      space,
      fc.oneof(
        anyGateway.map((name) => ({ by: name, came: [name] })),
        fc
          .oneof(
            nearly,
            latin.map((text) => `a${text}`),
            fc.constant('a-proxy.example:8080'),
          )
          .map((by) => ({ by, came: [] })),
      ),
      fc.option(fc.tuple(maybeSpace, comment, maybeSpace), { nil: [] }),
    )
    .map(([before, spoken, between, { by, came }, behind]) => ({
      text: before + spoken + between + by + behind.join(''),
      came: came as string[],
    }));
  const nothing = fc
    .constantFrom('', ' ', '\t', '1.1', '(a, b)', gateways[0] as string)
    .map((text) => ({ text, came: [] }));

  test('names as many gateways as it says that received it, whatever comments, spaces and other names it has', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: step }, nothing), { maxLength: 30 }), (steps) => {
        const came = steps.flatMap((each) => each.came);
        // Node joins several headers by the same sign.
        expect(read(steps.map(({ text }) => text).join(','))).toBe(expected(came));
      }),
      { numRuns: 2_000 },
    );
  });

  test('of any text it names nothing but gateways that stand in it', () => {
    const piece = fc.oneof(
      fc.constantFrom('(', ')', '\\', ',', ' ', '\t', '"', '1.1 ', ...gateways),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const via = pieces.join('');
        const sent = read(via);
        if (sent === 'loop') expect(gateways.some((name) => via.includes(name))).toBe(true);
        else
          for (const name of sent
            .split(', ')
            .slice(0, -1)
            .map((each) => each.slice('1.1 '.length)))
            expect(via).toContain(name);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['(', ')', '\\', '(\\', ',', ' ', '1.1 a,', '(a)', '1.1 a (', `1.1 ${nameOf(others[0] as string)}-,`])(
    'a very long one of %s ends',
    (text) => {
      const long = text.repeat(Math.ceil(1_000_000 / text.length));
      expect(read(long)).toBe(expected([]));
      // A comment that never ends hides nobody.
      expect(read(`1.1 ${nameOf(self)}, 1.1 a ${long}`)).toBe('loop');
    },
  );
});

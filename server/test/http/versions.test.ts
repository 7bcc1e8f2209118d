import { beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../src/kernel/operation.ts';
import { operations } from '../../src/node.ts';
import { aName, aPlatform, aTenant, type Client, type TestPlatform } from '../harness.ts';
import { bodies, type Placeholders } from '../isolation/bodies.ts';
import { callers, pathOf, populate } from './objects.ts';

/** From the contract: every edit without and with a stale version (P36), every creation repeated by its key (P35). */

let platform: TestPlatform;
let ids: Placeholders;
let callerOf: (operation: Operation) => Client;

beforeAll(async () => {
  platform = await aPlatform({
    regions: ['au'],
    env: {
      BAILIWICK_REQUESTS_PER_SECOND: '1000000',
      BAILIWICK_POOL_SIZE: '5',
      BAILIWICK_BILLING: 'on',
      BAILIWICK_TRUST_PROXY: '127.0.0.1',
      BAILIWICK_CLIENT_CERTIFICATES: 'forwarded',
    },
  });
  const tenant = await aTenant(platform, 'au');
  const profile = bodies['billing-profile.change']?.({} as Placeholders);
  expect((await tenant.client.put('/billing-profile', profile?.body, '*')).status).toBe(200);
  ids = await populate(tenant);
  callerOf = await callers(platform, tenant, ids);
});

const ours = operations.filter(({ access }) => access.kind !== 'provisioning');
const named = (each: Operation) => [each.id, each] as const;
const bodyOf = ({ id }: Operation) => bodies[id]?.(ids).body;
const send = (operation: Operation, body: unknown, headers: Record<string, string>) =>
  callerOf(operation).call(operation.method, pathOf(operation, ids) + (bodies[operation.id]?.(ids).query ?? ''), {
    ...(body === undefined ? {} : { body }),
    headers,
  });

const edits = ours.filter(
  ({ method, withoutVersion }) => ['PATCH', 'PUT', 'DELETE'].includes(method) && !withoutVersion,
);

/** What needs more than populate() makes. */
const unreached: string[] = [];

describe('an edit', () => {
  test.each(edits.map(named))('%s asks for the version, and takes no stale one', async (_id, operation) => {
    const without = await send(operation, bodyOf(operation), {});
    if ([404, 410].includes(without.status)) {
      unreached.push(operation.id);
      return;
    }
    expect(without, without.text).toMatchObject({
      status: 428,
      body: { type: 'urn:bailiwick:problem:if-match-required', detail: expect.stringContaining('If-Match') },
    });
    for (const tag of ['"999999"', 'W/"999999"', 'garbage', '']) {
      const stale = await send(operation, bodyOf(operation), { 'if-match': tag });
      expect(stale.status, `${tag}: ${stale.text}`).toBe(412);
      expect(stale.body.type).toBe('urn:bailiwick:problem:version-changed');
      // The other version, to whoever may read it.
      expect(stale.body.current, stale.text).toBeTypeOf('object');
      expect(stale.etag).toMatch(/^"\d+"$/);
      if ('version' in stale.body.current) expect(stale.etag).toBe(`"${stale.body.current.version}"`);
    }
  });
});

describe('what needs no version and holds one that is sent', () => {
  test.each(ours.filter(({ honoursVersion }) => honoursVersion).map(named))(
    '%s: not done where it changed',
    async (_id, operation) => {
      const stale = await send(operation, bodyOf(operation), { 'if-match': '"999999"' });
      expect(stale.status, stale.text).toBe(412);
      expect(stale.body).toMatchObject({ type: 'urn:bailiwick:problem:version-changed', current: expect.any(Object) });
      const now = await send(operation, bodyOf(operation), { 'if-match': stale.etag as string });
      expect([200, 204], now.text).toContain(now.status);
    },
  );
});

const creations = ours.filter(({ creates }) => creates);
/** Of what leaves once nothing is kept that could be shown again. */
const leavesOnce = new Set(['agent-certificates.generate']);

/** The body with another name, address or whatever tells two of its kind apart. */
function another(body: object = {}): object | undefined {
  for (const field of ['name', 'description', 'email', 'firstName', 'expiresAt'])
    if (typeof (body as Record<string, unknown>)[field] === 'string')
      return { ...body, [field]: field === 'email' ? `${aName()}@people.example` : aName() };
  return undefined;
}

describe('a creation', () => {
  test.each(creations.map(named))('%s: one object for a key, 422 for another body', async (_id, operation) => {
    const body = bodyOf(operation) as object | undefined;
    const key = { 'idempotency-key': aName('key') };
    const first = await send(operation, body, key);
    if (first.status >= 400 && first.status < 500) {
      unreached.push(operation.id);
      return;
    }
    const again = await send(operation, body, key);
    if (leavesOnce.has(operation.id)) {
      expect([first.status, again.status], again.text).toEqual([200, 410]);
    } else {
      expect([201, 202], first.text).toContain(first.status);
      expect(again.status, again.text).toBe(first.status);
      expect(again.body.id).toBe(first.body.id);
    }
    const other = another(body);
    if (!other) return;
    const refused = await send(operation, other, key);
    expect(refused.status, refused.text).toBe(422);
    expect(refused.body).toMatchObject({
      type: expect.any(String),
      detail: expect.stringContaining('Idempotency-Key'),
    });
  });

  test.each(creations.map(named))('%s: what is no key is refused by name', async (_id, operation) => {
    for (const key of [' ', 'a b', 'x'.repeat(300), 'a, b']) {
      const reply = await send(operation, bodyOf(operation), { 'idempotency-key': key });
      expect(reply.status, `${key}: ${reply.text}`).toBe(400);
      expect(reply.body.errors[0].path).toMatch(/idempotency-key/i);
    }
  });
});

test('nearly everything was reached', () => {
  expect(unreached.length * 5, unreached.join()).toBeLessThan(edits.length + creations.length);
});

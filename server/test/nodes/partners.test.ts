import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { newId } from '../../src/kernel/ids.ts';
import { unavailable } from '../../src/kernel/problem.ts';
import { askFor, askRegion, message } from '../../src/kernel/region-messages.ts';
import type { RunningNode } from '../../src/node.ts';
import {
  aPlatform,
  aTenant,
  type Client,
  clientOf,
  seenFrom,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../harness.ts';
import { aLink } from './link.ts';

/**
 * Partner access where partner and customer live in different regions, served by nodes that serve one region each and
 * reach each other over links that can be cut. No node serves both.
 */

const password = 'seven quiet herons walk home';
const soon = { timeout: 20_000, interval: 100 };
const problem = (code: string) => ({ body: { type: `urn:bailiwick:problem:${code}` } });

let links: Record<'au' | 'eu', Awaited<ReturnType<typeof aLink>>>;
let nodes: Record<'au' | 'eu' | 'euOther', RunningNode>;
let whole: TestPlatform;
let au: TestPlatform;
let eu: TestPlatform;
let partner: TestTenant;
let customer: TestTenant;

beforeAll(async () => {
  links = { au: await aLink(), eu: await aLink() };
  const env = { BAILIWICK_BASE_URL_AU: links.au.url, BAILIWICK_BASE_URL_EU: links.eu.url, BAILIWICK_POOL_SIZE: '4' };
  whole = await aPlatform({ regions: ['au', 'eu'], nodes: 0, env });
  nodes = {
    au: await whole.startAnother(['au']),
    eu: await whole.startAnother(['eu']),
    euOther: await whole.startAnother(['eu']),
  };
  links.au.leadsTo(nodes.au);
  links.eu.leadsTo(nodes.eu);
  au = seenFrom(whole, nodes.au);
  eu = seenFrom(whole, nodes.eu);
  partner = await aPartner(au, 'au');
  customer = await aTenant(eu, 'eu');
});

async function aPartner(at: TestPlatform, region: 'au' | 'eu') {
  const tenant = await aTenant(at, region);
  const path = `/v1/operator/tenants/${tenant.id}`;
  expect((await at.operator.patch(path, { type: 'partner', supportId: null }, '*')).status).toBe(200);
  return tenant;
}

async function aPerson(groupId?: string) {
  const account = await partner.given.person(password);
  if (groupId)
    expect((await partner.client.post(`/groups/${groupId}/members`, { accountIds: [account.id] })).status).toBe(200);
  return { account, session: au.session(await signIn(au, account.email, password, partner.id)) };
}

async function aRequest(of = customer, more: object = {}) {
  const group = await partner.given.group();
  const asked = await partner.client.post('/delegations', {
    customerTenantId: of.id,
    groupId: group.id,
    permissions: ['groups.view', 'tenant.view'],
    days: 30,
    purpose: 'Run it for them',
    ...more,
  });
  expect(asked, asked.text).toMatchObject({ status: 201, body: { state: 'requested', side: 'partner' } });
  const id = asked.body.id as string;
  await vi.waitFor(async () => expect((await of.client.get(`/delegations/${id}`)).status).toBe(200), soon);
  return { id, groupId: group.id as string };
}

/** A delegation of which both sides know. */
async function aDelegation(of = customer, more: object = {}, approval: object = {}) {
  const { id, groupId } = await aRequest(of, more);
  const approved = await of.client.post(`/delegations/${id}/approve`, approval);
  expect(approved, approved.text).toMatchObject({ status: 200, body: { state: 'active' } });
  await vi.waitFor(
    async () => expect((await partner.client.get(`/delegations/${id}`)).body.state).toBe('active'),
    soon,
  );
  return { id, groupId, approved: approved.body, ...(await aPerson(groupId)) };
}

/** The session in the other region, at each of its nodes. */
async function entered(session: Client, of = customer) {
  const entrance = await session.post('/v1/me/visits/enter', { tenantId: of.id });
  expect(entrance, entrance.text).toMatchObject({ status: 200 });
  const assertion = entrance.body.url.split('#')[1];
  const reply = await eu.anyone.post('/v1/guest-sessions', { assertion });
  if (reply.status !== 201) return { reply, there: eu.anyone, atOther: eu.anyone };
  const cookie = reply.headers.get('set-cookie')?.split(';')[0] as string;
  return { reply, there: eu.session(cookie), atOther: seenFrom(whole, nodes.euOther).session(cookie) };
}

const groups = () => `${customer.path}/groups`;
const entries = async (tenant: TestTenant, action: string) =>
  (await tenant.client.get(`/audit-entries?action=${action}&limit=200`)).body.items;
const idsOf = async (session: Client, path: string) =>
  (await session.get(path)).body.items.map(({ id }: { id: string }) => id);

describe('a partner in another region', () => {
  test('T, P26: asks, is let in as far as the customer approves, acts, and both audits have it one to one', async () => {
    const { id, groupId } = await aRequest(customer, {
      permissions: ['tenant.view', 'tenant.change', 'accounts.view'],
    });
    const { account, session } = await aPerson(groupId);
    expect((await session.post('/v1/me/visits/enter', { tenantId: customer.id })).status).toBe(404);
    // The customer sees what the partner says, asked there and kept nowhere.
    expect((await customer.client.get(`/delegations/${id}`)).body).toMatchObject({
      otherTenantName: `${partner.name} display`,
      purpose: 'Run it for them',
      askedPermissions: ['tenant.view', 'tenant.change', 'accounts.view'],
    });
    const [kept] = await whole.sql('eu', 'select * from delegations where tenant_id = $1 and id = $2', [
      customer.id,
      id,
    ]);
    expect(kept).toMatchObject({ purpose: null, asked_namespaces: null, requested_by: null, other_region: 'au' });
    const approval = { permissions: ['tenant.view', 'tenant.change'] };
    expect((await customer.client.post(`/delegations/${id}/approve`, approval)).body.state).toBe('active');
    await vi.waitFor(async () => expect(await idsOf(session, '/v1/tenants')).toContain(customer.id), soon);

    const { there, atOther, reply } = await entered(session);
    expect(reply, reply.text).toMatchObject({ status: 201, body: { tenantId: customer.id } });
    expect((await there.get(customer.path)).status).toBe(200);
    expect((await atOther.get(`${customer.path}/accounts`)).status).toBe(403);
    expect((await there.get('/v1/me')).body).toMatchObject({
      kind: 'guest',
      isOwner: false,
      grants: ['tenant.change', 'tenant.view'],
    });
    const stored = await whole.sql('eu', 'select * from guests where home_account_id = $1', [account.id]);
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain(account.displayName);

    const read = await there.get(customer.path);
    const changed = await there.patch(customer.path, { legalName: 'Only the customer knows' }, read.etag as string);
    expect(changed, changed.text).toMatchObject({ status: 200 });
    const [entry] = await entries(customer, 'tenants.change');
    expect(entry).toMatchObject({ actor: { kind: 'guest' }, onBehalfOf: id });
    await vi.waitFor(async () => {
      const twins = await entries(partner, 'delegations.act');
      expect(twins).toHaveLength(1);
      expect(twins[0]).toMatchObject({
        actor: { kind: 'account', id: account.id },
        target: { kind: 'tenant', id: customer.id },
        details: { action: 'tenants.change', entryId: entry.id },
      });
      expect(JSON.stringify(twins)).not.toContain('Only the customer knows');
      for (const side of [customer, partner])
        expect((await side.client.get(`/delegations/${id}/acts`)).body).toMatchObject({
          acts: 1,
          outstanding: 0,
          missingHere: 0,
          missingThere: 0,
          agrees: true,
        });
    }, soon);
  });

  const atHome: [string, (made: Awaited<ReturnType<typeof aDelegation>>) => Promise<{ status: number }>][] = [
    ['the partner ends it', ({ id }) => partner.client.post(`/delegations/${id}/end`)],
    ['out of the group', ({ groupId, account }) => partner.client.delete(`/groups/${groupId}/members/${account.id}`)],
    ['the group disabled', ({ groupId }) => partner.client.post(`/groups/${groupId}/disable`)],
    ['disabled', ({ account }) => partner.client.post(`/accounts/${account.id}/disable`)],
    ['signed out', ({ session }) => session.call('DELETE', '/v1/sessions/current')],
  ];
  const there: [string, (made: Awaited<ReturnType<typeof aDelegation>>) => Promise<{ status: number }>][] = [
    ['the customer ends it', ({ id }) => customer.client.post(`/delegations/${id}/end`)],
    ['the group disabled there', ({ approved }) => customer.client.post(`/groups/${approved.groupId}/disable`)],
    ['the one switch', () => customer.client.post('/partner-access/stop')],
  ];
  test.each([...atHome, ...there])(
    'Z4, S11: %s, and the next request is refused on every node there',
    async (way, end) => {
      const made = await aDelegation();
      const { there: one, atOther } = await entered(made.session);
      for (const client of [one, atOther]) expect((await client.get(groups())).status).toBe(200);
      const ended = await end(made);
      expect(ended.status, JSON.stringify(ended)).toBeLessThan(300);
      for (const client of [one, atOther])
        expect((await client.get(groups())).status).toBe(way === 'the group disabled there' ? 403 : 401);
      await customer.client.post('/partner-access/resume');
    },
  );

  test.each(['refused', 'silent'] as const)(
    'S11: with the regions cut off from each other (%s), an answer means that nothing holds any more',
    async (how) => {
      const { session, groupId, account } = await aDelegation();
      const { there: one, atOther } = await entered(session);
      for (const client of [one, atOther]) expect((await client.get(groups())).status).toBe(200);
      links.eu.cut(how);
      links.au.cut(how);
      try {
        let isAnswered = false;
        const ending = partner.client.delete(`/groups/${groupId}/members/${account.id}`).then((reply) => {
          isAnswered = true;
          return reply;
        });
        let held = 0;
        while (!isAnswered) {
          const reply = await one.get(groups());
          if (reply.status === 200) held++;
          else expect([401, 503]).toContain(reply.status);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        expect((await ending).status).toBeLessThan(300);
        expect(held).toBeGreaterThan(0);
        for (const client of [one, atOther]) expect([401, 503]).toContain((await client.get(groups())).status);
      } finally {
        links.eu.mend();
        links.au.mend();
      }
      for (const client of [one, atOther]) expect((await client.get(groups())).status).toBe(401);
    },
  );

  test('a membership that ends by itself ends the right with its last second', async () => {
    const made = await aDelegation();
    const { there: one } = await entered(made.session);
    expect((await one.get(groups())).status).toBe(200);
    await whole.sql('au', `update memberships set ends_at = now() where principal_id = $1`, [made.account.id]);
    // Of what home said before, at most ten seconds are left; what it says from now on is no.
    await vi.waitFor(async () => expect((await one.get(groups())).status).toBe(401), soon);
  });

  test('each use approved: enters when the customer approved, and is out when it ends that', async () => {
    const { id, session } = await aDelegation(customer, {}, { needsActivation: true });
    expect((await entered(session)).reply).toMatchObject({ status: 403, ...problem('activation-needed') });
    const asked = await session.post(`${partner.path}/delegations/${id}/activate`, { reason: 'Ticket 7', hours: 2 });
    expect(asked, asked.text).toMatchObject({ status: 201 });
    const waiting = `/delegations/${id}/activations`;
    expect((await customer.client.get(waiting)).body.items).toMatchObject([{ state: 'requested', reason: 'Ticket 7' }]);
    const one = `${waiting}/${asked.body.id}`;
    const approved = (await customer.client.post(`${one}/approve`)).body;
    expect(approved.state).toBe('active');
    const { there: inside, atOther } = await entered(session);
    for (const client of [inside, atOther]) expect((await client.get(groups())).status).toBe(200);
    expect((await customer.client.post(`${one}/refuse`)).body.state).toBe('ended');
    for (const client of [inside, atOther])
      expect(await client.get(groups())).toMatchObject({ status: 403, ...problem('activation-needed') });
    // A word that was long on the way changes nothing any more.
    const { reason: _stays, ...activation } = approved;
    const late = { of: customer.id, to: partner.id, requestId: 'late', activation };
    await askRegion(nodes.eu.platform, 'eu', 'au', 'activation', late);
    expect((await partner.client.get(waiting)).body.items).toMatchObject([{ state: 'ended' }]);
    await customer.client.post('/partner-access/stop');
    for (const client of [inside, atOther]) expect((await client.get(groups())).status).toBe(401);
    expect((await entered(session)).reply.status).toBe(410);
    await customer.client.post('/partner-access/resume');
  });

  test('whoever the customer approved enters as soon as its answer is there', async () => {
    const { id, groupId } = await aRequest();
    const { session } = await aPerson(groupId);
    expect((await session.post('/v1/me/visits/enter', { tenantId: customer.id })).status).toBe(404);
    expect((await customer.client.post(`/delegations/${id}/approve`, {})).status).toBe(200);
    const { there: inside, reply } = await entered(session);
    expect(reply.status).toBe(201);
    expect((await inside.get(groups())).status).toBe(200);
    expect((await customer.client.post(`/delegations/${id}/end`)).status).toBe(200);
    expect((await partner.client.get(`/delegations/${id}`)).body.state).toBe('ended');
  });

  test('while the partner cannot be reached the customer decides all the same, and the partner hears of it later', async () => {
    const { id, groupId } = await aRequest();
    const { session } = await aPerson(groupId);
    const namespaceIds: string[] = [];
    links.au.cut('refused');
    try {
      expect((await customer.client.post(`/delegations/${id}/approve`, { namespaceIds })).status).toBe(200);
      expect((await session.post('/v1/me/visits/enter', { tenantId: customer.id })).status).toBe(404);
      // Even when its 90 days were over before the partner heard.
      await whole.sql('au', 'update delegations set request_ends_at = now() where id = $1', [id]);
      expect((await partner.client.get(`/delegations/${id}`)).body.state).toBe('expired');
    } finally {
      links.au.mend();
    }
    await whole.sql('eu', `update due_jobs set due_at = now() where kind = 'delegations.tell'`);
    await vi.waitFor(async () => expect((await entered(session)).reply.status).toBe(201), soon);
  });

  test('while the partner is silent an approval, of a use too, waits for one question that has no answer, no more', async () => {
    const { id } = await aRequest();
    const used = await aDelegation(customer, {}, { needsActivation: true });
    const activate = `${partner.path}/delegations/${used.id}/activate`;
    const asked = await used.session.post(activate, { reason: 'Ticket 8', hours: 1 });
    expect(asked.status, asked.text).toBe(201);
    for (const [path, body] of [
      [`/delegations/${id}/approve`, { namespaceIds: [] }],
      [`/delegations/${used.id}/activations/${asked.body.id}/approve`, {}],
      [`/delegations/${used.id}/end`, {}],
    ] as const) {
      links.au.cut('silent');
      try {
        expect((await customer.client.post(path, body)).status).toBe(200);
        // What is told is told by jobs too, for which nobody waits.
        const questions = links.au.swallowed.filter((kind) => /people|-words$|-members$|-above$/.test(kind));
        expect(questions, questions.join()).toHaveLength(1);
      } finally {
        links.au.mend();
      }
    }
  });

  test('P26: while the partner gives no answer nobody who has customers lets it in first: that may close a circle', async () => {
    const between = await aPartner(eu, 'eu');
    const { id, groupId } = await aRequest(between);
    const approve = (id: string) => between.client.post(`/delegations/${id}/approve`, { namespaceIds: [] });
    const standing = (await between.given.group()).id;
    const asking = { groupId: standing, permissions: ['groups.view'], days: 30, purpose: 'Run it for them' };
    const below = await aTenant(au, 'au');
    const made = await between.client.post('/delegations', { customerTenantId: below.id, ...asking });
    expect(made.status, made.text).toBe(201);
    for (const how of ['refused', 'silent'] as const) {
      links.au.cut(how);
      try {
        expect(await approve(id)).toMatchObject({ status: 503, ...problem('unavailable') });
      } finally {
        links.au.mend();
      }
    }
    expect((await between.client.get(`/delegations/${id}`)).body.state).toBe('requested');
    expect((await approve(id)).body.state).toBe('active');
    // Who is let in already closes no circle by one more.
    const renewal = await aRequest(between, { groupId, renews: id });
    links.au.cut('refused');
    try {
      expect((await approve(renewal.id)).body.state).toBe('active');
    } finally {
      links.au.mend();
    }
    // Beyond as many as are asked it cannot be told; who is not related is told nothing.
    const isAbove = (sought: string, most: number, of = below.id) =>
      askRegion(nodes.au.platform, 'au', 'eu', 'delegation-above', { of, to: between.id, sought, most });
    expect(await isAbove(partner.id, 0)).toBe(true);
    expect(await isAbove(newId(), 1)).toBe(false);
    expect(await isAbove(newId(), 0)).toBeNull();
    links.au.cut('refused'); // the partner of the one that answers
    await expect(isAbove(newId(), 1)).rejects.toMatchObject({ status: 503 });
    links.au.mend();
    const stranger = await aTenant(au, 'au');
    expect(await isAbove(partner.id, 0, stranger.id)).toBe(false);
  });

  test('P26: who has not heard that a partner ended its access does not let it in again past whom it let in meanwhile', async () => {
    const [low, middle, high] = [await aPartner(eu, 'eu'), await aPartner(au, 'au'), await aPartner(au, 'au')];
    const asks = async (by: TestTenant, of: TestTenant) => {
      const { id: groupId } = await by.given.group();
      const more = { groupId, permissions: ['groups.view'], days: 30, purpose: 'Run it for them' };
      const { body } = await by.client.post('/delegations', { customerTenantId: of.id, ...more });
      expect(body).toMatchObject({ state: 'requested' });
      await vi.waitFor(async () => expect((await of.client.get(`/delegations/${body.id}`)).status).toBe(200), soon);
      return body.id as string;
    };
    const approve = (of: TestTenant, id: string) => of.client.post(`/delegations/${id}/approve`, {});
    // The middle has access to the low one, and the low one to the high one.
    const first = await asks(middle, low);
    expect(await approve(low, first)).toMatchObject({ status: 200 });
    expect(await approve(high, await asks(low, high))).toMatchObject({ status: 200 });
    const closing = await asks(high, middle);
    expect(await approve(middle, closing)).toMatchObject({ status: 409, ...problem('delegation-cycle') });
    links.eu.cut('refused');
    try {
      expect((await middle.client.post(`/delegations/${first}/end`)).status).toBe(200);
      expect(await approve(middle, closing)).toMatchObject({ status: 200 });
      await whole.sql('au', `update due_jobs set due_at = now() + interval '1 hour' where kind = 'delegations.tell'`);
    } finally {
      links.eu.mend();
    }
    const again = await asks(middle, low);
    expect((await low.client.get(`/delegations/${first}`)).body.state).toBe('active');
    expect(await approve(low, again)).toMatchObject({ status: 409, ...problem('delegation-cycle') });
  });

  test('one session there opens every customer of that region that lets the person in, and no other; none is told of (P4)', async () => {
    const second = await aTenant(eu, 'eu');
    const stranger = await aTenant(eu, 'eu');
    const made = await aDelegation();
    const further = await aDelegation(second);
    await partner.client.post(`/groups/${further.groupId}/members`, { accountIds: [made.account.id] });
    const { there: one, atOther } = await entered(made.session);
    for (const client of [one, atOther]) {
      expect((await client.get(`${second.path}/groups`)).status).toBe(200);
      const answers = [stranger.id, newId()].map((id) => client.get(`/v1/tenants/${id}/groups`));
      const [unrelated, nowhere] = (await Promise.all(answers)).map(({ status, body: { requestId, ...body } }) => ({
        status,
        body,
      }));
      expect(unrelated).toEqual(nowhere);
      expect(unrelated?.status).toBe(404);
    }
    await vi.waitFor(
      async () => expect((await idsOf(one, '/v1/tenants')).sort()).toEqual([customer.id, second.id].sort()),
      soon,
    );
    // Out of the one group, the other customer stays open.
    await partner.client.delete(`/groups/${further.groupId}/members/${made.account.id}`);
    for (const client of [one, atOther]) {
      expect((await client.get(`${second.path}/groups`)).status).toBe(401);
      expect((await client.get(groups())).status).toBe(200);
    }
  });

  test('what was done while the partner cannot be reached is told when it can', async () => {
    const { session, id } = await aDelegation(customer, { permissions: ['tenant.view', 'tenant.change'] });
    const { there: one } = await entered(session);
    const read = await one.get(customer.path);
    links.au.cut('refused');
    try {
      const changed = await one.patch(customer.path, { legalName: 'Changed meanwhile' }, read.etag as string);
      expect(changed.status).toBe(200);
      expect((await customer.client.get(`/delegations/${id}/acts`)).body).toMatchObject({
        acts: 1,
        outstanding: 1,
        agrees: null,
      });
    } finally {
      links.au.mend();
    }
    await whole.sql('eu', `update due_jobs set due_at = now() where kind = 'delegations.tell-acts'`);
    await vi.waitFor(
      async () =>
        expect((await customer.client.get(`/delegations/${id}/acts`)).body).toMatchObject({
          outstanding: 0,
          agrees: true,
        }),
      soon,
    );
  });
});

describe('names', () => {
  const namesAt = async (accountIds: string[], visitedTenantId = customer.id) =>
    (
      await askRegion<{ accountId: string; displayName: string }[]>(nodes.eu.platform, 'eu', 'au', 'people', {
        homeTenantId: partner.id,
        visitedTenantId,
        accountIds,
      })
    ).map(({ accountId }) => accountId);

  test('P33: home names those whom it lets visit now, to the tenant that they visit, and nobody after the end', async () => {
    const { id, account } = await aDelegation();
    const stranger = await aPerson();
    const other = await aTenant(eu, 'eu');
    const asked = [account.id, stranger.account.id];
    expect(await namesAt(asked)).toEqual([account.id]);
    expect(await namesAt(asked, other.id)).toEqual([]);
    expect(await namesAt(asked, newId())).toEqual([]);
    await customer.client.post(`/delegations/${id}/end`);
    await vi.waitFor(
      async () => expect((await partner.client.get(`/delegations/${id}`)).body.state).toBe('ended'),
      soon,
    );
    expect(await namesAt(asked)).toEqual([]);
    const told = await customer.client.get(`/delegations/${id}`);
    expect(told.body).toMatchObject({ state: 'ended', purpose: 'Run it for them' });
  });
});

describe('messages of regions about partners', () => {
  const say = (kind: string, body: object) => askRegion(nodes.au.platform, 'au', 'eu', kind, body);

  test('one that fails leaves the region to be asked again by the same request, also where one node serves both', async () => {
    const answers = (platform: RunningNode['platform']) =>
      platform.answers
        .set(
          'fails',
          message(z.object({}), () => Promise.reject(unavailable('It is being changed.'))),
        )
        .set(
          'echoes',
          message(z.object({}), async () => 'here'),
        );
    const both = await whole.startAnother(['au', 'eu']);
    for (const [asking, answering] of [
      [nodes.au.platform, nodes.eu.platform],
      [both.platform, both.platform],
    ] as const) {
      answers(answering);
      const region = asking.regions.get('au');
      if (!region) throw new Error('The region is not served.');
      const ctx = { platform: asking, place: { region }, request: {} } as Parameters<typeof askFor>[0];
      await expect(askFor(ctx, 'eu', 'fails', {})).rejects.toMatchObject({ status: 503 });
      expect(await askFor(ctx, 'eu', 'echoes', {})).toBe('here');
    }
  });

  test('P7: a region speaks of its own tenants only, and in the shape of the kind', async () => {
    const { id } = await aRequest();
    const asked = { of: customer.id, to: customer.id, ids: [id] };
    await expect(say('delegation-words', asked)).rejects.toMatchObject({ status: 403, code: 'not-your-tenant' });
    await expect(say('delegation-words', { ...asked, of: newId() })).rejects.toMatchObject({ status: 403 });
    await expect(say('delegation', { of: partner.id, to: customer.id, row: {} })).rejects.toMatchObject({
      status: 400,
    });
    const called = { homeTenantId: customer.id, shownTo: [], region: 'eu', q: 'a' };
    await expect(say('shown-called', called)).rejects.toMatchObject({ status: 403, code: 'not-your-tenant' });
    const above = { of: customer.id, to: customer.id, sought: customer.id, most: 1 };
    await expect(say('delegation-above', above)).rejects.toMatchObject({ status: 403, code: 'not-your-tenant' });
    // Who has access to a tenant is told to nobody whom that one has no access to, not even of itself.
    await aDelegation();
    expect(await say('delegation-above', { ...above, of: partner.id, sought: partner.id })).toBeFalsy();
    await expect(say('lease', { homeTenantId: 'none' })).rejects.toMatchObject({ status: 400 });
    await expect(say('nothing', {})).rejects.toMatchObject({ status: 403, code: 'unknown-message' });
  });

  /** A request as the partner's region tells it. */
  async function aTold() {
    const { id } = await aRequest();
    const [told] = await whole.sql('au', 'select * from delegations where id = $1', [id]);
    return {
      id: newId(),
      side: 'partner',
      partnerGroupId: told.partner_group_id,
      relation: 'partner',
      askedDays: 30,
      permissions: null,
      needsActivation: false,
      renews: null,
      state: 'requested',
      createdAt: told.created_at,
      requestEndsAt: told.request_ends_at,
      decidedAt: null,
      endsAt: null,
      endedBy: null,
    };
  }

  test('P7: no region lengthens what it tells: days, hours, and how long a request waits', async () => {
    const of = { of: partner.id, to: customer.id, requestId: 'none' };
    const row = { ...(await aTold()), askedPermissions: ['groups.view'] };
    for (const askedDays of [731, 100_000, 0, -1])
      await expect(say('delegation', { ...of, row: { ...row, askedDays } })).rejects.toMatchObject({ status: 400 });
    expect((await customer.client.get(`/delegations/${row.id}`)).status).toBe(404);
    const requestEndsAt = new Date('2200-01-01');
    await say('delegation', { ...of, row: { ...row, askedDays: 730, requestEndsAt } });
    const { body } = await customer.client.get(`/delegations/${row.id}`);
    expect(body).toMatchObject({ state: 'requested', askedDays: 730 });
    expect(Date.parse(body.requestEndsAt)).toBeLessThanOrEqual(Date.now() + 91 * 86_400_000);

    const { id, account } = await aDelegation(customer, {}, { needsActivation: true });
    const activation = {
      id: newId(),
      delegationId: id,
      homeAccountId: account.id,
      state: 'requested',
      askedAt: new Date(),
      decidedAt: null,
      endsAt: null,
    };
    for (const hours of [9, 10_000, 0, -1])
      await expect(say('activation', { ...of, activation: { ...activation, hours } })).rejects.toMatchObject({
        status: 400,
      });
    const list = `/delegations/${id}/activations`;
    expect((await customer.client.get(list)).body.items).toEqual([]);
    await say('activation', { ...of, activation: { ...activation, hours: 8 } });
    expect((await customer.client.get(list)).body.items).toMatchObject([{ id: activation.id, hours: 8 }]);
  });

  test('P26: what no partner is let do is not even received', async () => {
    const of = { of: partner.id, to: customer.id, requestId: 'none' };
    const row = await aTold();
    for (const askedPermissions of [['groups.change'], ['groups.*'], ['*'], ['groups.view', 'tenant.close']]) {
      await say('delegation', { ...of, row: { ...row, askedPermissions } });
      expect((await customer.client.get(`/delegations/${row.id}`)).status).toBe(404);
    }
  });

  test('a new key of a region is learnt with its first message, and the directory asked no more than once for it', async () => {
    const node = await whole.startAnother(['eu']);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    const [before] = await whole.directorySql(`select public_key from regions where code = 'au'`);
    const said = (key: typeof privateKey) => {
      const body = { homeTenantId: partner.id, guests: [] };
      const text = Buffer.from(JSON.stringify({ from: 'au', to: 'eu', at: Date.now(), kind: 'recall', body }));
      const message = `${text.toString('base64url')}.${sign(null, text, key).toString('base64url')}`;
      return clientOf(`http://127.0.0.1:${node.port}`, null).post('/v1/region-messages', { message });
    };
    const asked = vi.spyOn(node.platform, 'everyRegion');
    await whole.directorySql(`update regions set public_key = $1 where code = 'au'`, [raw]);
    try {
      expect((await said(privateKey)).status).toBe(200);
      for (let i = 0; i < 20; i++) expect((await said(generateKeyPairSync('ed25519').privateKey)).status).toBe(401);
      expect(asked).toHaveBeenCalledTimes(1);
    } finally {
      await whole.directorySql(`update regions set public_key = $1 where code = 'au'`, [before.public_key]);
      await node.stop();
    }
  });
});

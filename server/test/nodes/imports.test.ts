import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunningNode } from '../../src/node.ts';
import { aPlatform, aTenant, type Client, seenFrom, signIn, type TestPlatform, type TestTenant } from '../harness.ts';
import { aLink } from './link.ts';

/** A group imported by key from a region that another node serves, over links that can be cut. */

const password = 'seven quiet herons walk home';
const soon = { timeout: 20_000, interval: 100 };

let links: Record<'au' | 'eu', Awaited<ReturnType<typeof aLink>>>;
let other: RunningNode;
let whole: TestPlatform;
let au: TestPlatform;
let eu: TestPlatform;
let home: TestTenant;
let receiver: TestTenant;

beforeAll(async () => {
  links = { au: await aLink(), eu: await aLink() };
  const env = { BAILIWICK_BASE_URL_AU: links.au.url, BAILIWICK_BASE_URL_EU: links.eu.url, BAILIWICK_POOL_SIZE: '4' };
  whole = await aPlatform({ regions: ['au', 'eu'], nodes: 0, env });
  const auNode = await whole.startAnother(['au']);
  const euNode = await whole.startAnother(['eu']);
  other = await whole.startAnother(['eu']);
  links.au.leadsTo(auNode);
  links.eu.leadsTo(euNode);
  au = seenFrom(whole, auNode);
  eu = seenFrom(whole, euNode);
  home = await aTenant(au, 'au');
  receiver = await aTenant(eu, 'eu');
});

async function anImport() {
  const group = await home.given.group();
  const account = await home.given.person(password);
  await home.client.post(`/groups/${group.id}/members`, { accountIds: [account.id] });
  const made = await home.client.post('/import-keys', { groupId: group.id, receivingTenantId: receiver.id });
  expect(made, made.text).toMatchObject({ status: 201 });
  const imported = await receiver.client.post('/group-imports', { key: made.body.value });
  expect(imported, imported.text).toMatchObject({ status: 201, body: { otherTenantName: `${home.name} display` } });
  const { id, groupId } = imported.body;
  const { etag } = await receiver.client.get(`/groups/${groupId}`);
  const granted = await receiver.client.put(
    `/groups/${groupId}/grants`,
    { grants: [{ permission: 'groups.view' }] },
    etag,
  );
  expect(granted, granted.text).toMatchObject({ status: 200 });
  const session = au.session(await signIn(au, account.email, password, home.id));
  return { id: id as string, homeGroupId: group.id as string, account, session, key: made.body.value as string };
}

/** The session in the other region, at each of its nodes. */
async function entered(session: Client): Promise<Client[]> {
  const entrance = await session.post('/v1/me/visits/enter', { tenantId: receiver.id });
  expect(entrance, entrance.text).toMatchObject({ status: 200 });
  const entering = await eu.anyone.post('/v1/guest-sessions', { assertion: entrance.body.url.split('#')[1] });
  expect(entering, entering.text).toMatchObject({ status: 201, body: { tenantId: receiver.id } });
  const cookie = entering.headers.get('set-cookie')?.split(';')[0] as string;
  return [eu.session(cookie), seenFrom(whole, other).session(cookie)];
}

const groups = () => `${receiver.path}/groups`;
type Made = Awaited<ReturnType<typeof anImport>>;

describe('a group imported from another region', () => {
  test('its member enters by the assertion and acts as far as granted; names are asked at home', async () => {
    const { id, session, account, key } = await anImport();
    await vi.waitFor(
      async () =>
        expect((await session.get('/v1/tenants')).body.items.map((row: { id: string }) => row.id)).toContain(
          receiver.id,
        ),
      soon,
    );
    for (const node of await entered(session)) {
      expect((await node.get(groups())).status).toBe(200);
      expect((await node.get(`${receiver.path}/accounts`)).status).toBe(403);
    }
    expect((await receiver.client.get(`/group-imports/${id}/members`)).body.items).toMatchObject([
      { homeAccountId: account.id, displayName: account.displayName },
    ]);
    expect((await home.client.get(`/group-imports/${id}`)).body).toMatchObject({
      side: 'home',
      otherTenantName: `${receiver.name} display`,
    });
    expect((await receiver.client.post('/group-imports', { key, name: 'again' })).status).toBe(410);
  });

  const endings: [string, (made: Made) => Promise<{ status: number }>][] = [
    ['home ends it', ({ id }) => home.client.post(`/group-imports/${id}/end`)],
    ['the receiver ends it', ({ id }) => receiver.client.post(`/group-imports/${id}/end`)],
    [
      'the person leaves the group at home',
      ({ homeGroupId, account }) => home.client.delete(`/groups/${homeGroupId}/members/${account.id}`),
    ],
    ['the group is disabled at home', ({ homeGroupId }) => home.client.post(`/groups/${homeGroupId}/disable`)],
    ['the person is disabled at home', ({ account }) => home.client.post(`/accounts/${account.id}/disable`)],
    ['the group is deleted at home', ({ homeGroupId }) => home.client.delete(`/groups/${homeGroupId}`, '*')],
  ];
  test.each(endings)('S11: %s: the next request is refused on every node there', async (_way, ending) => {
    const made = await anImport();
    const nodes = await entered(made.session);
    for (const node of nodes) expect((await node.get(groups())).status).toBe(200);
    expect((await ending(made)).status).toBeLessThan(300);
    for (const node of nodes) expect((await node.get(groups())).status).toBeGreaterThanOrEqual(400);
  });

  test.each(['refused', 'silent'] as const)(
    'S11: cut off from each other (%s), the answer to an end means that nothing holds any more',
    async (how) => {
      const made = await anImport();
      const nodes = await entered(made.session);
      for (const node of nodes) expect((await node.get(groups())).status).toBe(200);
      links.eu.cut(how);
      links.au.cut(how);
      try {
        const ended = await home.client.post(`/group-imports/${made.id}/end`);
        expect(ended, ended.text).toMatchObject({ status: 200 });
        for (const node of nodes) expect([401, 404, 503]).toContain((await node.get(groups())).status);
      } finally {
        links.eu.mend();
        links.au.mend();
      }
      for (const node of nodes) expect([401, 404]).toContain((await node.get(groups())).status);
      // What was told in vain is told again after a minute.
      await whole.sql('au', `update due_jobs set due_at = now() where kind = 'group-imports.tell'`);
      await vi.waitFor(
        async () => expect((await receiver.client.get(`/group-imports/${made.id}`)).body.state).toBe('ended'),
        soon,
      );
    },
    120_000,
  );
});

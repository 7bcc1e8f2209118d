import { beforeAll, describe, expect, test, vi } from 'vitest';
import { aPlatform, aTenant, signIn, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

/** People of other tenants in files of who has what: the files are kept here, and their names are not. */

const password = 'six grey geese cross the lake';
const soon = { timeout: 20_000, interval: 100 };

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

let platform: TestPlatform;
let home: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'] });
  home = await aTenant(platform, 'au');
  const path = `/v1/operator/tenants/${home.id}`;
  expect((await platform.operator.patch(path, { type: 'partner', supportId: null }, '*')).status).toBe(200);
});

describe.each(['au', 'eu'])('of region au in a tenant of region %s', (region) => {
  test('a guest stands there by ids, and a partner as a whole', async () => {
    const here = await aTenant(platform, region);
    const { client, given } = here;
    const group = await given.group();
    const grants = [{ permission: 'groups.view' }];
    await client.put(`/groups/${group.id}/grants`, { grants }, group.etag);

    const account = await home.given.person(password, { lastName: 'Quacksworth' });
    const session = platform.session(await signIn(platform, account.email, password, home.id));
    const invited = await client.post('/guest-invitations', { groupIds: [group.id] });
    const accepted = await session.post('/v1/me/guest-invitations/accept', { token: invited.body.link.split('#')[1] });
    expect(accepted.status, accepted.text).toBe(200);
    const guestId = accepted.body.guestId as string;

    const theirs = await home.given.group();
    const asked = {
      customerTenantId: here.id,
      groupId: theirs.id,
      permissions: ['audit.view'],
      days: 30,
      purpose: 'Run it',
    };
    const { id } = (await home.client.post('/delegations', asked)).body;
    await vi.waitFor(async () => expect((await client.get(`/delegations/${id}`)).status).toBe(200), soon);
    const approved = await client.post(`/delegations/${id}/approve`, {});
    expect(approved.body.state, approved.text).toBe('active');

    const before = new Date(Date.now() - 5_000).toISOString();
    expect((await session.get(`${here.path}/groups`)).status).toBe(200);
    await vi.waitFor(
      async () => expect((await client.get(`/guests/${guestId}`)).body.lastUsedAt > before).toBe(true),
      soon,
    );

    const written = async (path: string, format: string): Promise<string> => {
      const started = await client.post(path, { format });
      expect(started, started.text).toMatchObject({ status: 202 });
      const task = `/tasks/${started.body.id}`;
      await vi.waitFor(async () => expect((await client.get(task)).body.state).toBe('done'), soon);
      return (await client.get(`${task}/result`)).text;
    };
    const guest = {
      principalId: guestId,
      kind: 'guest',
      displayName: 'Guest',
      homeTenantId: home.id,
      homeAccountId: account.id,
      groupId: group.id,
      grants: ['groups.view'],
    };
    const partner = { principalId: null, kind: 'partner', groupId: approved.body.groupId, grants: ['audit.view'] };
    const held = await written('/access-review/export', 'json');
    const rows = JSON.parse(held) as Any[];
    expect(rows.find(({ kind }) => kind === 'guest')).toMatchObject(guest);
    expect(rows.find(({ kind }) => kind === 'guest').lastUsedAt > before).toBe(true);
    expect(rows.filter(({ kind }) => kind === 'partner')).toEqual([
      expect.objectContaining({ ...partner, status: 'enabled', homeTenantId: home.id, homeAccountId: null }),
    ]);
    expect(await written('/access-review/export', 'csv')).toContain(`"${home.id}","${account.id}"`);

    const reviewer = await given.person(password);
    const campaign = await client.post('/review-campaigns', {
      name: 'All of others',
      reviewers: 'accounts',
      reviewerIds: [reviewer.id],
      scope: { groupIds: [group.id, approved.body.groupId] },
      dueAt: new Date(Date.now() + 7 * 86_400_000).toISOString(),
    });
    expect(campaign, campaign.text).toMatchObject({ status: 201 });
    const path = `/review-campaigns/${campaign.body.id}`;
    await vi.waitFor(async () => expect((await client.get(path)).body.state).toBe('open'), soon);
    const unused = (await client.get(`${path}/items?unusedDays=1`)).text;
    expect(unused).not.toContain(guestId); // who was here today
    const shown = (await client.get(`${path}/items`)).text;
    expect(shown).toContain('Quacksworth'); // as its home tells it, to who looks
    const kept = await written(`${path}/export`, 'json');
    const items = JSON.parse(kept) as Any[];
    expect(items.find(({ kind }) => kind === 'guest')).toMatchObject(guest);
    expect(items.find(({ kind }) => kind === 'partner')).toMatchObject(partner);
    for (const file of [held, kept, await written(`${path}/export`, 'csv')]) expect(file).not.toContain('Quacksworth');
  });
});

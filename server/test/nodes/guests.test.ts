import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { RegionMessage } from '../../src/kernel/region-messages.ts';
import type { RunningNode } from '../../src/node.ts';
import { aPlatform, aTenant, clientOf, operatorKey, signIn, type TestPlatform, type TestTenant } from '../harness.ts';
import { aLink } from './link.ts';

/**
 * Design, section 5: guests whose home is in another region, on nodes that serve one region each and reach each other over
 * links that can be cut.
 */

const password = 'a long enough password for tests';

let platform: TestPlatform;
let links: Record<'au' | 'eu', Awaited<ReturnType<typeof aLink>>>;
let auNode: RunningNode;
let au: string;
let eu: string;
let euOther: string;
let home: TestTenant;
let visited: TestTenant;

beforeAll(async () => {
  links = { au: await aLink(), eu: await aLink() };
  const env = { BAILIWICK_BASE_URL_AU: links.au.url, BAILIWICK_BASE_URL_EU: links.eu.url, BAILIWICK_POOL_SIZE: '4' };
  platform = await aPlatform({ regions: ['au', 'eu'], env });
  [home, visited] = [await aTenant(platform, 'au'), await aTenant(platform, 'eu')];
  auNode = await platform.startAnother(['au']);
  const [euNode, euSecond] = [await platform.startAnother(['eu']), await platform.startAnother(['eu'])];
  links.au.leadsTo(auNode);
  links.eu.leadsTo(euNode);
  [au, eu, euOther] = [auNode, euNode, euSecond].map(({ port }) => `http://127.0.0.1:${port}`) as [
    string,
    string,
    string,
  ];
});

const clientAt = (url: string, cookie: string) => clientOf(url, null, { cookie, origin: url, 'x-bailiwick-csrf': '1' });

/** A person of `home` who accepted an invitation of `visited` by the node of its own region. */
async function aVisitor(...permissions: string[]) {
  const account = await home.given.person(password);
  const cookie = await signIn(platform, account.email, password, home.id);
  const group = await visited.given.group();
  const grants = permissions.map((permission) => ({ permission }));
  await visited.client.put(`/groups/${group.id}/grants`, { grants }, group.etag);
  const invited = await visited.client.post('/guest-invitations', { groupIds: [group.id] });
  const session = clientAt(au, cookie);
  const accepted = await session.post('/v1/me/guest-invitations/accept', { token: invited.body.link.split('#')[1] });
  expect(accepted, accepted.text).toMatchObject({ status: 200, body: { tenantId: visited.id, region: 'eu' } });
  return { account, session, guestId: accepted.body.guestId as string };
}

type Visitor = Awaited<ReturnType<typeof aVisitor>>;

async function assertionOf({ session }: Visitor): Promise<string> {
  const entrance = await session.post('/v1/me/visits/enter', { tenantId: visited.id });
  expect(entrance, entrance.text).toMatchObject({
    status: 200,
    body: { url: expect.stringMatching(`^${links.eu.url}/enter#`) },
  });
  return entrance.body.url.split('#')[1];
}

/** Goes over with the browser. @returns the session in the other region, at each of its nodes */
async function entered(visitor: Visitor) {
  const reply = await clientOf(eu, null).post('/v1/guest-sessions', { assertion: await assertionOf(visitor) });
  expect(reply, reply.text).toMatchObject({ status: 201, body: { tenantId: visited.id } });
  const cookie = reply.headers.get('set-cookie')?.split(';')[0] as string;
  expect(cookie).toMatch(/^__Host-bailiwick-eu=/);
  return { there: clientAt(eu, cookie), atOther: clientAt(euOther, cookie), cookie };
}

const groups = () => `${visited.path}/groups`;

describe('a guest from another region', () => {
  test('goes over by an assertion that counts once, and acts by its groups there', async () => {
    const visitor = await aVisitor('groups.view');
    const assertion = await assertionOf(visitor);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => clientOf(eu, null).post('/v1/guest-sessions', { assertion })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 410, 410, 410, 410]);
    const { there, atOther } = await entered(visitor);
    for (const client of [there, atOther]) {
      expect((await client.get(groups())).status).toBe(200);
      expect((await client.get(`${visited.path}/accounts`)).status).toBe(403);
      expect((await client.get('/v1/me')).body).toMatchObject({
        kind: 'guest',
        id: visitor.guestId,
        displayName: `${visitor.account.displayName} (${home.name} display)`,
        isOwner: false,
        grants: ['groups.view'],
      });
    }
    // Where it is at home it is not known by that cookie, and in the other region not by the cookie of home.
    expect((await clientOf(eu, null, { cookie: `__Host-bailiwick-eu=${'0'.repeat(65)}` }).get(groups())).status).toBe(
      401,
    );
    // The name is asked at home, and kept nowhere else.
    const [guest] = (await clientOf(eu, visited.ownerKey).get(`${visited.path}/guests?homeTenantId=${home.id}`)).body
      .items;
    expect(guest).toMatchObject({ displayName: visitor.account.displayName, homeTenantName: `${home.name} display` });
    // A list over both regions, each asked for its own.
    const listed = (await visitor.session.get('/v1/tenants')).body.items.map(({ id }: { id: string }) => id);
    expect(listed).toEqual([visited.id, home.id]);
  });

  test('is decided about also while the region of its home is of a version that tells of one account at a time', async () => {
    const [one, other] = [await aVisitor('groups.view'), await aVisitor('groups.view')];
    const { answers } = auNode.platform;
    const told = answers.get('standings') as RegionMessage;
    const explained = async ({ guestId }: Visitor) => {
      const asked = `/access/explain?principal=${guestId}&permission=groups.view`;
      return (await clientOf(eu, visited.ownerKey).get(`${visited.path}${asked}`)).body.allowed;
    };
    answers.delete('standings');
    try {
      expect([await explained(one), await explained(other)]).toEqual([true, true]);
      expect((await home.client.post(`/accounts/${one.account.id}/disable`)).status).toBe(200);
      expect([await explained(one), await explained(other)]).toEqual([false, true]);
    } finally {
      answers.set('standings', told);
    }
  });

  test('A7: an assertion is over after a minute, opens one region only, and replaces what the browser held', async () => {
    const visitor = await aVisitor('groups.view');
    const late = await assertionOf(visitor);
    await platform.sql('au', `update assertions set expires_at = now() - interval '1 second' where tenant_id = $1`, [
      home.id,
    ]);
    expect((await clientOf(eu, null).post('/v1/guest-sessions', { assertion: late })).status).toBe(410);
    expect(
      (await clientOf(au, null).post('/v1/guest-sessions', { assertion: await assertionOf(visitor) })).status,
    ).toBe(410);
    const first = await entered(visitor);
    const again = await clientOf(eu, null, { cookie: first.cookie }).post('/v1/guest-sessions', {
      assertion: await assertionOf(visitor),
    });
    expect(again.status).toBe(201);
    expect((await first.there.get(groups())).status).toBe(401);
  });

  const atHome = () => clientOf(au, home.ownerKey);
  const withdrawn = async ({ account }: Visitor) => {
    const [visit] = (await atHome().get(`${home.path}/visits?accountId=${account.id}`)).body.items;
    return atHome().delete(`${home.path}/visits/${visit.id}`);
  };
  const disabled = ({ account }: Visitor) => atHome().post(`${home.path}/accounts/${account.id}/disable`);
  const signedOut = ({ session }: Visitor) => session.call('DELETE', '/v1/sessions/current');
  const suspended = () => clientOf(au, operatorKey).post(`/v1/tenants/${home.id}/suspend`);
  const resumed = () => clientOf(au, operatorKey).post(`/v1/tenants/${home.id}/resume`);
  const endings = [
    ['withdrawn', withdrawn],
    ['disabled', disabled],
    ['signed out', signedOut],
  ] as const;

  test.each(endings)('S11: %s at home, the next request is refused on every node there', async (_way, ending) => {
    const visitor = await aVisitor('groups.view');
    const { there, atOther } = await entered(visitor);
    for (const client of [there, atOther]) expect((await client.get(groups())).status).toBe(200);
    expect((await ending(visitor)).status).toBeLessThan(300);
    for (const client of [there, atOther]) expect((await client.get(groups())).status).toBe(401);
  });

  test.each([
    ['refused', 'disabled at home', disabled],
    ['silent', 'disabled at home', disabled],
    ['refused', 'withdrawn', withdrawn],
    ['refused', 'the home tenant suspended', suspended],
  ] as const)(
    'S11: with the regions cut off from each other (%s), %s, an answer means that nothing holds any more',
    async (how, _way, end) => {
      const visitor = await aVisitor('groups.view');
      const { there, atOther } = await entered(visitor);
      for (const client of [there, atOther]) expect((await client.get(groups())).status).toBe(200);
      links.eu.cut(how);
      links.au.cut(how);
      try {
        let isAnswered = false;
        const ending = end(visitor).then((reply) => {
          isAnswered = true;
          return reply;
        });
        // As long as there is no answer the old right may hold, whatever it is asked for.
        let held = 0;
        while (!isAnswered) {
          const reply = await there.get(groups());
          if (reply.status === 200) held++;
          else expect([401, 503]).toContain(reply.status);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        expect((await ending).status).toBeLessThan(300);
        expect(held).toBeGreaterThan(0);
        for (const client of [there, atOther]) expect([401, 503]).toContain((await client.get(groups())).status);
      } finally {
        links.eu.mend();
        links.au.mend();
      }
      for (const client of [there, atOther]) expect((await client.get(groups())).status).toBe(401);
      if (end === suspended) expect((await resumed()).status).toBe(200);
    },
  );

  test('S11: the home tenant is suspended: refused with the next request, and let in again when it is resumed', async () => {
    const visitor = await aVisitor('groups.view');
    const { there, atOther } = await entered(visitor);
    for (const client of [there, atOther]) expect((await client.get(groups())).status).toBe(200);
    const operator = clientOf(au, operatorKey);
    expect((await operator.post(`/v1/tenants/${home.id}/suspend`)).status).toBe(200);
    for (const client of [there, atOther]) expect((await client.get(groups())).status).toBe(401);
    await operator.post(`/v1/tenants/${home.id}/resume`);
    expect((await there.get(groups())).status).toBe(200);
  });

  test('the tenant removes it: over at once, and home hears of it when it can be reached', async () => {
    const visitor = await aVisitor('groups.view');
    const { there } = await entered(visitor);
    expect((await there.get(groups())).status).toBe(200);
    expect((await clientOf(eu, visited.ownerKey).delete(`${visited.path}/guests/${visitor.guestId}`)).status).toBe(204);
    expect((await there.get(groups())).status).toBe(401);
    await vi.waitFor(async () => expect((await visitor.session.get('/v1/me/visits')).body.items).toEqual([]), {
      timeout: 20_000,
    });
    expect((await visitor.session.post('/v1/me/visits/enter', { tenantId: visited.id })).status).toBe(404);
  });

  test('signing out there ends the session there and not the one at home', async () => {
    const visitor = await aVisitor('groups.view');
    const { there } = await entered(visitor);
    expect((await there.call('DELETE', '/v1/sessions/current')).status).toBe(204);
    expect((await there.get(groups())).status).toBe(401);
    expect((await visitor.session.get('/v1/me')).status).toBe(200);
  });
});

describe('messages of regions', () => {
  const at = (message: string) => clientOf(eu, null).post('/v1/region-messages', { message });
  const own = generateKeyPairSync('ed25519').privateKey;
  const sealed = (said: object) => {
    const text = Buffer.from(
      JSON.stringify({ from: 'au', to: 'eu', at: Date.now(), kind: 'recall', body: {}, ...said }),
    );
    return `${text.toString('base64url')}.${sign(null, text, own).toString('base64url')}`;
  };

  test('P7: by another key, for another region, of another time, of no region, in pieces: 401', async () => {
    for (const message of [
      'none',
      '',
      '.',
      sealed({}),
      sealed({ from: 'us' }),
      sealed({ to: 'au' }),
      sealed({ at: 0 }),
      `${sealed({})}.x`,
      Buffer.from('null').toString('base64url'),
      Buffer.from('{}').toString('base64url'),
    ])
      expect(await at(message), message).toMatchObject({ status: 401 });
  });
});

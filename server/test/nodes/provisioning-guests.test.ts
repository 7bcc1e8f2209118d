import { beforeAll, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, clientOf, signIn, type TestPlatform, type TestTenant } from '../harness.ts';
import { aLink } from './link.ts';

/** A provisioning token that a guest from another region issued, while that region gives no answer. */

const password = 'a long enough password for tests';
const issuing = ['provisioning.view', 'provisioning.change', 'provisioning.issue'];

let platform: TestPlatform;
let links: Record<'au' | 'eu', Awaited<ReturnType<typeof aLink>>>;
let au: string;
let eu: string;
let home: TestTenant;
let visited: TestTenant;

beforeAll(async () => {
  links = { au: await aLink(), eu: await aLink() };
  const env = { BAILIWICK_BASE_URL_AU: links.au.url, BAILIWICK_BASE_URL_EU: links.eu.url, BAILIWICK_POOL_SIZE: '4' };
  platform = await aPlatform({ regions: ['au', 'eu'], env });
  [home, visited] = [await aTenant(platform, 'au'), await aTenant(platform, 'eu')];
  const [auNode, euNode] = [await platform.startAnother(['au']), await platform.startAnother(['eu'])];
  links.au.leadsTo(auNode);
  links.eu.leadsTo(euNode);
  au = `http://127.0.0.1:${auNode.port}`;
  eu = `http://127.0.0.1:${euNode.port}`;
});

const clientAt = (url: string, cookie: string) => clientOf(url, null, { cookie, origin: url, 'x-bailiwick-csrf': '1' });
const owner = () => clientOf(eu, visited.ownerKey);

/** A group of the visited tenant that gives these permissions. */
async function aGroup(permissions: string[]) {
  const group = (await owner().post(`${visited.path}/groups`, { name: aName('group') })).body;
  const grants = permissions.map((permission) => ({ permission }));
  expect((await owner().put(`${visited.path}/groups/${group.id}/grants`, { grants }, '*')).status).toBe(200);
  return group as { id: string };
}

test('P23, P38: it changes who holds nothing, and holds back who holds more until somebody as strong lets it through', async () => {
  const account = await home.given.person(password);
  const session = clientAt(au, await signIn(platform, account.email, password, home.id));
  const issuers = await aGroup([...issuing, 'audit.view']);
  const invited = await owner().post(`${visited.path}/guest-invitations`, { groupIds: [issuers.id] });
  const accepted = await session.post('/v1/me/guest-invitations/accept', { token: invited.body.link.split('#')[1] });
  expect(accepted, accepted.text).toMatchObject({ status: 200 });
  const entrance = await session.post('/v1/me/visits/enter', { tenantId: visited.id });
  const entered = await clientOf(eu, null).post('/v1/guest-sessions', { assertion: entrance.body.url.split('#')[1] });
  const guest = clientAt(eu, entered.headers.get('set-cookie')?.split(';')[0] as string);
  const issued = await guest.post(`${visited.path}/provisioning-tokens`, { name: 'of a guest' });
  expect(issued, issued.text).toMatchObject({ status: 201 });

  const scim = (method: string, path: string, body: unknown) =>
    clientOf(eu, issued.body.value).call(method, `/scim/v2/${visited.id}${path}`, {
      body,
      headers: { 'content-type': 'application/scim+json' },
    });
  const aUser = async () => {
    const userName = aName('grace');
    const made = await scim('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName,
      emails: [{ value: `${userName}@example.com`, primary: true }],
    });
    expect(made, made.text).toMatchObject({ status: 201 });
    return made.body.id as string;
  };
  const renaming = (value: string) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'userName', value }],
  });
  const [plain, strong] = [await aUser(), await aUser()];
  const auditors = await aGroup(['audit.view']);
  await owner().post(`${visited.path}/groups/${auditors.id}/members`, { accountIds: [strong] });
  expect((await scim('PATCH', `/Users/${strong}`, renaming(aName('as-strong')))).status).toBe(200);

  links.au.cut('silent');
  try {
    expect((await scim('PATCH', `/Users/${plain}`, renaming(aName('plain')))).status).toBe(200);
    expect(links.au.swallowed).not.toContain('standing');

    const wanted = renaming(aName('wanted'));
    const sent = scim('PATCH', `/Users/${strong}`, wanted);
    await expect.poll(() => links.au.swallowed).toContain('standing');
    // Nobody waits for a region that is away: no row is held while it is asked.
    const free = await platform.sql('eu', 'select id from groups where id = $1 for update skip locked', [auditors.id]);
    expect(free).toHaveLength(1);
    expect(await sent).toMatchObject({ status: 429 });

    const holds = (await owner().get(`${visited.path}/provisioning/holds?kind=credentials&state=open`)).body.items;
    expect(holds).toMatchObject([{ account: { id: strong } }]);
    expect((await owner().post(`${visited.path}/provisioning/holds/${holds[0].id}/allow`)).status).toBe(200);
    expect((await scim('PATCH', `/Users/${strong}`, wanted)).status).toBe(200);
  } finally {
    links.au.mend();
  }
  expect((await scim('PATCH', `/Users/${strong}`, renaming(aName('again')))).status).toBe(200);
});

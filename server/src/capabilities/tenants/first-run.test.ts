import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestPlatform } from '../../../test/harness.ts';
import { formatLinkSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { setUpLink } from './first-run.ts';

const password = 'seven quiet herons walk home';
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const pathsOf = (reply: { body: { errors?: { path: string }[] } }) => reply.body.errors?.map(({ path }) => path);

const linkOf = (on: TestPlatform) => setUpLink((on.nodes[0] as TestPlatform['nodes'][number]).platform, on.url);
async function tokenOf(on: TestPlatform) {
  const link = await linkOf(on);
  expect(link).toMatch(new RegExp(`^${on.url}/setup#[0-9A-Za-z]{65}$`));
  return link?.split('#')[1] as string;
}
const aForm = (token: string, more: object = {}) => ({
  token,
  region: 'eu',
  name: aName('first'),
  displayName: 'First',
  legalName: 'First Ltd',
  country: 'GB',
  owner: { email: 'ann@example.com', firstName: 'Ann', lastName: 'Lee', password },
  ...more,
});

test('the set-up link makes the first tenant and its owner in one form, once', async () => {
  const platform = await aPlatform({ regions: ['au', 'eu'] });
  const token = await tokenOf(platform);
  const ask = () => platform.anyone.post('/v1/first-run/question', { token });
  expect((await ask()).body).toEqual({
    regions: [
      { code: 'au', name: 'Australia', country: 'AU' },
      { code: 'eu', name: 'Europe', country: 'DE' },
    ],
  });
  for (const [path, more] of [
    ['owner.password', { owner: { email: 'ann@example.com', firstName: 'Ann', lastName: 'Lee', password: 'short' } }],
    ['owner.email', { owner: { email: 'ann', firstName: 'Ann', lastName: 'Lee', password } }],
    ['owner.lastName', { owner: { email: 'ann@example.com', firstName: 'Ann', lastName: '', password } }],
    ['name', { name: 'A B' }],
    ['taxId', { taxId: 'GB980780685' }],
    ['region', { region: 'mars' }],
    ['type', { type: 'partner' }],
  ] as const) {
    const refused = await platform.anyone.post('/v1/first-run', aForm(token, more));
    expect(refused.status).toBe(400);
    expect(pathsOf(refused)).toEqual([path]);
  }
  for (const wrong of ['x', formatLinkSecret(newId())])
    for (const reply of [
      await platform.anyone.post('/v1/first-run/question', { token: wrong }),
      await platform.anyone.post('/v1/first-run', aForm(wrong)),
    ])
      expect(reply).toMatchObject({ status: 401, body: { type: problem('unauthenticated') } });

  const replies = await Promise.all(
    Array.from({ length: 6 }, (_, at) =>
      platform.anyone.post('/v1/first-run', aForm(token, { region: at % 2 ? 'eu' : 'au' })),
    ),
  );
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(replies.filter(({ status }) => status === 409 || status === 410)).toHaveLength(5);
  const made = replies.find(({ status }) => status === 201)?.body;
  const total = (await platform.operator.get('/v1/tenants')).body.total;
  expect(total).toBe(1);

  const session = platform.session(await signIn(platform, 'ann@example.com', password));
  const me = await session.get('/v1/me');
  expect(me.body).toMatchObject({ tenantId: made.tenantId, id: made.accountId, isOwner: true });
  expect(await ask()).toMatchObject({ status: 410, body: { type: problem('link-over') } });
  expect((await platform.anyone.post('/v1/first-run', aForm(token))).status).toBe(410);
  expect(await linkOf(platform)).toBeUndefined();
});

test('the set-up link ends with the first tenant, however it was made, and after a day', async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const token = await tokenOf(platform);
  await platform.shiftClock('au', '25 hours');
  expect((await platform.anyone.post('/v1/first-run/question', { token })).status).toBe(410);
  await platform.shiftClock('au', '0');
  expect((await platform.anyone.post('/v1/first-run/question', { token })).status).toBe(200);
  await aTenant(platform);
  expect((await platform.anyone.post('/v1/first-run/question', { token })).status).toBe(410);
  expect((await platform.anyone.post('/v1/first-run', aForm(token, { region: 'au' }))).status).toBe(410);
});

test('there is no set-up link where registration is off', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REGISTRATION: 'off' } });
  expect(await linkOf(platform)).toBeUndefined();
});

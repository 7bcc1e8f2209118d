import { expect, test } from 'vitest';
import { describe as describeContract } from '../../src/kernel/openapi.ts';
import { operations, version } from '../../src/node.ts';
import { aPlatform, aTenant, signIn } from '../harness.ts';
import { bodies } from './bodies.ts';
import { populate } from './tenants.ts';

/** A10, from the contract: what says `x-fresh-sign-in` asks a session of 30 minutes for a new proof, and no key. */

type Paths = Record<string, Record<string, { operationId: string; 'x-fresh-sign-in'?: true }>>;
const { paths } = describeContract(operations, version) as { paths: Paths };
const dangerous = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, described]) => described['x-fresh-sign-in'])
    .map(([method, { operationId }]) => ({ id: operationId, method: method.toUpperCase(), path })),
);

/** Acts that no release may do without it. */
const least = [
  'accounts.delete',
  'accounts.change-email',
  'me.add-passkey',
  'me.add-totp',
  'me.change-email',
  'me.change-password',
  'me.remove-factor',
  'namespaces.reset-agent-key',
  'namespaces.reset-service-key',
  'provisioning-tokens.issue',
  'provisioning-tokens.rotate',
  'service-accounts.issue-key',
  'sign-in-policy.change',
  'tenants.close',
];

const password = 'lantern orbit plum ferry';
const asked = { status: 403, body: { type: 'urn:bailiwick:problem:fresh-sign-in-required' } };

test('A10: a session of 30 minutes does nothing dangerous before its person proves to be there', async () => {
  expect(dangerous.map(({ id }) => id)).toEqual(expect.arrayContaining(least));
  const platform = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(platform);
  const ids = await populate(platform, tenant);
  const owner = await tenant.given.person(password);
  const [owners] = (await tenant.client.get('/groups?q=Owners')).body.items;
  await tenant.client.post(`/groups/${owners.id}/members`, { accountIds: [owner.id] });
  const session = platform.session(await signIn(platform, owner.email, password));
  await platform.sql('au', `update sessions set proved_at = proved_at - interval '30 minutes' where account_id = $1`, [
    owner.id,
  ]);

  for (const { id, method, path } of dangerous) {
    const filled = path.replace(/([\w-]+)\/\{(\w+)\}/g, (_, noun, name) =>
      name === 'tenantId' ? `${noun}/${tenant.id}` : `${noun}/${ids[noun] ?? tenant.id}`,
    );
    const { body, query = '' } = bodies[id]?.(ids) ?? {};
    const reply = await session.call(method, filled + query, {
      ...(body === undefined ? {} : { body }),
      headers: { 'if-match': '*' },
    });
    expect({ id, ...reply }).toMatchObject({ id, ...asked });
  }
  const members = `${tenant.path}/groups/${owners.id}/members`;
  expect(await session.post(members, { accountIds: [ids.accounts] })).toMatchObject(asked);
  expect(await session.delete(`${members}/${owner.id}`)).toMatchObject(asked);
  expect((await session.get(`${tenant.path}/groups`)).status).toBe(200);
  expect(
    (await tenant.client.post(`/service-accounts/${ids['service-accounts']}/keys`, { name: 'by key' })).status,
  ).toBe(201);
});

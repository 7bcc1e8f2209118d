import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { access } from './residency/access.ts';
import { manyAccounts } from './residency/accounts.ts';
import { guests } from './residency/guests.ts';
import { imports } from './residency/imports.ts';
import { licences } from './residency/licences.ts';
import { everyList, exporting, namespacesAndTokens, people } from './residency/objects.ts';
import { partners } from './residency/partners.ts';
import {
  begin,
  canaries,
  contract,
  done,
  expectNoSecretKept,
  expectNothingOutside,
  product,
  restart,
  run,
} from './residency/product.ts';
import { oauthProviders, openIdProviders, samlProviders } from './residency/providers.ts';
import { provisioning } from './residency/provisioning.ts';
import { refusals } from './residency/refusals.ts';
import { signingIn } from './residency/signing-in.ts';
import {
  first,
  firstTenant,
  inTenant,
  operator,
  registered,
  tenantByOperator,
  tenantByRegistration,
  tenantId,
} from './residency/tenants.ts';
import { ownership, waysIn } from './residency/ways-in.ts';
import { readableForms, Search } from './search.ts';

/**
 * Proof (c) of the foundation, P33: what a tenant in `eu` writes, and whoever knocks at it, is nowhere outside of
 * `eu`; and its secrets are nowhere at all (P32).
 *
 * Every operation of the contract is called with a canary in every field that accepts one. A new operation fails this
 * test until a step calls it.
 */

/** Fields of text that take no free text: references, fixed vocabularies, and secrets, which are looked for apart. */
const notFree = new Set([
  'token',
  'region',
  'country',
  'password',
  'currentPassword',
  'newPassword',
  'secret',
  'code',
  'totp',
  'permission',
  'confirmName',
  'namespaceRegions',
  ...[
    'ownerId',
    'groupId',
    'groupIds',
    'activationId',
    'accountIds',
    'serviceAccountIds',
    'guestIds',
    'homeTenantId',
    'addAccountIds',
    'addGuestIds',
    'addServiceAccountIds',
    'removeMemberIds',
    'after',
    'namespaceId',
    'actorId',
    'targetId',
    'tenantId',
    'ids',
    'permissions',
    'relation',
    'customerTenantId',
    'customerTenantIds',
    'receivingTenantId',
    'namespaceIds',
    'renews',
  ],
]);

beforeAll(begin, 200_000);

describe('what is written', { timeout: 120_000 }, () => {
  test('the first tenant, by the set-up link', firstTenant);
  test('a tenant by the operator; its owner accepts by mail', tenantByOperator);
  test('a tenant by registration', tenantByRegistration);
  test('profile, accounts, groups, service accounts', people);
  test('many accounts at once, other addresses, personal data', manyAccounts);
  test('passkeys, codes, passwords, devices: how people sign in', signingIn);
  test('namespaces and provisioning tokens', namespacesAndTokens);
  test('provisioning: people, groups, what is held back, calls, undo', provisioning);
  test('licences, what is offered, who is billed', licences);
  test('domains, sign-in policy, the emergency door', waysIn);
  test('providers of OpenID Connect, and who comes by them', openIdProviders);
  test('providers of OAuth 2.0', oauthProviders);
  test('providers of SAML, in and out', samlProviders);
  test('access: asked, decided, looked at, and for other software', access);
  test('a partner, from the request to the end', partners);
  test('a group that another tenant imports by key', imports);
  test('guests, and where our people are guests', guests);
  test('ownership: offered, and let in by the operator', ownership);
  test('exports', exporting);
  test('every list, with a canary in every parameter', everyList);
  test('whatever is wrong is refused, and is no fault of ours', refusals);
});

test('after kill -9 of everything: nothing outside, no secret', { timeout: 120_000 }, async () => {
  await product.killAll();
  expectNothingOutside();
  expectNoSecretKept();
  await restart();
});

test('the life of a tenant, and what the operator may do to it', { timeout: 60_000 }, async () => {
  const at = { at: { tenantId } };
  await run('tenants.make-read-only', { ...operator(), ...at });
  await run('groups.create', { ...inTenant(), orElse: 403 });
  await run('tenants.resume', { ...operator(), ...at });
  await run('tenants.suspend', { ...operator(), ...at });
  await run('tenants.read', { ...inTenant(), orElse: 403 });
  await run('tenants.resume', { ...operator(), ...at });
  const { name } = (await run('tenants.read', inTenant())).body;
  await run('tenants.close', { ...inTenant(), given: { confirmName: name } });
  await run('tenants.restore', inTenant());
  await run('notices.list', inTenant());
  await run('notices.read', inTenant());
  await run('sessions.end-current', { cookie: first.cookie });
  expect(registered).toMatch(/^[0-9a-f-]{36}$/);
});

test('every operation was called, every field of text that takes free text had a canary', () => {
  expect([...contract.keys()].filter((id) => !done.has(id))).toEqual([]);
  const fields = [...canaries.without].filter((field) => !notFree.has(field.split(/[ .]/).at(-1) ?? ''));
  expect(fields).toEqual([]);
});

test('after an orderly end: nothing outside, no secret', { timeout: 120_000 }, async () => {
  const texts = await Promise.all(
    [
      'tenants.read',
      'accounts.list',
      'groups.list',
      'namespaces.list',
      'service-accounts.list',
      'provisioning-tokens.list',
    ].map(
      async (id) =>
        (await run(id, { ...inTenant(), query: contract.get(id)?.query.includes('limit') ? '?limit=200' : '' })).text,
    ),
  );
  await product.stop();
  expectNothingOutside();
  expectNoSecretKept();

  // The search can fail: what the API shows of the tenant lies in its region, and is found there.
  const shown = canaries.all.filter((value) => texts.some((text) => text.includes(value)));
  expect(shown.length).toBeGreaterThan(40);
  const { hits } = new Search(shown.flatMap(readableForms)).below(join(product.data, 'eu'));
  const found = new Set(hits.filter(({ form }) => form === 'plain').map(({ value }) => value));
  expect(shown.filter((value) => !found.has(value))).toEqual([]);
});

import { beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { permissions, topics } from '../../src/kernel/catalogue.ts';
import type { Operation } from '../../src/kernel/operation.ts';
import { hasSecret } from '../../src/kernel/schema.ts';
import { operations } from '../../src/node.ts';
import { aPlatform, aTenant, type Client, signIn, type TestPlatform, type TestTenant } from '../harness.ts';
import { bodies, type Placeholders } from './bodies.ts';
import { checksum, populate } from './tenants.ts';

/**
 * P26, from the contract: a partner with all that a delegation may carry sees no secret, brings none, and changes nothing
 * by which somebody signs in. Which operations these are follows from their schemas, permissions and words; one that is
 * new and speaks of such things fails until it is refused to partners, or it is said here why it is not.
 */

const password = 'a long enough password for tests';

/** What a delegation may carry. A new permission is decided about here before a partner may have it. */
const delegable = [
  'tenant.view',
  'tenant.change',
  'accounts.view',
  'accounts.change',
  'groups.view',
  'groups.evaluate',
  'identity-providers.view',
  'provisioning.view',
  'namespaces.view',
  'namespaces.change',
  'gateways.view',
  'gateways.change',
  'licences.view',
  'licences.change',
  'integrations.view',
  'audit.view',
  'audit.export',
  'logging.view',
  'logging.change',
];

/** Words of which one stands in whatever is about a secret or about how somebody or something signs in. */
const ofSignIn =
  /passwo|secret|factor|passkey|totp|recover|emergency|session|sign-?in|sign-?on|identit|provider|domain|credential|token|(^|\W)keys?($|\W)|pkcs12|certificate|e-?mail|saml|oidc|scim|provision|invit|ownership|guest/i;

const reads = 'a look: it changes nothing';
const takesAway = 'it takes away only';
const without = 'whoever comes in by it is in no group; groups are changed by people of the tenant';
const neverShown = 'the private key is made here, and nobody is shown it';
const ofGateways = 'what it names lets requests through a gateway, and nobody into the tenant';

/** Changes that speak of it, and that a partner is let make: why. */
const letDo: Record<string, string> = {
  'access.look': reads,
  'accounts.create': without,
  'accounts.disable': takesAway,
  'accounts.end-sessions': takesAway,
  'accounts.invite': without,
  'accounts.invite-again-many': without,
  'accounts.invite-many': without,
  'billing-profile.change': 'the address is where bills go',
  'gateway-certificates.change': neverShown,
  'gateway-certificates.delete': takesAway,
  'gateway-certificates.generate': neverShown,
  'gateways.change': ofGateways,
  'gateways.create': ofGateways,
  'groups.preview': reads,
  'groups.preview-names': reads,
  'guest-invitations.revoke': takesAway,
  'guests.remove': takesAway,
  'namespaces.import': ofGateways,
  'namespaces.preview-import': reads,
  'namespaces.promote': ofGateways,
  'namespaces.restore': 'keys that were there open again, and none is shown',
  'routes.change': ofGateways,
  'routes.create': ofGateways,
  'tenants.change': 'what of it is about signing in takes identity-providers.change as well',
  'visits.withdraw': takesAway,
};

/** Whoever is in the tenant may ask for these, for their own account: a partner's person has none. */
const ofOwnAccount = [
  'identity-providers.link',
  'identity-providers.prove',
  'ownership-transfers.accept',
  'ownership-transfers.decline',
];

/** Fields of replies that are named as secrets are, and are none: why. */
const noSecrets: Record<string, string> = {
  'access.value': 'of an attribute that a mapping asks for',
  'identity-providers.clientSecret': 'whether there is one, and until when',
  'identity-providers.value': 'of an attribute that a mapping asks for',
  'domains.value': 'stands in the DNS for everybody',
  'routes.value': 'of headers that a route sets',
  'namespaces.value': 'of headers that a route sets',
};

const inTenant = operations.filter(
  ({ path, access }) =>
    path.startsWith('/v1/tenants/:tenantId') && ['allow', 'member', 'own', 'deciding'].includes(access.kind),
);
const permissionOf = ({ access }: Operation) => (access.kind === 'allow' ? access.permission : undefined);
const isByTheSchemas = ({ access, reply, body }: Operation) =>
  (reply !== null && hasSecret(reply)) ||
  (body !== undefined && hasSecret(body) && !(access.kind === 'allow' && access.opensToPartners)) ||
  (access.kind === 'allow' && access.changesSignIn === true);
const isByItsPermission = (operation: Operation) => {
  const permission = permissionOf(operation);
  return permission !== undefined && !delegable.includes(permission);
};
const isRefused = (operation: Operation) => isByTheSchemas(operation) || isByItsPermission(operation);

/** The names of fields, however deep: read from what the contract says, not by what marks them. */
function fieldsOf(schema: z.ZodType | undefined | null, io: 'input' | 'output'): string[] {
  if (!schema) return [];
  const found: string[] = [];
  const seen = new Set<unknown>();
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== 'object' || seen.has(node)) return;
    seen.add(node);
    const { properties } = node as { properties?: object };
    if (properties) found.push(...Object.keys(properties));
    for (const each of Object.values(node)) walk(each);
  };
  walk(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
  return found;
}

/** A field by its words: `clientSecret` is `client secret`. */
const inWords = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
const speaksOfSignIn = ({ id, path, body, summary }: Operation) =>
  [id, path, summary, ...fieldsOf(body, 'input').map(inWords)].some((text) => ofSignIn.test(text));

describe('by the contract', () => {
  test('what a delegation may carry is decided permission by permission', () => {
    const carried = topics.flatMap((topic) => topic.permissions.filter((each) => each.isDelegable));
    expect(carried.map(({ name }) => name).sort()).toEqual([...delegable].sort());
    expect(permissions.length).toBeGreaterThan(delegable.length);
  });

  test('a change that speaks of a secret or of signing in is refused to partners, or it is said why it is not', () => {
    const unclear = inTenant.filter(
      (operation) => operation.method !== 'GET' && speaksOfSignIn(operation) && !isRefused(operation),
    );
    expect(unclear.map(({ id }) => id).sort()).toEqual([...Object.keys(letDo), ...ofOwnAccount].sort());
  });

  test('a field of a reply that is named as a secret is marked as one, or it is said why it is none', () => {
    const named = /^(value|password|secret|private key|client secret|recovery codes|seed|pin|otp|uri|link)$/;
    const unmarked = inTenant.flatMap(({ id, reply }) =>
      !reply || hasSecret(reply)
        ? []
        : fieldsOf(reply, 'output').flatMap((field) =>
            named.test(inWords(field)) ? [`${id.slice(0, id.indexOf('.'))}.${field}`] : [],
          ),
    );
    expect([...new Set(unmarked)].sort()).toEqual(Object.keys(noSecrets).sort());
  });
});

let platform: TestPlatform;
let customer: TestTenant;
let ids: Placeholders;
let partner: Client;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
  const home = await aTenant(platform, 'au');
  customer = await aTenant(platform, 'au');
  await platform.operator.patch(`/v1/operator/tenants/${home.id}`, { type: 'partner', supportId: null }, '*');
  ids = await populate(platform, customer);
  const group = await home.given.group();
  const asked = await home.client.post('/delegations', {
    customerTenantId: customer.id,
    groupId: group.id,
    permissions: delegable,
    days: 30,
    purpose: 'All that a partner may be let do',
  });
  expect(asked.status, asked.text).toBe(201);
  const at = `/delegations/${asked.body.id}`;
  await vi.waitFor(async () => expect((await customer.client.get(at)).status).toBe(200), { timeout: 20_000 });
  expect((await customer.client.post(`${at}/approve`, {})).status).toBe(200);
  const person = await home.given.person(password);
  await home.client.post(`/groups/${group.id}/members`, { accountIds: [person.id] });
  partner = platform.session(await signIn(platform, person.email, password, home.id));
}, 120_000);

function send({ id, method, path }: Operation) {
  const { body, query = '' } = bodies[id]?.(ids) ?? {};
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const parts = path.split('/');
    return name === 'tenantId' ? customer.id : (ids[parts[parts.indexOf(`:${name}`) - 1] as string] as string);
  });
  return partner.call(method, filled + query, {
    ...(method === 'GET' || method === 'POST' ? {} : { headers: { 'if-match': '*' } }),
    ...(body === undefined ? {} : { body }),
  });
}

describe('a partner with all that a delegation may carry', () => {
  const refused = inTenant.filter((operation) => isRefused(operation) || ofOwnAccount.includes(operation.id));

  test('is there, and sees what it was let see', async () => {
    for (const id of [
      'accounts.list',
      'gateways.list',
      'identity-providers.list',
      'provisioning-tokens.list',
      'audit.list-entries',
    ]) {
      const { status, text } = await send(operations.find((each) => each.id === id) as Operation);
      expect(status, `${id}: ${text}`).toBe(200);
    }
  });

  test('is refused by each operation that shows or takes a secret, changes how somebody signs in, or is kept from partners, and nothing is changed', async () => {
    const before = await checksum(platform, customer, ['delegations']);
    expect(refused.length).toBeGreaterThan(60);
    const passed: unknown[] = [];
    for (const operation of refused) {
      const { status, body } = await send(operation);
      const code = isByTheSchemas(operation) ? 'not-for-partners' : 'forbidden';
      const isAsExpected = ofOwnAccount.includes(operation.id)
        ? [403, 404, 409].includes(status)
        : status === 403 && body.type === `urn:bailiwick:problem:${code}`;
      if (!isAsExpected) passed.push([operation.id, status, body?.type ?? null]);
    }
    expect(passed).toEqual([]);
    expect(await checksum(platform, customer, ['delegations'])).toBe(before);
  });
});

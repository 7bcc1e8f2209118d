import { z } from 'zod';
import type { Operation } from '../../src/kernel/operation.ts';
import { agentOf, clientOf, operatorKey, signIn, type TestPlatform, type TestTenant } from '../harness.ts';
import { aBatch, type Placeholders, png } from '../isolation/bodies.ts';

export const password = 'a long enough password for tests';

/** An object of each kind in the tenant, by the path segment before its id. */
export async function populate(tenant: TestTenant): Promise<Placeholders> {
  const { given, client } = tenant;
  const [group, namespace, token, account, machine] = [
    await given.group(),
    await given.namespace(),
    await given.token(),
    await given.account(),
    await given.machine(),
  ];
  const domain = await given.domain();
  const delegation = await given.delegation();
  const groupImport = await given.groupImport(group.id);
  const carried = await given.gateway(namespace.id);
  const agent = await given.agent(namespace.agentKey);
  await given.transactions(namespace.agentKey, agent.id, aBatch());
  // Its key is not among those that are reset.
  const apart = await given.namespace();
  await given.gateway(apart.id);
  const running = await given.agent(apart.agentKey);
  const review = await given.review(group.id, account.id);
  const provider = await given.identityProvider();
  const logo = await client.put('/sign-in-policy/logo', { image: png }, '*');
  const providerTest = await client.post(`/identity-providers/${provider.id}/test`);
  await client.post(`/groups/${group.id}/members`, { accountIds: [account.id] });
  const [entry] = (await client.get('/audit-entries?limit=1')).body.items;
  const exported = await client.post('/audit-entries/export', {});
  const [session] = (await client.get(`/accounts/${account.id}/sessions`)).body.items;
  const licence = await given.licence();
  return {
    tenantId: tenant.id,
    products: licence.product.id,
    licences: licence.id,
    subscriptions: licence.subscription.id,
    domains: domain.id,
    logos: logo.body.picture.address.split('/').at(-1),
    'access-requests': group.id,
    'change-requests': group.id,
    'review-campaigns': review.id,
    items: review.itemId,
    'identity-providers': provider.id,
    providers: provider.id,
    // A provider behind its tenant, as protocols have it in their addresses.
    ':tenantId': provider.id,
    tests: providerTest.body.id,
    identities: group.id,
    'ownership-recoveries': group.id,
    'ownership-transfers': group.id,
    tenants: tenant.id,
    groups: group.id,
    members: account.id,
    namespaces: namespace.id,
    services: carried.service.id,
    gateways: carried.gateway.id,
    agents: agent.id,
    routes: carried.route.id,
    rules: carried.rule.id,
    certificates: carried.certificate.id,
    'provisioning-tokens': token.id,
    accounts: account.id,
    'service-accounts': machine.id,
    keys: machine.keyId,
    factors: group.id,
    'audit-entries': entry.id,
    tasks: exported.body.id,
    sessions: session?.id ?? group.id,
    guests: group.id,
    delegations: delegation.id,
    'group-imports': groupImport.id,
    'import-keys': groupImport.keyId,
    activations: delegation.activationId,
    visits: group.id,
    'guest-invitations': group.id,
    namespaceName: namespace.name,
    tenantName: tenant.name,
    token: token.value,
    running: running.id,
    agentKey: apart.agentKey,
  };
}

/** The operation's path with ids of the tenant in it. */
export function pathOf({ path, access }: Operation, ids: Placeholders): string {
  const segments = path.split('/');
  return segments
    .map((segment, at) => {
      if (!segment.startsWith(':')) return segment;
      const noun = access.kind === 'agent' ? 'running' : (segments[at - 1] as string);
      const id = segment === ':tenantId' ? ids.tenantId : ids[noun];
      if (!id) throw new Error(`populate() gives no ${noun} for ${path}.`);
      return id;
    })
    .join('/');
}

/** Callers by the operation's access: the one who may. */
export async function callers(platform: TestPlatform, tenant: TestTenant, ids: Placeholders) {
  const { email } = await tenant.given.person(password);
  const cookie = await signIn(platform, email, password);
  return ({ access }: Operation) => {
    if (access.kind === 'open') return clientOf(platform.url, null);
    if (access.kind === 'operator' || access.kind === 'operator-in-tenant') return clientOf(platform.url, operatorKey);
    if (access.kind === 'provisioning') return clientOf(platform.url, ids.token as string);
    if (access.kind === 'agent') return agentOf(platform.url, ids.agentKey as string);
    if (access.kind === 'own') return platform.session(cookie);
    return clientOf(platform.url, tenant.ownerKey);
  };
}

/** The fields of a body with what JSON Schema says of them, below objects too. */
export interface Field {
  path: string[];
  schema: { type?: string; maxLength?: number; anyOf?: Field['schema'][]; properties?: object; items?: object };
  isRequired: boolean;
}

interface Shape {
  properties?: Record<string, Shape>;
  required?: string[];
  type?: string;
  anyOf?: Shape[];
  $ref?: string;
  $defs?: Record<string, Shape>;
}

export function fieldsOf(schema: z.ZodType): Field[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
  const resolve = (shape: Shape): Shape =>
    shape.$ref ? (root.$defs?.[shape.$ref.replace('#/$defs/', '')] ?? shape) : shape;
  const fields: Field[] = [];
  const visit = (shape: Shape, path: string[]) => {
    const known = resolve(shape);
    const objects = [known, ...(known.anyOf ?? []).map(resolve)].filter(({ properties }) => properties);
    for (const { properties = {}, required = [] } of objects)
      for (const [name, field] of Object.entries(properties)) {
        const at = [...path, name];
        fields.push({ path: at, schema: resolve(field) as Field['schema'], isRequired: required.includes(name) });
        visit(field, at);
      }
  };
  visit(root, []);
  return fields;
}

/** The body with one field set to a value, or left out. */
export function withField(body: unknown, [first, ...rest]: string[], value: unknown): Record<string, unknown> {
  const copy = { ...((body ?? {}) as Record<string, unknown>) };
  if (first === undefined) return copy;
  if (rest.length) copy[first] = withField(copy[first], rest, value);
  else if (value === undefined) delete copy[first];
  else copy[first] = value;
  return copy;
}

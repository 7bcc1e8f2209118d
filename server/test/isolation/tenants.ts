import { tenantTables } from '../../src/kernel/database/registry.ts';
import { newId } from '../../src/kernel/ids.ts';
import { aName, clientOf, type TestPlatform, type TestTenant } from '../harness.ts';
import { aBatch, aProduct, type Placeholders, png } from './bodies.ts';

/** Two tenants full of objects, for the tests that try the ids of the one on the other. */

export const scimContentType = 'application/scim+json';

/** An object of each kind in a tenant, so that its ids can be tried from outside. */
export async function populate(platform: TestPlatform, tenant: TestTenant): Promise<Placeholders> {
  const { given, client } = tenant;
  const [group, namespace, token, account, machine] = [
    await given.group(),
    await given.namespace(),
    await given.token(),
    await given.account(),
    await given.machine(),
  ];
  const domain = await given.domain();
  const provider = await given.identityProvider();
  const logo = await client.put('/sign-in-policy/logo', { image: png }, '*');
  const providerTest = await client.post(`/identity-providers/${provider.id}/test`);
  await client.post(`/groups/${group.id}/members`, { accountIds: [account.id] });
  const provisioned = clientOf(platform.url, token.value, { 'content-type': scimContentType });
  const user = await provisioned.post(`/scim/v2/${tenant.id}/Users`, {
    userName: aName('user'),
    externalId: aName('external'),
  });
  const scimGroup = await provisioned.post(`/scim/v2/${tenant.id}/Groups`, {
    displayName: aName('scim-group'),
    members: [{ value: user.body.id }],
  });
  const recovery = await platform.operator.post(`/v1/operator/tenants/${tenant.id}/ownership-recoveries`, {
    email: `${aName('lost')}@${tenant.name}.example`,
    firstName: 'Found',
    lastName: 'Again',
  });
  const transfer = newId();
  await platform.sql(
    tenant.region,
    `insert into ownership_transfers (tenant_id, id, from_account_id, to_account_id, stays_owner, expires_at)
     select tenant_id, $2, id, $3, true, now() + interval '1 day' from accounts where tenant_id = $1 and email = $4`,
    [tenant.id, transfer, account.id, tenant.ownerEmail],
  );
  const [guest, visit] = [newId(), newId()];
  const seeded: [string, unknown[]][] = [
    [`insert into principals (tenant_id, id, kind) values ($1, $2, 'guest')`, [tenant.id, guest]],
    [
      `insert into guests (tenant_id, id, home_tenant_id, home_region, home_account_id) values ($1, $2, $3, 'au', $4)`,
      [tenant.id, guest, newId(), newId()],
    ],
    [
      `insert into visits (tenant_id, id, account_id, visited_tenant_id, visited_region) values ($1, $2, $3, $4, 'au')`,
      [tenant.id, visit, account.id, newId()],
    ],
  ];
  for (const [text, values] of seeded) await platform.sql(tenant.region, text, values);
  const invited = await client.post('/guest-invitations', { groupIds: [group.id] });
  const request = newId();
  await platform.sql(
    tenant.region,
    `insert into access_requests (tenant_id, id, principal_id, permission, reason, expires_at)
     values ($1, $2, $3, 'namespaces.view', 'to look', now() + interval '1 day')`,
    [tenant.id, request, account.id],
  );
  const change = newId();
  await platform.sql(
    tenant.region,
    `insert into change_requests (tenant_id, id, namespace_id, operation, asked_by, effects, expires_at)
     values ($1, $2, $3, 'namespaces.change', $4, '[]', now() + interval '1 day')`,
    [tenant.id, change, namespace.id, account.id],
  );
  const review = await given.review(group.id, account.id);
  // A person whom an administrator made is not taken over: the clash is held for an administrator.
  await provisioned.post(`/scim/v2/${tenant.id}/Users`, { userName: account.email });
  const hold = (await client.get('/provisioning/holds')).body.items[0];
  const entry = (await client.get('/audit-entries?limit=1')).body.items[0];
  const exported = await client.post('/audit-entries/export', {});
  const task = exported.body?.id ?? newId();
  const delegation = await given.delegation();
  const groupImport = await given.groupImport(group.id);
  const carried = await given.gateway(namespace.id);
  const agent = await given.agent(namespace.agentKey);
  await given.transactions(namespace.agentKey, agent.id, aBatch());
  const licence = await given.licence();
  // Offered once, to both.
  await platform.operator.post('/v1/operator/products', { region: 'au', ...aProduct(), code: 'matrix' });
  return {
    tenantId: tenant.id,
    products: licence.product.id,
    licences: licence.id,
    subscriptions: licence.subscription.id,
    delegations: delegation.id,
    'group-imports': groupImport.id,
    'import-keys': groupImport.keyId,
    activations: delegation.activationId,
    domains: domain.id,
    logos: logo.body.picture.address.split('/').at(-1),
    'ownership-recoveries': recovery.body.id,
    'ownership-transfers': transfer,
    'access-requests': request,
    'change-requests': change,
    'review-campaigns': review.id,
    items: review.itemId,
    'identity-providers': provider.id,
    providers: provider.id,
    // A provider behind its tenant, as protocols have it in their addresses.
    '{tenantId}': provider.id,
    tests: providerTest.body.id,
    identities: newId(),
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
    tasks: task,
    sessions: newId(),
    guests: guest,
    visits: visit,
    'guest-invitations': invited.body.id,
    holds: hold.id,
    Users: user.body.id,
    userName: user.body.userName,
    externalId: user.body.externalId,
    Groups: scimGroup.body.id,
    groupName: scimGroup.body.displayName,
    Schemas: 'urn:ietf:params:scim:schemas:core:2.0:User',
    ResourceTypes: 'User',
    namespaceName: namespace.name,
    tenantName: tenant.name,
    agentKey: namespace.agentKey,
    serviceKey: namespace.serviceKey,
    token: token.value,
  };
}

export const withoutId = (text: string) => text.replace(/"requestId":"[^"]*"/, '');

/** A tenant's rows as one sum; what may move beside the request is left out. */
export async function checksum(platform: TestPlatform, tenant: TestTenant, butFor: string[] = []): Promise<string> {
  const beside = [
    ...butFor,
    'mails',
    'jobs',
    'refusal_counts',
    'audit_entries',
    'tasks',
    'task_chunks',
    'outbox',
    'idempotency_records',
    'nonces',
    'provisioning_calls',
  ];
  const parts = tenantTables
    .filter((table) => !beside.includes(table))
    .map(
      (table) =>
        `select '${table}' as t, md5(coalesce(string_agg(md5((to_jsonb(x) - 'last_used_at' - 'last_seen_at')::text), '' order by md5((to_jsonb(x) - 'last_used_at' - 'last_seen_at')::text)), '')) as sum from "${table}" x where tenant_id = '${tenant.id}'`,
    );
  return JSON.stringify(await platform.sql(tenant.region, parts.join(' union all ')));
}

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { keyFiles, passwordOfFiles } from '../../server/test/key-files.ts';
import { until } from '../process.ts';
import { aPassword, canaries, contract, emailSent, knock, linkTo, run, type Step, secrets } from './product.ts';
import { first, inTenant, operator, tenantId } from './tenants.ts';

export async function people() {
  await run('tenants.change', inTenant());
  const account = await run('accounts.create', inTenant());
  const id: string = account.body.id;
  const token = await linkTo(emailSent(account));
  await run('accounts.change', inTenant({ id }));
  await run('accounts.invite', inTenant({ id }));
  await run('invitations.question', { given: { token }, orElse: 410 });
  const password = aPassword();
  await run('invitations.accept', { given: { token: await linkTo(emailSent(account)), password } });
  const email = emailSent(account);
  const signedIn = await run('sessions.create', { given: { email, password, tenantId } });
  secrets.add((signedIn.headers.get('set-cookie') ?? '').split(';')[0]?.split('=')[1] ?? '');
  await run('accounts.list-sessions', inTenant({ id }));
  await run('accounts.end-sessions', inTenant({ id }));
  await run('accounts.disable', inTenant({ id }));
  await run('accounts.enable', inTenant({ id }));
  await run('accounts.read', inTenant({ id }));

  const robot = await run('service-accounts.create', inTenant());
  const group = await run('groups.create', { ...inTenant(), given: { ownerId: id } });
  const one = inTenant({ id: group.body.id });
  await run('groups.change', one);
  await run('groups.add-members', { ...one, given: { accountIds: [id], serviceAccountIds: [robot.body.id] } });
  await run('groups.list-members', one);
  await run('groups.remove-member', inTenant({ id: group.body.id, memberId: id }));
  const given = { permission: 'namespaces.view' };
  await run('groups.preview-grants', { ...one, given });
  await run('groups.preview', { ...one, given: { ...given, addAccountIds: [id] } });
  await run('groups.preview-names', { ...one, given: { ...given, addAccountIds: [id] } });
  await run('groups.change-grants', { ...one, given });
  await run('groups.read-grants', one);
  await run('groups.disable', one);
  await run('groups.enable', one);
  await run('groups.read', one);
  await run('groups.list-templates', {});
  const copy = await run('groups.duplicate', { ...one, given: { withMembers: true } });
  await run('groups.compare', { ...one, query: `?with=${copy.body.id}` });
  await run('groups.list-compared-members', { ...one, query: `?with=${copy.body.id}&in=both` });
  await run('access.explain', { ...inTenant(), query: `?principal=${id}&permission=namespaces.view` });
  await run('access.read-own', inTenant());
  await run('access.list-holders', { ...inTenant(), query: '?permission=namespaces.view' });
  await run('groups.delete', inTenant({ id: (await run('groups.create', inTenant())).body.id }));

  const robotAt = inTenant({ id: robot.body.id });
  await run('service-accounts.change', robotAt);
  await run('service-accounts.disable', robotAt);
  await run('service-accounts.enable', robotAt);
  await run('service-accounts.read', robotAt);
  const issued = await run('service-accounts.issue-key', robotAt);
  await run('service-accounts.list-keys', robotAt);
  await run('me.read', { key: issued.body.value });
  // A refusal is an entry of its own.
  await run('groups.create', { at: { tenantId }, key: issued.body.value, orElse: 403 });
  await run('service-accounts.revoke-key', inTenant({ id: robot.body.id, keyId: issued.body.id }));
  await run('service-accounts.delete', inTenant({ id: (await run('service-accounts.create', inTenant())).body.id }));
  const leaver = inTenant({ id: (await run('accounts.create', inTenant())).body.id });
  await run('accounts.disable', leaver);
  await run('accounts.delete', leaver);
}

export async function namespacesAndTokens() {
  const namespace = await run('namespaces.create', inTenant());
  const one = inTenant({ id: namespace.body.id });
  await run('namespaces.change', one);
  const { agentKey } = (await run('namespaces.reset-agent-key', { ...one, given: { overlapSeconds: 0 } })).body;
  await run('namespaces.reset-service-key', one);
  await run('namespaces.read', one);
  await run('namespaces.read-contents', one);
  await gateways(namespace.body.id, agentKey);
  await settingsAsAWhole(namespace.body.id);
  await run('namespaces.delete', { ...one, query: `?confirmName=${namespace.body.name}` });
  await run('namespaces.restore', one);

  const token = await run('provisioning-tokens.issue', inTenant());
  const tokenAt = inTenant({ id: token.body.id });
  await run('scim.read-service-provider-config', { at: { tenantId }, key: token.body.value });
  await run('provisioning-tokens.pause', tokenAt);
  await run('provisioning-tokens.resume', tokenAt);
  await run('provisioning-tokens.rotate', tokenAt);
  await run('provisioning-tokens.cancel-rotation', tokenAt);
  await run('provisioning-tokens.read', tokenAt);
  await run('provisioning-tokens.revoke', tokenAt);
  await run('provisioning-tokens.issue', inTenant());
}

export async function exporting() {
  for (const given of [{ action: undefined, targetKind: undefined }, {}]) {
    const task = await run('audit.export', {
      ...inTenant(),
      given: {
        from: undefined,
        until: undefined,
        outcome: undefined,
        actorId: undefined,
        targetId: undefined,
        ...given,
      },
    });
    await until('the export', async () => {
      const { body } = await run('tasks.read', inTenant({ id: task.body.id }));
      expect(body.state).not.toBe('failed');
      return body.state === 'done';
    });
    await run('tasks.read-result', inTenant({ id: task.body.id }));
    await run('tasks.cancel', { ...inTenant({ id: task.body.id }), orElse: 409 });
  }
}

export async function everyList() {
  await run('regions.list');
  await run('topics.list');
  await run('overview.read', inTenant());
  await run('tenants.preflight-close', inTenant());
  const { body } = await run('audit.list-entries', inTenant());
  await run('audit.read-entry', inTenant({ id: body.items[0].id }));
  for (const operation of contract.values()) {
    const places = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    if (operation.method !== 'GET' || operation.query.length === 0 || places.some((name) => name !== 'tenantId'))
      continue;
    const isOperators = operation.path.startsWith('/v1/operator/');
    const who: Step = isOperators
      ? { ...operator(), at: { tenantId } }
      : operation.path.includes('/me/')
        ? first
        : inTenant();
    const isOfPermission = operation.query.includes('permission');
    await run(operation.id, isOfPermission ? { ...who, query: '?permission=audit.view' } : who);
    for (const name of operation.query) await knock(operation, who, `?${name}=${canaries.text()}`);
  }
}

async function gateways(namespaceId: string, agentKey: string) {
  const named = { ...inTenant(), given: { name: 'orders-of-residency', items: undefined } };
  const service = await run('services.create', named);
  await run('services.change', { ...inTenant({ id: service.body.id }), given: { items: undefined } });
  await run('services.read', inTenant({ id: service.body.id }));
  await run('services.list', inTenant());
  const gateway = await run('gateways.create', {
    ...inTenant({ namespaceId }),
    given: { prefix: '/residency', identityProviderId: undefined },
  });
  const id: string = gateway.body.id;
  const one = inTenant({ namespaceId, id });
  await run('gateways.change', {
    ...one,
    given: { prefix: undefined, identityProviderId: undefined, agentCertificates: undefined, signing: undefined },
  });
  await run('gateways.read', one);
  await run('gateways.list', inTenant({ namespaceId }));
  const at = inTenant({ namespaceId, gatewayId: id });
  const given = {
    host: undefined,
    pathPrefix: '/residency',
    methods: undefined,
    serviceId: service.body.id,
    itemFrom: undefined,
    item: undefined,
    upstream: 'https://upstream.example',
    trustedCertificates: undefined,
    requestHeaders: undefined,
    responseHeaders: undefined,
    connectTimeoutMs: undefined,
    responseTimeoutMs: undefined,
  };
  const route = await run('routes.create', { ...at, given });
  const oneRoute = inTenant({ namespaceId, gatewayId: id, id: route.body.id });
  await run('routes.change', { ...oneRoute, given });
  await run('routes.read', oneRoute);
  await run('routes.list', at);
  const rule = await run('rules.create', {
    ...at,
    given: { serviceId: service.body.id, item: undefined, groupIds: [] },
  });
  const oneRule = inTenant({ namespaceId, gatewayId: id, id: rule.body.id });
  await run('rules.change', { ...oneRule, given: { groupIds: undefined } });
  await run('rules.read', oneRule);
  await run('rules.list', at);
  await run('gateways.try', {
    ...one,
    given: { host: undefined, path: '/residency', method: undefined, accountId: undefined, groupIds: undefined },
  });
  await agents(at, agentKey);
  const made = await run('gateway-certificates.generate', {
    ...at,
    given: { algorithm: undefined, signsFrom: undefined },
  });
  const oneCertificate = inTenant({ namespaceId, gatewayId: id, id: made.body.id });
  await run('gateway-certificates.upload', {
    ...at,
    given: { pkcs12: keyFiles.usual, password: passwordOfFiles, signsFrom: undefined },
  });
  const signsFrom = new Date(Date.parse(made.body.startsAt) + 3_600_000).toISOString();
  await run('gateway-certificates.change', { ...oneCertificate, given: { signsFrom } });
  await run('gateway-certificates.read', oneCertificate);
  await run('gateway-certificates.list', at);
  await run('agent-certificates.generate', at);
  await run('gateway-keys.read', { at: { tenantId, gatewayId: id } });
  await run('gateway-certificates.delete', oneCertificate);
  await run('rules.delete', oneRule);
  await run('routes.delete', oneRoute);
  await run('gateways.delete', one);
  await run('services.delete', inTenant({ id: service.body.id }));
}

async function agents(at: Step, agentKey: string) {
  const itself = { at: { tenantId }, agentKey };
  const { body } = await run('agents.enrol', { ...itself, given: { gateway: undefined } });
  const agent = { agentKey, at: { tenantId, id: body.id as string } };
  await run('agents.read-configuration', { ...agent, query: '?waitSeconds=0' });
  await run('agents.read-groups', agent);
  await run('agents.report', {
    ...agent,
    given: {
      configuration: '1.0.1',
      carried: 1,
      refused: 0,
      failed: 0,
      openRequests: 0,
      waiting: 0,
      dropped: 0,
      leftOut: 0,
    },
  });
  await run('agents.record-transactions', {
    ...agent,
    given: {
      journal: randomUUID(),
      routeId: null,
      ruleId: null,
      serviceId: null,
      at: new Date().toISOString(),
      sequence: 1,
      method: 'GET',
      path: '/residency',
      status: 403,
      reason: 'not-let-in',
      durationMs: 1,
      bytesIn: 1,
      bytesOut: 1,
    },
  });
  const { gatewayId: _, ...namespace } = at.at as Record<string, string>;
  const logged = { ...at, at: namespace };
  await run('transactions.list', logged);
  await run('transactions.read-histogram', logged);
  await run('transactions.tail', { ...logged, query: '?after=1&waitSeconds=0' });
  await run('transactions.export', {
    ...logged,
    given: {
      from: undefined,
      until: undefined,
      status: undefined,
      method: undefined,
      pathPrefix: undefined,
      gatewayId: undefined,
      agentId: undefined,
      routeId: undefined,
      serviceId: undefined,
      person: undefined,
      reason: undefined,
      minDurationMs: undefined,
    },
  });
  await run('transactions.read-retention', inTenant());
  await run('transactions.change-retention', { ...inTenant(), given: { days: 45 } });
  const one = { ...at, at: { ...at.at, id: body.id as string } };
  await run('agents.list', at);
  await run('agents.read', one);
  await run('agents.drain', one);
  await run('agents.resume', one);
  await run('agents.remove', one);
}

async function settingsAsAWhole(namespaceId: string) {
  const one = inTenant({ id: namespaceId });
  const copy = await run('namespaces.duplicate', { ...one, given: { leavesOut: ['grants'], region: undefined } });
  const other = inTenant({ id: copy.body.id });
  await run('gateways.create', {
    ...inTenant({ namespaceId: copy.body.id }),
    given: { prefix: '/settings', identityProviderId: undefined },
  });
  const settings = (await run('namespaces.export', other)).body;
  const compared = await run('namespaces.compare', { ...one, query: `?with=${copy.body.id}` });
  const given = { fromId: copy.body.id, look: compared.body.look, keys: undefined };
  await run('namespaces.promote', { ...one, given });
  const emptied = { ...settings, gateways: [] };
  const looked = await run('namespaces.preview-import', { ...one, given: { settings: emptied } });
  await run('namespaces.import', { ...one, given: { settings: emptied, look: looked.body.look, keys: undefined } });
}

import { expect, test } from 'vitest';
import { changesNamespace } from '../../src/kernel/protection.ts';
import { operations } from '../../src/node.ts';
import { aPlatform, aTenant } from '../harness.ts';
import { bodies } from './bodies.ts';
import { checksum, populate } from './tenants.ts';

/** From the contract: each operation that changes something in a namespace, on a protected one. None can forget to ask. */

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform, 'au');
const ids = await populate(platform, tenant);
const namespaceId = ids.namespaces as string;
const name = ids.namespaceName as string;
// A licence that it has, which may be deleted or assigned elsewhere, and nothing else.
await tenant.client.put(`/licences/${ids.licences}/namespaces`, { namespaceIds: [namespaceId] }, '*');
await tenant.client.patch(`/namespaces/${namespaceId}`, { protection: 'name' }, '*');

const changing = operations.filter(changesNamespace);
const pathOf = (path: string) =>
  path.replace(/:(\w+)/g, (_, param: string) => {
    if (param === 'tenantId') return tenant.id;
    const parts = path.split('/');
    return ids[parts[parts.indexOf(`:${param}`) - 1] as string] as string;
  });

async function send({ id, method, path }: (typeof operations)[number], confirm?: string) {
  const { body } = id === 'licences.assign' ? { body: { namespaceIds: [] } } : (bodies[id]?.(ids) ?? {});
  const reply = await fetch(platform.url + pathOf(path) + (id === 'namespaces.delete' ? '?confirmName=another' : ''), {
    method,
    headers: {
      authorization: `Bearer ${tenant.ownerKey}`,
      ...(method === 'POST' ? {} : { 'if-match': '*' }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(confirm ? { 'x-bailiwick-confirm': confirm } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json().catch(() => undefined)) as Record<string, unknown> };
}

test('what changes a namespace is known: its own operations, its gateways, their routes and rules, its licence', () => {
  const known = changing.map(({ id }) => id);
  expect(known).toEqual(
    expect.arrayContaining([
      'namespaces.change',
      'namespaces.delete',
      'namespaces.reset-agent-key',
      'namespaces.promote',
      'namespaces.import',
      'gateways.create',
      'routes.change',
      'rules.delete',
      'licences.assign',
      'licences.delete',
    ]),
  );
  expect(known).not.toContain('gateways.try');
  // A POST that changes nothing there says so; nothing else is let off.
  const letOff = operations.filter(({ access }) => access.kind === 'allow' && access.unprotected).map(({ id }) => id);
  expect(letOff.sort()).toEqual([
    'agent-certificates.generate',
    'change-requests.approve',
    'change-requests.refuse',
    'gateways.try',
    'namespaces.export',
    'namespaces.preview-import',
    'transactions.export',
  ]);
});

test.each(changing.map((operation) => [operation.id, operation] as const))(
  '%s asks for the name of a protected namespace, and does nothing without it',
  async (_id, operation) => {
    const before = await checksum(platform, tenant);
    for (const wrong of [undefined, 'another'])
      expect(await send(operation, wrong)).toMatchObject({
        status: 428,
        body: { type: 'urn:bailiwick:problem:confirmation-required', namespaceName: name },
      });
    expect(await checksum(platform, tenant)).toBe(before);
  },
);

test('with its name changes are made, also the one that takes the protection away', async () => {
  const change = operations.find(({ id }) => id === 'namespaces.change') as (typeof operations)[number];
  expect((await send(change, name)).status).toBe(200);
  const path = `${platform.url}/v1/tenants/${tenant.id}/namespaces/${namespaceId}`;
  const headers = { authorization: `Bearer ${tenant.ownerKey}`, 'if-match': '*', 'content-type': 'application/json' };
  const body = JSON.stringify({ protection: 'none' });
  expect((await fetch(path, { method: 'PATCH', headers, body })).status).toBe(428);
  const confirmed = await fetch(path, { method: 'PATCH', headers: { ...headers, 'x-bailiwick-confirm': name }, body });
  expect(confirmed.status).toBe(200);
  expect((await send(change)).status).toBe(200);
});

test('where a second person approves, nothing is changed by any of them: each is kept', async () => {
  const approver = await tenant.given.person('a long enough password for tests');
  const group = await tenant.given.group();
  await tenant.client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'namespaces.approve' }] }, '*');
  await tenant.client.post(`/groups/${group.id}/members`, { accountIds: [approver.id] });
  const set = await fetch(`${platform.url}/v1/tenants/${tenant.id}/namespaces/${namespaceId}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${tenant.ownerKey}`,
      'if-match': '*',
      'content-type': 'application/json',
      'x-bailiwick-confirm': name,
    },
    body: JSON.stringify({ protection: 'approval' }),
  });
  expect(set.status).toBe(200);
  // Who may approve is told of each, whenever that job comes.
  const kept = ['change_requests', 'change_request_inputs', 'notices'];
  const before = await checksum(platform, tenant, kept);
  const replies = [];
  for (const operation of changing) {
    // One author has ten at most.
    await platform.sql('au', `update change_requests set state = 'withdrawn' where state = 'pending'`);
    const { status, body } = await send(operation, name);
    if (status !== 202) replies.push([operation.id, status, body.type]);
  }
  // What cannot be done here is answered as always; each has a test of its own.
  expect(replies.map(([id]) => id).sort()).toEqual([
    'agents.resume', // it serves already
    'namespaces.delete',
    'namespaces.import',
    'namespaces.promote',
    'namespaces.restore',
  ]);
  expect(await checksum(platform, tenant, kept)).toBe(before);
});

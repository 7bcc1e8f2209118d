import { expect } from 'vitest';
import { aPassword, emailSent, linkTo, run, secrets } from './product.ts';
import { inTenant, tenantId } from './tenants.ts';

/** Who may do what: asked, decided, looked at before, and decided for other software. */
export async function access() {
  const account = await run('accounts.create', { ...inTenant(), given: { groupIds: [] } });
  const password = aPassword();
  await run('invitations.accept', { given: { token: await linkTo(emailSent(account)), password } });
  const signedIn = await run('sessions.create', { given: { email: emailSent(account), password, tenantId } });
  const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
  secrets.add(cookie.split('=')[1] ?? '');
  const id: string = account.body.id;
  const permission = 'namespaces.view';
  const group = await run('groups.create', { ...inTenant(), given: { template: undefined } });
  await run('groups.change-grants', { ...inTenant({ id: group.body.id }), given: { permission } });

  const asked = async () => {
    const given = { permission, resource: undefined };
    return (await run('access-requests.create', { cookie, at: { tenantId }, given })).body.id as string;
  };
  const taken = await asked();
  await run('access-requests.read', { cookie, at: { tenantId, id: taken } });
  await run('access-requests.withdraw', { cookie, at: { tenantId, id: taken } });
  await run('access-requests.refuse', inTenant({ id: await asked() }));
  await run('access-requests.approve', { ...inTenant({ id: await asked() }), given: { groupId: group.body.id } });
  await secondApprover(cookie, id);
  await run('groups.change-member', inTenant({ id: group.body.id, memberId: id }));
  await run('access.evaluate', { ...inTenant(), given: { questions: [{ principal: id, permission }] } });
  await run('access.look', {
    ...inTenant(),
    given: {
      accounts: { act: 'disable', ids: [id] },
      groups: undefined,
      newcomer: undefined,
      serviceAccount: undefined,
      serviceAccounts: undefined,
      guest: undefined,
      identityProvider: undefined,
      provisioning: undefined,
      names: undefined,
    },
  });
  await run('access-review.export', { ...inTenant(), given: { format: 'csv' } });
  await campaigns(group.body.id, id, cookie);

  await run('authzen.read-configuration', { at: { tenantId } });
  await run('authzen.read-configuration-below', { at: { tenantId } });
  const given = { page: undefined, options: undefined };
  for (const operation of ['evaluate', 'evaluate-many', 'search-actions', 'search-resources', 'search-subjects'])
    await run(`authzen.${operation}`, { ...inTenant(), given });
}

/** A campaign from its beginning to its end; who reviews has joined the group and decides about somebody else in it. */
async function campaigns(groupId: string, reviewer: string, cookie: string) {
  const other = await run('accounts.create', { ...inTenant(), given: { groupIds: [] } });
  await run('groups.add-members', {
    ...inTenant({ id: groupId }),
    given: { accountIds: [other.body.id], serviceAccountIds: undefined, guestIds: undefined, endsAt: undefined },
  });
  const dueAt = new Date(Date.now() + 7 * 86_400_000).toISOString();
  const who = { reviewers: 'accounts', reviewerIds: [reviewer], undecided: 'keep', dueAt };
  const scope = { groupIds: [groupId] };
  const { id } = (await run('review-campaigns.create', { ...inTenant(), given: { ...who, scope } })).body;
  const here = { at: { tenantId, id }, cookie };
  while ((await run('review-campaigns.read', inTenant({ id }))).body.state !== 'open') await pause();
  await run('review-campaigns.list', inTenant());
  await run('review-campaigns.change', { ...inTenant({ id }), given: who });
  const items = (await run('review-campaigns.list-items', { ...here, query: '?yours=true' })).body.items;
  const which = { itemIds: [items[0].id], groupId: undefined, unusedDays: undefined };
  await run('review-campaigns.look', { ...here, given: { names: undefined, ...which } });
  const decision = 'remove';
  const at = { tenantId, id, itemId: items[0].id };
  await run('review-campaigns.decide', { cookie, at, given: { decision } });
  await run('review-campaigns.decide-many', { ...here, given: { ...which, decision } });
  await run('review-campaigns.carry-out', inTenant({ id }));
  await run('review-campaigns.read-report', inTenant({ id }));
  await run('review-campaigns.export', { ...inTenant({ id }), given: { format: 'json' } });
  await run('review-campaigns.close', { ...inTenant({ id }), given: { undecided: 'keep' } });
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

/** A protected namespace: what one asks for in it, another one decides about. */
async function secondApprover(cookie: string, approverId: string) {
  const group = await run('groups.create', { ...inTenant(), given: { template: undefined } });
  const permission = 'namespaces.*';
  await run('groups.change-grants', { ...inTenant({ id: group.body.id }), given: { permission } });
  await run('groups.add-members', { ...inTenant({ id: group.body.id }), given: { accountIds: [approverId] } });
  const namespace = (await run('namespaces.create', inTenant())).body;
  const one = inTenant({ id: namespace.id });
  await run('namespaces.change', { ...one, given: { protection: 'approval' } });
  const asked = async () => {
    const reply = await run('namespaces.change', { ...one, given: { protection: 'none' }, confirm: namespace.name });
    expect(reply.status).toBe(202);
    return inTenant({ namespaceId: namespace.id, id: reply.body.id as string });
  };
  const first = await asked();
  await run('change-requests.list', inTenant({ namespaceId: namespace.id }));
  await run('change-requests.read', first);
  await run('change-requests.withdraw', first);
  await run('change-requests.refuse', { at: (await asked()).at, cookie });
  await run('change-requests.approve', { at: (await asked()).at, cookie });
}

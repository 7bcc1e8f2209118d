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
  await run('groups.change-member', inTenant({ id: group.body.id, memberId: id }));
  await run('access.evaluate', { ...inTenant(), given: { questions: [{ principal: id, permission }] } });
  await run('access.look', {
    ...inTenant(),
    given: {
      accounts: { act: 'disable', ids: [id] },
      serviceAccount: undefined,
      identityProvider: undefined,
      provisioning: undefined,
      names: undefined,
    },
  });
  await run('access-review.export', { ...inTenant(), given: { format: 'csv' } });

  await run('authzen.read-configuration', { at: { tenantId } });
  const given = { page: undefined, options: undefined };
  for (const operation of ['evaluate', 'evaluate-many', 'search-actions', 'search-resources', 'search-subjects'])
    await run(`authzen.${operation}`, { ...inTenant(), given });
}

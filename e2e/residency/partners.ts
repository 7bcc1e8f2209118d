import { until } from '../process.ts';
import { aPassword, emailSent, linkTo, run, secrets } from './product.ts';
import { first, inTenant, operator, tenantId } from './tenants.ts';

/** A partner asks another tenant for access, is let in, acts there, and is out again. */
export async function partners() {
  await run('tenants.change-as-operator', { ...operator(), at: { tenantId }, given: { type: 'partner' } });
  const group = await run('groups.create', { ...inTenant(), given: { template: undefined } });
  const account = await run('accounts.create', { ...inTenant(), given: { groupIds: [] } });
  await run('groups.add-members', { ...inTenant({ id: group.body.id }), given: { accountIds: [account.body.id] } });
  const password = aPassword();
  await run('invitations.accept', { given: { token: await linkTo(emailSent(account)), password } });
  const signedIn = await run('sessions.create', { given: { email: emailSent(account), password, tenantId } });
  const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
  secrets.add(cookie.split('=')[1] ?? '');

  const customer = (more: Record<string, string> = {}) => ({
    cookie: first.cookie,
    at: { tenantId: first.tenantId, ...more },
  });
  const asking = {
    customerTenantId: first.tenantId,
    groupId: group.body.id,
    permissions: ['groups.view'],
    namespaces: [],
    days: 5,
    relation: 'partner',
    renews: undefined,
  };
  const arrived = (id: string, state: string) =>
    until(`${id} ${state}`, async () => {
      const { body } = await run('delegations.list', customer());
      return body.items.some((each: { id: string; state: string }) => each.id === id && each.state === state);
    });
  const one = async () => {
    const { body } = await run('delegations.request', { ...inTenant(), given: asking });
    await arrived(body.id, 'requested');
    return body.id as string;
  };
  const refused = await one();
  const standsAt = (id: string, state: string) =>
    until(`${id} ${state}`, async () => (await run('delegations.read', inTenant({ id }))).body.state === state);
  await run('delegations.refuse', customer({ id: refused }));
  await standsAt(refused, 'refused');
  const id = await one();
  await run('delegations.read', customer({ id }));
  await run('delegations.preview', {
    ...customer({ id }),
    given: { act: 'approve', permissions: ['groups.view'], namespaceIds: [], names: { side: 'gains' } },
  });
  await run('delegations.approve', {
    ...customer({ id }),
    given: { permissions: ['groups.view'], namespaceIds: [], days: 5, needsActivation: true },
  });
  await standsAt(id, 'active');
  const asked = async () => {
    const { body } = await run('delegations.activate', { cookie, at: { tenantId, id }, given: { hours: 1 } });
    await until('the question', async () => {
      const { body: waiting } = await run('delegations.list-activations', customer({ id }));
      return waiting.items.some((each: { id: string }) => each.id === body.id);
    });
    return { id, activationId: body.id as string };
  };
  await run('delegations.refuse-activation', customer(await asked()));
  const use = await asked();
  await run('delegations.preview', {
    ...customer({ id }),
    given: {
      act: 'approve-activation',
      activationId: use.activationId,
      permissions: ['groups.view'],
      namespaceIds: [],
      names: { side: 'gains' },
    },
  });
  await run('delegations.approve-activation', customer(use));
  await run('groups.list', { cookie, at: { tenantId: first.tenantId } });
  await run('me.list-delegations', { cookie });
  await run('delegations.report', customer({ id }));
  await run('partner-access.read', customer());
  await run('partner-access.preview', { ...customer(), given: { to: 'stopped', names: { side: 'loses' } } });
  await run('partner-access.stop', customer());
  await run('partner-access.resume', customer());
  await run('delegations.end', inTenant({ id }));
  const { customerTenantId, renews: _none, ...many } = asking;
  await run('delegations.request-many', { ...inTenant(), given: { customerTenantIds: [customerTenantId], ...many } });
}

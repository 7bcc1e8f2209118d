import { randomPartOf, run, secrets } from './product.ts';
import { first, inTenant, tenantId } from './tenants.ts';

/** A person of one tenant as a guest of another, ended by each side and by itself. */
export async function guests() {
  const person = { cookie: first.cookie };
  const groupId: string = (await run('groups.create', inTenant())).body.id;
  const invite = async () => {
    const given = { groupIds: [groupId], homeTenantId: first.tenantId };
    const { body } = await run('guest-invitations.create', { ...inTenant(), given });
    const token: string = body.link.split('#')[1];
    secrets.add(randomPartOf(token));
    return { id: body.id as string, token };
  };
  await run('guest-invitations.revoke', inTenant({ id: (await invite()).id }));
  const accept = async () => {
    const given = { token: (await invite()).token };
    await run('me.read-guest-invitation', { ...person, given });
    return (await run('me.accept-guest-invitation', { ...person, given })).body.guestId as string;
  };
  const id = await accept();
  await run('guests.read', inTenant({ id }));
  await run('groups.list-members', inTenant({ id: groupId }));
  await run('groups.create', { ...person, at: { tenantId }, orElse: 403 });
  await run('me.enter-tenant', { ...person, given: { tenantId } });
  await run('guests.remove', inTenant({ id }));

  await accept();
  const atHome = { ...person, at: { tenantId: first.tenantId } };
  const [visit] = (await run('visits.list', { ...atHome, query: `?visitedTenantId=${tenantId}` })).body.items;
  await run('visits.withdraw', { ...person, at: { ...atHome.at, id: visit.id } });

  await accept();
  const [own] = (await run('me.list-visits', person)).body.items;
  await run('me.leave-tenant', { ...person, at: { id: own.id } });

  await run('guest-sessions.create', { orElse: 410 });
  await run('region-messages.receive', { orElse: 401 });
}

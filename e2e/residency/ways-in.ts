import { aPassword, canaries, emailSent, linkTo, run, secrets } from './product.ts';
import { first, inTenant, operator, tenantId } from './tenants.ts';

/** Domains, how people sign in, the emergency door, and who owns the tenant. */
export async function waysIn() {
  const domain = await run('domains.create', { ...inTenant(), given: { name: canaries.domain() } });
  const one = inTenant({ id: domain.body.id });
  await run('domains.verify', one);
  await run('domains.read', one);
  await run('domains.delete', one);

  await run('sign-in-policy.read', inTenant());
  await run('sign-in-policy.change', {
    ...inTenant(),
    given: {
      secondFactor: 'optional',
      sessionHours: 12,
      idleMinutes: 120,
      accountsEnabled: 'automatically',
      allowedNetworks: [],
      networksHoldForProvisioning: false,
    },
  });
  await run('sign-in.read-page', { at: { tenantId } });
  await run('single-sign-on.read', inTenant());
  await run('single-sign-on.require', { ...inTenant(), orElse: 409 });
  await run('single-sign-on.stop-requiring', inTenant());

  const owner = { cookie: first.cookie };
  const made = await run('emergency-codes.make', owner);
  for (const code of made.body.codes) secrets.add(code);
  const [drilled, used] = made.body.codes;
  await run('emergency-codes.drill', { ...owner, given: { code: drilled } });
  await run('emergency-codes.read', owner);
  const { email } = (await run('me.read', owner)).body;
  const entered = await run('sign-in.use-emergency-code', { given: { tenantId: first.tenantId, email, code: used } });
  secrets.add((entered.headers.get('set-cookie') ?? '').split(';')[0]?.split('=')[1] ?? '');
}

export async function ownership() {
  const here = { cookie: first.cookie, at: { tenantId: first.tenantId } };
  const account = await run('accounts.create', { ...here, given: { groupIds: [] } });
  const password = aPassword();
  const token = await linkTo(emailSent(account));
  await run('invitations.accept', { given: { token, password } });
  const signedIn = await run('sessions.create', {
    given: { email: emailSent(account), password, tenantId: first.tenantId },
  });
  const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
  secrets.add(cookie.split('=')[1] ?? '');
  const offer = async () => {
    const given = { accountId: account.body.id, staysOwner: true };
    const { body } = await run('ownership-transfers.create', { ...here, given });
    return { tenantId: first.tenantId, id: body.id as string };
  };
  await run('ownership-transfers.cancel', { ...here, at: await offer() });
  await run('ownership-transfers.decline', { cookie, at: await offer() });
  const at = await offer();
  await run('ownership-transfers.read', { cookie, at });
  await run('ownership-transfers.accept', { cookie, at });

  const begin = async () => {
    const { body } = await run('ownership-recoveries.begin', { ...operator(), at: { tenantId } });
    return { tenantId, id: body.id as string };
  };
  await run('ownership-recoveries.withdraw', { ...operator(), at: await begin() });
  const { id } = await begin();
  await run('ownership-recoveries.read', inTenant({ id }));
  await run('ownership-recoveries.stop', inTenant({ id }));
}

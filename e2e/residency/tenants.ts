import { until } from '../process.ts';
import { aPassword, canaries, emailSent, linkTo, product, run, secrets, setUp } from './product.ts';

/** The tenant made by the operator, in which most happens. */
export let tenantId: string;
export let key: string;
/** The tenant of the set-up link, and the session of its owner. */
export let first: { tenantId: string; cookie: string };
export let registered: string;
export const operator = () => ({ key: product.operatorKey });
export const inTenant = (more: Record<string, string> = {}) => ({ at: { tenantId, ...more }, key });

export async function firstTenant() {
  setUp.token = await until('the set-up link', () => /#([0-9A-Za-z]+)$/m.exec(product.stdout)?.[1]);
  await run('first-run.question', { given: { token: setUp.token } });
  const password = aPassword();
  const made = await run('first-run.complete', { given: { token: setUp.token, password } });
  const email = emailSent(made, 'owner');

  await run('sign-in.discover', { given: { email } });
  const wrong = canaries.text();
  await run('sessions.create', { given: { email, password: wrong, tenantId: undefined }, orElse: 401 });
  await run('sessions.create', { given: { password: wrong, tenantId: undefined }, orElse: 401 });
  const signedIn = await run('sessions.create', { given: { email, password, tenantId: undefined } });
  const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
  secrets.add(cookie.split('=')[1] ?? '');
  first = { tenantId: made.body.tenantId, cookie };
  const other = await run('sessions.create', { given: { email, password, tenantId: first.tenantId } });
  secrets.add((other.headers.get('set-cookie') ?? '').split(';')[0]?.split('=')[1] ?? '');
  await run('me.read', { cookie });
  const { body } = await run('me.list-sessions', { cookie });
  const another = body.items.find(({ isCurrent }: { isCurrent: boolean }) => !isCurrent);
  await run('me.end-session', { cookie, at: { id: another.id } });
  await run('tenants.read', { cookie, at: first });
}

export async function tenantByOperator() {
  const made = await run('tenants.create', operator());
  tenantId = made.body.tenant.id;
  key = made.body.ownerKey;
  await linkTo(emailSent(made, 'owner'));
  const again = await run('owner-invitation.send', { ...operator(), at: { tenantId } });
  const token = await linkTo(emailSent(again));
  await run('invitations.question', { given: { token } });
  await run('invitations.accept', { given: { token, password: aPassword() } });
  await run('tenants.read-as-operator', { ...operator(), at: { tenantId } });
  await run('tenants.change-as-operator', { ...operator(), at: { tenantId }, given: { type: 'customer' } });
  await run('tenants.list', operator());
}

export async function tenantByRegistration() {
  const asked = await run('registrations.create');
  const token = await linkTo(emailSent(asked));
  await run('registrations.question', { given: { token } });
  const made = await run('registrations.complete', { given: { token, password: aPassword() } });
  registered = made.body.tenantId;
  await run('registrations.invite', operator());
  await run('registrations.create'); // one that nobody goes on with
}

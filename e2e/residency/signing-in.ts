import { Authenticator, codeOf } from '../../server/test/authenticator.ts';
import { png } from '../../server/test/isolation/bodies.ts';
import type { Reply } from '../http.ts';
import { aPassword, emailSent, linkTo, product, run, secrets } from './product.ts';
import { first, inTenant, tenantId } from './tenants.ts';

/** The cookies that an answer sets, as the next request sends them. */
function held(reply: Reply): { cookie: string } {
  const pairs = reply.headers.getSetCookie().filter((each) => !each.includes('Max-Age=0'));
  const values = pairs.map((each) => each.split(';')[0] ?? '');
  for (const value of values) secrets.add(value.split('=')[1] ?? '');
  return { cookie: values.join('; ') };
}

const show = (codes: string[]) => {
  for (const code of codes) secrets.add(code);
};

export async function signingIn() {
  const account = await run('accounts.create', inTenant());
  const { id } = account.body;
  const email = emailSent(account);
  let password = aPassword();
  await run('invitations.accept', { given: { token: await linkTo(email), password } });
  const signIn = async () => held(await run('sessions.create', { given: { email, password, tenantId } }));
  let person = await signIn();

  const begun = await run('me.begin-totp', person);
  secrets.add(begun.body.secret);
  const app = await run('me.add-totp', { ...person, given: { code: codeOf(begun.body.secret) } });
  show(app.body.recoveryCodes);
  await run('me.read-factor', { ...person, at: { id: app.body.id } });
  await run('me.rename-factor', { ...person, at: { id: app.body.id } });
  await run('me.list-factors', person);
  show((await run('me.renew-recovery-codes', person)).body.recoveryCodes);
  const laptop = new Authenticator(product.url);
  const options = await run('me.begin-passkey', person);
  await run('me.add-passkey', { ...person, given: { response: laptop.create(options.body) } });

  const asked = await run('me.begin-step-up', person);
  const alone = { password: undefined, totp: undefined, recoveryCode: undefined, newPassword: undefined };
  const passkey = laptop.get(asked.body.passkey);
  person = held(await run('me.step-up', { ...person, given: { ...alone, passkey } }));
  const next = aPassword();
  await run('me.change-password', { ...person, given: { currentPassword: password, newPassword: next } });
  password = next;
  await run('me.end-sessions', { ...person, query: '?keepCurrent=true' });

  const half = await signIn();
  await run('sign-in.read-unfinished', half);
  await run('sign-in.begin-enrolling-totp', { ...half, orElse: 409 });
  await run('sign-in.enrol-totp', { ...half, given: { code: '000000' }, orElse: 409 });
  await run('sign-in.begin-enrolling-passkey', { ...half, orElse: 409 });
  const other = new Authenticator(product.url).create(options.body);
  await run('sign-in.enrol-passkey', { ...half, given: { response: other }, orElse: 409 });
  const second = await run('sign-in.begin-second-factor', half);
  held(await run('sign-in.finish', { ...half, given: { ...alone, passkey: laptop.get(second.body) } }));
  const any = await run('sign-in.begin-passkey');
  held(await run('sign-in.by-passkey', { given: { response: laptop.get(any.body) } }));

  await run('sign-in.forget-password', { given: { email, tenantId } });
  const reset = await linkTo(email, '/reset');
  await run('sign-in.question-password-reset', { given: { secret: reset } });
  password = aPassword();
  await run('sign-in.reset-password', { given: { secret: reset, password } });
  await run('accounts.list-factors', inTenant({ id }));
  await run('accounts.reset-factors', inTenant({ id }));
  const asking = held(await run('sign-in.mail-link', { given: { email, tenantId } }));
  const secret = await linkTo(email, '/sign-in/link');
  const { code } = (await run('sign-in.show-link-code', { given: { secret } })).body;
  secrets.add(code);
  await run('sign-in.by-link-code', { given: { email, code }, orElse: 410 });
  person = held(await run('sign-in.by-link', { ...asking, given: { secret } }));
  const again = await run('me.begin-totp', person);
  secrets.add(again.body.secret);
  const added = await run('me.add-totp', { ...person, given: { code: codeOf(again.body.secret) } });
  show(added.body.recoveryCodes);
  await run('me.remove-factor', { ...person, at: { id: added.body.id } });

  await devices(person);
  await emergency();
  await run('sign-in-policy.read', inTenant());
  await run('sign-in-policy.change', { ...inTenant(), given: { secondFactor: 'optional', allowedNetworks: [] } });
  await run('single-sign-on.read', inTenant());
  await run('single-sign-on.require', { ...inTenant(), orElse: 409 });
  await run('single-sign-on.stop-requiring', { ...inTenant(), orElse: 409 });
  await run('sign-in.read-page', { at: { tenantId } });
  await run('sign-in-policy.read-logo', inTenant());
  const logo = await run('sign-in-policy.change-logo', { ...inTenant(), given: { image: png } });
  const digest = logo.body.picture.address.split('/').at(-1);
  await run('sign-in.read-logo', { at: { tenantId, digest } });
  await run('sign-in-policy.remove-logo', inTenant());
}

async function devices(person: { cookie: string }) {
  for (const decision of ['device-sign-in.allow', 'device-sign-in.refuse']) {
    const { body } = await run('device-sign-in.begin', { given: { tenantId } });
    secrets.add(body.deviceCode);
    const given = { userCode: body.userCode };
    await run('device-sign-in.read', { ...person, given });
    await run(decision, { ...person, given });
    held(await run('device-sign-in.finish', { given: { deviceCode: body.deviceCode }, orElse: 400 }));
  }
}

/** Of the owner of the first tenant, who is there in person. */
async function emergency() {
  const { body: made } = await run('emergency-codes.make', first);
  show(made.codes);
  await run('emergency-codes.read', first);
  await run('emergency-codes.drill', { ...first, given: { code: made.codes[0] } });
  const { body: me } = await run('me.read', first);
  const given = { tenantId: first.tenantId, email: me.email, code: made.codes[1] };
  held(await run('sign-in.use-emergency-code', { given }));
}

import { expect } from 'vitest';
import { until } from '../process.ts';
import { aPassword, canaries, emailSent, linkTo, run, type Step, secrets } from './product.ts';
import { inTenant, tenantId } from './tenants.ts';

/** Many accounts at once, other addresses, and what is held of a person. */

/** Waits for the task that a step started, and reads what it made. */
async function ended(step: Step, id: string) {
  await until('the task', async () => {
    const { body } = await run('tasks.read', { ...step, at: { tenantId, id } });
    expect(body.state).not.toBe('failed');
    return body.state === 'done';
  });
  await run('tasks.read-result', { ...step, at: { tenantId, id } });
}

async function acting(operation: string, given: object) {
  const { body } = await run(operation, { ...inTenant(), given: { ...given } });
  await ended(inTenant(), body.id);
}

/** A filter that finds what its canary says: nobody. */
const nobody = { status: 'new', source: 'local', lastSignIn: 'never', waiting: undefined };

export async function manyAccounts() {
  const group = (await run('groups.create', inTenant())).body;
  const csv = [
    'email,firstName,lastName,mobilePhone,groups',
    `${canaries.email()},${canaries.text()},${canaries.text()},${canaries.phone()},${group.name}`,
    `${canaries.text()},${canaries.text()},${canaries.text()},,${canaries.text()}`,
  ].join('\n');
  await acting('accounts.invite-many', { csv });

  const account = await run('accounts.create', inTenant());
  const { id } = account.body;
  const ids = { ids: [id], filter: undefined };
  for (const each of ['invite-again', 'disable', 'enable']) {
    await acting(`accounts.${each}-many`, ids);
    await acting(`accounts.${each}-many`, nobody);
  }
  for (const format of ['csv', 'json']) {
    await acting('accounts.export-many', { ...ids, format });
    await acting('accounts.export-many', { ...nobody, format });
  }
  for (const each of ['add-to', 'remove-from']) {
    await acting(`accounts.${each}-group`, { ...ids, groupId: group.id });
    await acting(`accounts.${each}-group`, { ...nobody, groupId: group.id });
  }
  await run('accounts.invite', inTenant({ id }));
  const password = aPassword();
  const email = emailSent(account);
  await run('invitations.accept', { given: { token: await linkTo(email, 'accept'), password } });
  const signedIn = await run('sessions.create', { given: { email, password, tenantId } });
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  secrets.add(cookie.split('=')[1] ?? '');
  const person = { cookie };

  await run('accounts.change-email', inTenant({ id }));
  await run('accounts.cancel-email-change', inTenant({ id }));
  const asked = await run('me.change-email', person);
  await run('me.cancel-email-change', person);
  const again = await run('me.change-email', person);
  await run('me.read-email', person);
  await run('me.change-language', person);
  await run('me.read-language', person);
  expect(emailSent(again)).not.toBe(emailSent(asked));
  const token = await linkTo(emailSent(again), 'confirm-email');
  await run('email-changes.question', { given: { token } });
  await run('email-changes.confirm', { given: { token } });

  for (const each of ['read-access', 'list-sign-ins', 'list-identities', 'list-factors'])
    await run(`accounts.${each}`, inTenant({ id }));
  await ended(person, (await run('me.export', person)).body.id);
  await run('me.ask-erasure', person);
  await ended(inTenant(), (await run('accounts.export', inTenant({ id }))).body.id);
  await run('accounts.disable', inTenant({ id }));
  await run('accounts.erase', inTenant({ id }));

  const leaver = (await run('accounts.create', inTenant())).body.id;
  await run('accounts.disable', inTenant({ id: leaver }));
  await acting('accounts.delete-many', { ids: [leaver], filter: undefined });
  await acting('accounts.delete-many', nobody);
}

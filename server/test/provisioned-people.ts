import { afterAll, expect } from 'vitest';
import {
  createProvisioned,
  deleteProvisioned,
  lockProvisioned,
  type ProvisionedPerson,
  personOf,
  readProvisioned,
  replaceProvisioned,
} from '../src/capabilities/accounts/service.ts';
import { aName, aPlatform, aTenant } from './harness.ts';
import { provisioningOf } from './provisioning.ts';

/** People of provisioning in a tenant of their own, for the tests of one file. */

export const password = 'lantern orbit plum ferry';

export const platform = await aPlatform({ regions: ['au'] });
afterAll(async () => expect(await platform.wronglyFound('au')).toEqual([]));
export const tenant = await aTenant(platform);
export const token = await tenant.given.token();
export const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);

export const { provisioning, messagesOf } = provisioningOf(platform, {
  tenantId: tenant.id,
  tokenId: token.id,
  action: 'scim.change-user',
});

export function person(more: Partial<ProvisionedPerson> = {}): ProvisionedPerson {
  const userName = more.userName ?? `${aName('User')}@Example.com`;
  return {
    userName,
    externalId: null,
    active: true,
    attributes: { name: { givenName: 'Grace', familyName: 'Hopper' }, emails: [{ value: userName, primary: true }] },
    email: userName,
    firstName: 'Grace',
    lastName: 'Hopper',
    displayName: 'Grace Hopper',
    mobilePhone: null,
    ...more,
  };
}

export const create = (more: Partial<ProvisionedPerson> = {}) =>
  provisioning((ctx) => createProvisioned(ctx, person(more)), { action: 'scim.create-user' });
export const replace = (id: string, more: Partial<ProvisionedPerson>) =>
  provisioning(async (ctx) => {
    const before = await lockProvisioned(ctx, id);
    return replaceProvisioned(ctx, before, { ...personOf(before), ...more });
  });
export const remove = (id: string) =>
  provisioning(async (ctx) => deleteProvisioned(ctx, await lockProvisioned(ctx, id)), { action: 'scim.delete-user' });
export const read = (id: string) => provisioning((ctx) => readProvisioned(ctx, id));
export const rowOf = async (id: string) => (await sql('select * from accounts where id = $1', [id]))[0];
export const addressesOf = async (id: string) =>
  (await sql('select value from account_emails where account_id = $1 order by 1', [id])).map(({ value }) => value);
export const hasIndex = async (id: string) =>
  (await sql('select from sign_in_index where account_id = $1', [id])).length === 1;
export const join = (groupId: string, id: string) =>
  sql('insert into memberships (tenant_id, group_id, principal_id) values ($1, $2, $3)', [tenant.id, groupId, id]);
export const groupsOf = async (id: string) =>
  (await sql('select group_id from memberships where principal_id = $1 order by 1', [id])).map((row) => row.group_id);
export const groupOfProvisioning = async () => {
  const { id, name } = await tenant.given.group();
  await sql(`update groups set source = 'scim' where id = $1`, [id]);
  return { id, name };
};
/** Made more than a day ago, so that the guard counts it. */
export const aged = async (id: string) => {
  await sql(`update accounts set created_at = created_at - interval '25 hours' where id = $1`, [id]);
  return id;
};
/** The entries about an account as an owner reads them. */
export const entriesOf = async (id: string) => {
  const { body } = await tenant.client.get(`/audit-entries?targetId=${id}&sort=at`);
  return body.items;
};
export const owners = async () =>
  (await sql('select id from groups where tenant_id = $1 and is_owner_group', [tenant.id]))[0].id;

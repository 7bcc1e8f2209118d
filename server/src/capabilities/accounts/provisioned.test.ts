import type { CompiledQuery } from 'kysely';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { accept, aName, aPlatform, aTenant, signIn } from '../../../test/harness.ts';
import { operatorStatement, systemIdentity } from '../../kernel/authenticate.ts';
import { skeleton } from '../../kernel/canonical.ts';
import { TenantContext } from '../../kernel/context.ts';
import { makePool, Unit } from '../../kernel/database/pool.ts';
import { hashPassword } from '../../kernel/hashing.ts';
import { newId } from '../../kernel/ids.ts';
import { problemOf } from '../../kernel/problem.ts';
import {
  adopt,
  clashesOf,
  createProvisioned,
  deleteProvisioned,
  foundProvisioned,
  lockedProvisioned,
  lockProvisioned,
  obstaclesToRestoring,
  type ProvisionedPerson,
  personOf,
  readProvisioned,
  replaceProvisioned,
  restoreProvisioned,
  selectProvisioned,
} from './provisioned.ts';
import { DeletedAccount } from './schema.ts';

const platform = await aPlatform({ regions: ['au'] });
afterAll(async () => expect(await platform.wronglyFound('au')).toEqual([]));
const tenant = await aTenant(platform);
const token = await tenant.given.token();
const password = 'lantern orbit plum ferry';
const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);

interface Way {
  action?: string;
  foreseen?: CompiledQuery[];
  tenantId?: string;
  /** Another pool than the node's. */
  cell?: ReturnType<typeof makePool>;
}

/** A unit of work as a provisioning token opens it; committed. Throws the problem that HTTP would answer. */
async function provisioning<T>(work: (ctx: TenantContext) => T | Promise<T>, way: Way = {}): Promise<T> {
  const { tenantId = tenant.id, foreseen = [], action = 'scim.change-user' } = way;
  const served = platform.nodes[0]?.platform as (typeof platform.nodes)[number]['platform'];
  const place = await served.locate(tenantId);
  if (!place) throw new Error('The tenant is not here.');
  const { unit, rows } = await Unit.open(way.cell ?? place.cell, tenantId, [operatorStatement], 'write', foreseen);
  const actor = { kind: 'provisioning-token', id: token.id, credentialId: token.id, door: 'scim' } as const;
  const identity = systemIdentity(actor, rows[0]?.[0] as Parameters<typeof systemIdentity>[1]);
  const request = { id: aName('request'), action, sourceAddress: null, userAgent: null, ifMatch: undefined };
  try {
    const ctx = new TenantContext({ platform: served, place, tenantId, identity, request, unit });
    const result = await work(ctx);
    await ctx.commit();
    return result;
  } catch (error) {
    await unit.rollback();
    throw problemOf(error) ?? error;
  }
}

function person(more: Partial<ProvisionedPerson> = {}): ProvisionedPerson {
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

const create = (more: Partial<ProvisionedPerson> = {}) =>
  provisioning((ctx) => createProvisioned(ctx, person(more)), { action: 'scim.create-user' });
const replace = (id: string, more: Partial<ProvisionedPerson>) =>
  provisioning(async (ctx) => {
    const before = await lockProvisioned(ctx, id);
    return replaceProvisioned(ctx, before, { ...personOf(before), ...more });
  });
const remove = (id: string) =>
  provisioning(async (ctx) => deleteProvisioned(ctx, await lockProvisioned(ctx, id)), { action: 'scim.delete-user' });
const read = (id: string) => provisioning((ctx) => readProvisioned(ctx, id));
const rowOf = async (id: string) => (await sql('select * from accounts where id = $1', [id]))[0];
const addressesOf = async (id: string) =>
  (await sql('select value from account_emails where account_id = $1 order by 1', [id])).map(({ value }) => value);
const hasIndex = async (id: string) =>
  (await sql('select from sign_in_index where account_id = $1', [id])).length === 1;
const join = (groupId: string, id: string) =>
  sql('insert into memberships (tenant_id, group_id, principal_id) values ($1, $2, $3)', [tenant.id, groupId, id]);
const groupsOf = async (id: string) =>
  (await sql('select group_id from memberships where principal_id = $1 order by 1', [id])).map((row) => row.group_id);
const groupOfProvisioning = async () => {
  const { id, name } = await tenant.given.group();
  await sql(`update groups set source = 'scim' where id = $1`, [id]);
  return { id, name };
};
/** Made more than a day ago, so that the guard counts it. */
const aged = async (id: string) => {
  await sql(`update accounts set created_at = created_at - interval '25 hours' where id = $1`, [id]);
  return id;
};
/** The entries about an account as an owner reads them. */
const entriesOf = async (id: string) => {
  const { body } = await tenant.client.get(`/audit-entries?targetId=${id}&sort=at`);
  return body.items;
};
const refusal = async (attempt: Promise<unknown>) => {
  const error = await attempt.then(
    () => undefined,
    (reason) => reason,
  );
  if (!error) throw new Error('It was not refused.');
  return error;
};
const owners = async () =>
  (await sql('select id from groups where tenant_id = $1 and is_owner_group', [tenant.id]))[0].id;

describe('creating', () => {
  test('stores a person whole, with what the console shows and what is looked up', async () => {
    const userName = `${aName('Bj\u00f6rn')}@Example.COM`;
    const attributes = {
      emails: [
        { value: userName.toUpperCase(), primary: true },
        { value: 'Other@Example.com', type: 'home' },
        { value: 'other@example.com', type: 'other' },
        { value: 'no address' },
        { type: 'work' },
      ],
      nickName: 'Bj',
    };
    const made = await create({
      userName,
      externalId: 'Ext-1',
      attributes,
      email: userName,
      mobilePhone: '+61280001111',
    });

    expect(made).toMatchObject({
      version: 1,
      status: 'enabled',
      email: expect.stringMatching(/@example\.com$/),
      groups: [],
    });
    expect(await read(made.id)).toEqual(made);
    expect(await addressesOf(made.id)).toEqual(['no address', 'other@example.com']);
    expect(await rowOf(made.id)).toMatchObject({
      source: 'scim',
      username: userName,
      username_folded: userName.toLowerCase(),
      external_id: 'Ext-1',
      email_canonical: userName.toLowerCase(),
      created_by: token.id,
      verified_at: null,
      removed_at: null,
    });
    expect(await hasIndex(made.id)).toBe(false);
    expect((await tenant.client.get(`/accounts/${made.id}`)).body).toMatchObject({
      source: 'scim',
      username: userName,
      displayName: 'Grace Hopper',
      mobilePhone: '+61280001111',
    });
    expect(await entriesOf(made.id)).toMatchObject([
      { action: 'scim.create-user', target: { kind: 'account', id: made.id }, actor: { id: token.id } },
    ]);
  });

  test('needs no e-mail address, and keeps one that is none in the attributes only', async () => {
    for (const email of [null, 'nobody', 'a@b', 'a@b@example.com', 'p\u0430ul@example.com']) {
      const made = await create({ email, attributes: { emails: [{ value: email ?? '' }] } });
      expect(made).toMatchObject({ email: null, emailCanonical: null });
    }
    expect((await tenant.client.get('/accounts?sort=email&limit=200')).status).toBe(200);
  });

  test('refuses a name or an address that another account has, local or not, in whatever spelling', async () => {
    const local = await tenant.given.account();
    const made = await create();
    for (const taken of [local.username, local.username.toUpperCase(), made.username])
      expect(await refusal(create({ userName: taken, email: null }))).toMatchObject({
        status: 409,
        code: 'username-taken',
      });
    for (const taken of [local.email.toUpperCase(), made.email])
      expect(await refusal(create({ userName: aName(), email: taken }))).toMatchObject({ code: 'email-taken' });
    expect(await provisioning((ctx) => clashesOf(ctx, { userName: local.username, email: made.email }))).toEqual([
      {
        accountId: local.id,
        source: 'local',
        displayName: local.displayName,
        takenName: skeleton(local.username),
        takenEmail: null,
      },
      {
        accountId: made.id,
        source: 'scim',
        displayName: 'Grace Hopper',
        takenName: null,
        takenEmail: made.emailCanonical,
      },
    ]);
    expect(await provisioning((ctx) => clashesOf(ctx, { userName: aName(), email: null }))).toEqual([]);
  });

  test('with a password the person may sign in, by it and the address', async () => {
    const passwordHash = await hashPassword(tenant.id, password);
    const { id, email } = await create({ passwordHash });
    expect(await signIn(platform, email as string, password)).toBeTruthy();
    const inactive = await create({ passwordHash, active: false });
    const refused = await platform.anyone.post('/v1/sessions', { email: inactive.email, password });
    expect(refused.status).toBe(401);
    expect(await create({ passwordHash, email: null })).toMatchObject({ email: null });
    const [{ after }] = await entriesOf(id);
    expect(after.password).toBe('(secret)');
    expect(JSON.stringify(await sql('select * from audit_entries where target_id = $1', [id]))).not.toContain('argon2');
  });
});

describe('reading', () => {
  test('shows the groups of provisioning in the same row, and nobody else', async () => {
    const { id } = await create();
    const [group, local] = [await groupOfProvisioning(), await tenant.given.group()];
    await join(group.id, id);
    await join(local.id, id);
    expect((await read(id)).groups).toEqual([group]);
    const listed = await provisioning((ctx) => selectProvisioned(ctx.db).where('accounts.id', '=', id).execute());
    expect(listed).toEqual([await read(id)]);

    const person = await tenant.given.account();
    await remove((await create({ userName: 'gone' })).id);
    const gone = await sql(`select id from accounts where tenant_id = $1 and deleted_at is not null`, [tenant.id]);
    for (const other of [person.id, gone[0].id, newId(), 'x', '', "'; drop table accounts"])
      expect(await refusal(read(other))).toMatchObject({ status: 404, message: expect.stringContaining('user') });
    const elsewhere = await aTenant(platform);
    expect(await refusal(provisioning((ctx) => readProvisioned(ctx, id), { tenantId: elsewhere.id }))).toMatchObject({
      status: 404,
    });
  });

  test('is answered from what was foreseen', async () => {
    const { id } = await create();
    for (const foreseen of [foundProvisioned, lockedProvisioned])
      await provisioning(
        async (ctx) => {
          const sent: unknown[] = [];
          const { rows } = await ctx.db.executeQuery(foreseen(id));
          sent.push(...rows);
          expect(sent).toMatchObject([{ id, groups: [] }]);
        },
        { foreseen: [foreseen(id)] },
      );
  });
});

describe('replacing', () => {
  test('writes nothing when nothing differs, in whatever order members of objects come', async () => {
    const attributes = {
      name: { familyName: 'B', givenName: 'A' },
      title: 'T',
      emails: [{ value: 'q@q.example', type: 'x' }],
    };
    const { id } = await create({ attributes });
    const before = await rowOf(id);
    const same = await replace(id, {
      attributes: {
        emails: [{ type: 'x', value: 'q@q.example' }],
        title: 'T',
        name: { givenName: 'A', familyName: 'B' },
      },
    });
    expect(same.version).toBe(1);
    expect(await rowOf(id)).toEqual(before);
    expect(await entriesOf(id)).toHaveLength(1);
    for (const differing of [
      { attributes: { ...attributes, emails: [{ value: 'q@q.example' }] } },
      { attributes: { ...attributes, title: ['T'] } },
      { attributes: { title: 'T' } },
      { externalId: 'x' },
      { externalId: 'X' },
      { displayName: 'D' },
    ])
      expect((await replace(id, differing)).version).toBe((await rowOf(id)).version);
    expect((await rowOf(id)).version).toBe(7);
  });

  test('changes name and addresses, also in case only, and keeps the difference in the audit', async () => {
    const { id, username, email } = await create({
      attributes: { emails: [{ value: 'One@x.example' }, { value: 'two@x.example' }] },
    });
    await replace(id, {
      userName: username.toUpperCase(),
      attributes: { emails: [{ value: 'TWO@x.example' }, { value: 'three@x.example' }] },
    });
    expect(await addressesOf(id)).toEqual(['three@x.example', 'two@x.example']);
    expect(await rowOf(id)).toMatchObject({
      username: username.toUpperCase(),
      username_folded: username.toLowerCase(),
      version: 2,
      email,
    });
    const renamed = aName('renamed');
    const after = await replace(id, { userName: renamed, email: 'three@x.example' });
    expect(await addressesOf(id)).toEqual(['two@x.example']);
    expect(await read(id)).toEqual(after);
    const entries = await entriesOf(id);
    expect(entries).toHaveLength(3);
    expect(entries[2]).toMatchObject({
      before: { username: username.toUpperCase(), email },
      after: { username: renamed, email: 'three@x.example' },
    });
    expect(entries[2].after).not.toHaveProperty('attributes');

    const local = await tenant.given.account();
    expect(await refusal(replace(id, { userName: local.username }))).toMatchObject({ code: 'username-taken' });
    expect(await refusal(replace(id, { email: local.email }))).toMatchObject({ code: 'email-taken' });
    expect(await read(id)).toEqual(after);
  });

  test('deactivation ends sessions and open links, reactivation gives the groups back', async () => {
    const { id, email } = await create({ passwordHash: await hashPassword(tenant.id, password) });
    await aged(id);
    const group = await groupOfProvisioning();
    await join(group.id, id);
    const session = platform.session(await signIn(platform, email as string, password));
    expect((await session.get('/v1/me')).status).toBe(200);
    await sql(
      `insert into links (tenant_id, id, purpose, account_id, secret_hash, expires_at)
       values ($1, gen_random_uuid(), 'invitation', $2, $3, now() + interval '1 day')`,
      [tenant.id, id, Buffer.from(id)],
    );

    const inactive = await replace(id, { active: false });
    expect(inactive).toMatchObject({ status: 'disabled', version: 2, removedAt: expect.any(Date), groups: [group] });
    expect(await read(id)).toEqual(inactive);
    expect((await session.get('/v1/me')).status).toBe(401);
    expect(await sql('select from links where account_id = $1 and consumed_at is null', [id])).toEqual([]);
    expect((await replace(id, { active: false })).version).toBe(2);

    const active = await replace(id, { active: true });
    expect(active).toMatchObject({ status: 'enabled', version: 3, removedAt: null, groups: [group] });
    expect(await read(id)).toEqual(active);
    expect((await session.get('/v1/me')).status).toBe(401);
    const entries = (await entriesOf(id)).filter(({ action }: { action: string }) => action === 'scim.change-user');
    expect(entries.map(({ before, after }: DeletedAccount & { after: object }) => ({ before, after }))).toEqual([
      { before: { status: 'enabled' }, after: { status: 'disabled' } },
      { before: { status: 'disabled' }, after: { status: 'enabled' } },
    ]);
  });

  test('the guard counts no account that was made within the day and never used', async () => {
    const fresh = await create();
    expect((await replace(fresh.id, { active: false })).removedAt).toBeNull();
    const used = await create();
    await sql('update accounts set last_sign_in_at = now() where id = $1', [used.id]);
    expect((await replace(used.id, { active: false })).removedAt).toBeInstanceOf(Date);
    const old = await aged((await create()).id);
    expect((await replace(old, { active: false })).removedAt).toBeInstanceOf(Date);
    for (const [id, counts] of [
      [(await create()).id, false],
      [await aged((await create()).id), true],
    ] as const) {
      await remove(id);
      expect((await rowOf(id)).removed_at !== null).toBe(counts);
    }
  });

  test('a password is set and replaced, and follows the address', async () => {
    const { id } = await create({ email: null });
    const withPassword = await replace(id, { passwordHash: await hashPassword(tenant.id, password) });
    expect(withPassword.version).toBe(2);
    expect(await hasIndex(id)).toBe(false);
    const address = `${aName('late')}@x.example`;
    await replace(id, { email: address });
    expect(await signIn(platform, address, password)).toBeTruthy();
    const other = `${aName('later')}@x.example`;
    await replace(id, { email: other, passwordHash: await hashPassword(tenant.id, 'another lantern plum ferry') });
    expect((await platform.anyone.post('/v1/sessions', { email: other, password })).status).toBe(401);
    expect(await signIn(platform, other, 'another lantern plum ferry')).toBeTruthy();
    const session = platform.session(await signIn(platform, other, 'another lantern plum ferry'));
    await replace(id, { email: null });
    expect((await session.get('/v1/me')).body).not.toHaveProperty('email');
    expect(await hasIndex(id)).toBe(false);
    expect((await entriesOf(id))[1].after).toEqual({ password: '(secret)' });

    const without = await create({ email: null });
    await replace(without.id, { email: `${aName('no-password')}@x.example` });
    expect(await hasIndex(without.id)).toBe(false);
  });
});

describe('deleting and restoring', () => {
  const deletionOf = async (id: string) => {
    const entries = await entriesOf(id);
    return DeletedAccount.parse(entries.findLast(({ action }: { action: string }) => action === 'scim.delete-user'));
  };
  const restore = (deleted: DeletedAccount) =>
    provisioning((ctx) => restoreProvisioned(ctx, deleted), { action: 'scim.undo' });

  test('frees name and address at once, leaves nothing of the person, and can be undone', async () => {
    const wanted = {
      externalId: 'ext-9',
      attributes: { title: 'T', emails: [{ value: 'second@x.example' }], 'urn:x': { deep: [1, { a: null }] } },
      passwordHash: await hashPassword(tenant.id, password),
    };
    const made = await create(wanted);
    const { id } = made;
    const [group, local, gone] = [await groupOfProvisioning(), await tenant.given.group(), await groupOfProvisioning()];
    for (const { id: groupId } of [group, local, gone]) await join(groupId, id);
    const session = platform.session(await signIn(platform, made.email as string, password));
    const before = await read(id);
    const versions = () => sql('select version from groups where id = $1', [group.id]);
    const [{ version }] = await versions();

    await remove(id);
    expect(await refusal(read(id))).toMatchObject({ status: 404 });
    expect((await session.get('/v1/me')).status).toBe(401);
    expect(await groupsOf(id)).toEqual([]);
    expect((await versions())[0].version).toBe(version + 1);
    expect(await sql('select from passwords where account_id = $1', [id])).toEqual([]);
    expect(await hasIndex(id)).toBe(false);
    const tombstone = JSON.stringify(await rowOf(id));
    for (const trace of [made.username, made.username.toLowerCase(), 'ext-9', 'Hopper', 'second'])
      expect(tombstone).not.toContain(trace);
    expect(await addressesOf(id)).toEqual([]);
    const again = await create({ userName: made.username });
    expect(again.id).not.toBe(id);

    const deleted = await deletionOf(id);
    expect(deleted.details.groupIds).toEqual([group.id, local.id, gone.id].sort());
    expect(await restore(deleted)).toEqual({
      clashes: [
        {
          accountId: again.id,
          source: 'scim',
          displayName: 'Grace Hopper',
          takenName: skeleton(again.username),
          takenEmail: again.emailCanonical,
        },
      ],
    });
    await remove(again.id);
    await sql('delete from groups where id = $1', [gone.id]);
    expect(await provisioning((ctx) => obstaclesToRestoring(ctx, deleted))).toEqual({
      clashes: [],
      missingGroupIds: [gone.id],
    });
    const restored = await restore(deleted);
    const { version: _, updatedAt: _at, groups: _groups, ...same } = before;
    expect(restored).toMatchObject({ account: { ...same, groups: [group] }, missingGroupIds: [gone.id] });
    expect(await groupsOf(id)).toEqual([group.id, local.id].sort());
    expect(await addressesOf(id)).toEqual(['second@x.example']);
    expect((await rowOf(id)).version).toBeGreaterThan(before.version);
    expect((await session.get('/v1/me')).status).toBe(401);
    expect((await platform.anyone.post('/v1/sessions', { email: made.email, password })).status).toBe(401);
    expect(await refusal(restore(deleted))).toMatchObject({ status: 404 });
  });

  test('a restoration brings nobody into the Owner Group, and keeps who was inactive so', async () => {
    const { id } = await create({ active: false, email: null });
    await join(await owners(), id);
    await remove(id);
    const restored = await restore(await deletionOf(id));
    expect(restored).toMatchObject({ account: { status: 'disabled', email: null }, missingGroupIds: [await owners()] });
    expect(await groupsOf(id)).toEqual([]);
  });

  test('of many deletions at once one succeeds', async () => {
    const { id } = await create();
    const group = await groupOfProvisioning();
    await join(group.id, id);
    const tries = await Promise.allSettled(Array.from({ length: 4 }, () => remove(id)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await groupsOf(id)).toEqual([]);
  });

  test('what was deleted as local is not restored', async () => {
    const { id } = await tenant.given.account();
    await tenant.client.post(`/accounts/${id}/disable`);
    await tenant.client.delete(`/accounts/${id}`, '*');
    const deleted = DeletedAccount.parse({
      before: { ...person(), id, username: 'u', status: 'enabled' },
      details: { groupIds: [] },
    });
    expect(await refusal(restore(deleted))).toMatchObject({ status: 404 });
  });
});

describe('adopting', () => {
  const taken = (id: string, more: Partial<ProvisionedPerson>) =>
    provisioning((ctx) => adopt(ctx, id, person(more)), { action: 'provisioning.adopt' });

  test('keeps id, groups and password of a local account, which is provisioned from then on', async () => {
    const group = await tenant.given.group();
    const local = await tenant.given.person(password, { groupIds: [group.id] });
    const adopted = await taken(local.id, {
      userName: local.username.toUpperCase(),
      email: local.email,
      externalId: 'ext-2',
      displayName: 'From there',
    });
    expect(adopted).toMatchObject({ id: local.id, externalId: 'ext-2', displayName: 'From there', groups: [] });
    expect(await read(local.id)).toEqual(adopted);
    expect((await tenant.client.get(`/accounts/${local.id}`)).body).toMatchObject({
      source: 'scim',
      displayName: 'From there',
      groups: [{ id: group.id }],
    });
    expect(await signIn(platform, local.email, password)).toBeTruthy();
    expect(
      (await entriesOf(local.id)).find((entry: { action: string }) => entry.action === 'provisioning.adopt'),
    ).toMatchObject({
      before: { source: 'local', username: local.username },
      after: { source: 'scim', externalId: 'ext-2' },
    });
  });

  test('ends the invitation of one who never accepted it, and the sessions of one who is inactive there', async () => {
    const invited = await tenant.given.account();
    await taken(invited.id, { userName: invited.username, email: invited.email });
    await expect(accept(platform, invited.email, password)).rejects.toThrow('link-over');
    expect(await hasIndex(invited.id)).toBe(false);

    const local = await tenant.given.person(password);
    const session = platform.session(await signIn(platform, local.email, password));
    expect(await taken(local.id, { userName: local.username, email: local.email, active: false })).toMatchObject({
      status: 'disabled',
    });
    expect((await session.get('/v1/me')).status).toBe(401);
  });

  test('is refused for owners, for another name, and where there is no local account', async () => {
    const owner = await tenant.given.person(password, { groupIds: [await owners()] });
    expect(await refusal(taken(owner.id, { userName: owner.username, email: owner.email }))).toMatchObject({
      status: 403,
      code: 'owner-stays-local',
    });
    const local = await tenant.given.account();
    expect(await refusal(taken(local.id, { userName: aName(), email: local.email }))).toMatchObject({
      status: 409,
      code: 'another-name',
    });
    const made = await create();
    for (const id of [made.id, newId(), 'x'])
      expect(await refusal(taken(id, { userName: made.username }))).toMatchObject({ status: 404 });
    for (const { id } of [owner, local]) expect((await rowOf(id)).source).toBe('local');
  });
});

test('an account of provisioning never counts as a usable owner', async () => {
  const elsewhere = await aTenant(platform);
  const inElsewhere = { tenantId: elsewhere.id };
  const made = await provisioning(
    async (ctx) => createProvisioned(ctx, person({ passwordHash: await hashPassword(elsewhere.id, password) })),
    inElsewhere,
  );
  const [group] = await sql('select id from groups where tenant_id = $1 and is_owner_group', [elsewhere.id]);
  await elsewhere.client.post(`/groups/${group.id}/members`, { accountIds: [made.id] });
  const { body } = await elsewhere.client.get(`/accounts?q=${elsewhere.ownerEmail}`);
  expect(await elsewhere.client.post(`/accounts/${body.items[0].id}/disable`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:last-owner' },
  });
  await provisioning(async (ctx) => {
    const before = await lockProvisioned(ctx, made.id);
    replaceProvisioned(ctx, before, { ...personOf(before), active: false });
  }, inElsewhere);
});

/** How many messages to PostgreSQL the work takes, beginning and commit with it. */
async function count(work: (ctx: TenantContext) => unknown, foreseen: CompiledQuery[] = []): Promise<number> {
  const { host, port } = inject('postgres');
  const database = platform.databases.cells.au?.[0] as string;
  const cell = makePool({ connection: { host, port, user: 'app', database }, size: 1 });
  let messages = 0;
  cell.on('connect', (client) => {
    const query = client.query.bind(client) as (...all: unknown[]) => unknown;
    client.query = ((...all: unknown[]) => {
      messages++;
      return query(...all);
    }) as typeof client.query;
  });
  try {
    await provisioning(async (ctx) => work(ctx), { cell, foreseen });
    return messages;
  } finally {
    await cell.end();
  }
}

test('what is done most takes few messages', async () => {
  const { id } = await create();
  const changing = (more: Partial<ProvisionedPerson>) => async (ctx: TenantContext) => {
    const before = await lockProvisioned(ctx, id);
    replaceProvisioned(ctx, before, { ...personOf(before), ...more });
  };
  for (const active of [false, true]) expect(await count(changing({ active }), [lockedProvisioned(id)])).toBe(2);
  // What is personal in the entry is encrypted with a key that has to be found.
  expect(await count(changing({ displayName: 'New' }), [lockedProvisioned(id)])).toBe(3);
  expect(await count((ctx) => createProvisioned(ctx, person()))).toBe(2);
});

import { describe, expect, test } from 'vitest';
import { aName, aTenant, signIn } from '../../../test/harness.ts';
import {
  addressesOf,
  aged,
  create,
  entriesOf,
  groupOfProvisioning,
  hasIndex,
  join,
  messagesOf,
  password,
  person,
  platform,
  provisioning,
  read,
  remove,
  replace,
  rowOf,
  sql,
  tenant,
  token,
} from '../../../test/provisioned-people.ts';
import { refusal } from '../../../test/provisioning.ts';
import { skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { hashPassword } from '../../kernel/hashing.ts';
import { newId } from '../../kernel/ids.ts';
import { clashesOf } from './clashes.ts';
import {
  createProvisioned,
  foreseenOfState,
  foundProvisioned,
  groupsIn,
  lockedProvisioned,
  lockProvisioned,
  type ProvisionedPerson,
  personOf,
  readProvisioned,
  replaceProvisioned,
  selectProvisioned,
  switchProvisioned,
} from './provisioned.ts';
import type { DeletedAccount } from './schema.ts';

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
      groups: null,
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
    expect(groupsIn(await read(id))).toEqual([group]);
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
          expect(sent).toMatchObject([{ id, groups: null }]);
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
    expect(inactive).toMatchObject({ status: 'disabled', version: 2, removedAt: expect.any(Date) });
    expect(groupsIn(inactive)).toEqual([group]);
    expect(await read(id)).toEqual(inactive);
    expect((await session.get('/v1/me')).status).toBe(401);
    expect(await sql('select from links where account_id = $1 and consumed_at is null', [id])).toEqual([]);
    expect((await replace(id, { active: false })).version).toBe(2);

    const active = await replace(id, { active: true });
    expect(active).toMatchObject({ status: 'enabled', version: 3, removedAt: null });
    expect(groupsIn(active)).toEqual([group]);
    expect(await read(id)).toEqual(active);
    expect((await session.get('/v1/me')).status).toBe(401);
    const entries = (await entriesOf(id)).filter(({ action }: { action: string }) => action === 'scim.change-user');
    expect(entries.map(({ before, after }: DeletedAccount & { after: object }) => ({ before, after }))).toEqual([
      { before: { status: 'enabled' }, after: { status: 'disabled' } },
      { before: { status: 'disabled' }, after: { status: 'enabled' } },
    ]);
  });

  test('a change of state alone has lists find the account by how it stands now', async () => {
    const { id } = await create({ displayName: aName('Switched') });
    const found = async (status: string) =>
      (await tenant.client.get(`/accounts?q=switched&status=${status}`)).body.items.map(
        (one: { id: string }) => one.id,
      );
    for (const [active, status, other] of [
      [false, 'disabled', 'enabled'],
      [true, 'enabled', 'disabled'],
    ] as const) {
      await provisioning(async (ctx) => switchProvisioned(ctx, await lockProvisioned(ctx, id), active));
      expect(await found(status)).toEqual([id]);
      expect(await found(other)).toEqual([]);
    }
  });

  test('who notes a lease of an account holds it: a deactivation sees the note, or is seen after it', async () => {
    const { id } = await create();
    const free = () => sql('select id from accounts where id = $1 for no key update skip locked', [id]);
    await provisioning(async ({ db, tenantId }) => {
      const lease = { tenantId, accountId: id, sessionId: newId(), visitedTenantId: newId(), visitedRegion: 'eu' };
      await db
        .insertInto('leases')
        .values({ ...lease, askedAt: new Date(), groupIds: [] })
        .execute();
      expect(await free()).toEqual([]);
    });
    expect(await free()).toHaveLength(1);
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
    await replaceProvisioned(ctx, before, { ...personOf(before), active: false });
  }, inElsewhere);
});

test('what is done most takes few messages', async () => {
  const { id } = await create();
  const changing = (more: Partial<ProvisionedPerson>) => async (ctx: TenantContext) => {
    const before = await lockProvisioned(ctx, id);
    await replaceProvisioned(ctx, before, { ...personOf(before), ...more });
  };
  for (const active of [false, true])
    expect(await messagesOf(changing({ active }), [lockedProvisioned(id), foreseenOfState(id)])).toBe(2);
  // What is personal in the entry is encrypted with a key that has to be found.
  expect(await messagesOf(changing({ displayName: 'New' }), [lockedProvisioned(id)])).toBe(3);
  expect(await messagesOf((ctx) => createProvisioned(ctx, person()))).toBe(2);
});

test('no index of accounts says anything of what a change of state writes: such a change writes to none of them', async () => {
  const mentioned = await sql(
    `select i.indexrelid::regclass::text as index, a.attname as column
     from pg_index i
     join pg_depend d on d.objid = i.indexrelid and d.refobjid = i.indrelid and d.refobjsubid > 0
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = d.refobjsubid
     where i.indrelid = 'accounts'::regclass and a.attname = any($1)`,
    [['status', 'version', 'updated_at', 'updated_by']],
  );
  expect(mentioned).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { signIn } from '../../../test/harness.ts';
import {
  addressesOf,
  create,
  entriesOf,
  groupOfProvisioning,
  groupsOf,
  hasIndex,
  join,
  owners,
  password,
  person,
  platform,
  provisioning,
  read,
  remove,
  rowOf,
  sql,
  tenant,
} from '../../../test/provisioned-people.ts';
import { refusal } from '../../../test/provisioning.ts';
import { skeleton } from '../../kernel/canonical.ts';
import { hashPassword } from '../../kernel/hashing.ts';
import { obstaclesToRestoring, restoreProvisioned } from './deleted.ts';
import { DeletedAccount } from './schema.ts';

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
    expect(restored).toMatchObject({
      account: { ...same, groups: `${group.id}${group.name}` },
      missingGroupIds: [gone.id],
    });
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

import { describe, expect, test } from 'vitest';
import { accept, aName, signIn } from '../../../test/harness.ts';
import {
  create,
  entriesOf,
  hasIndex,
  owners,
  password,
  person,
  platform,
  provisioning,
  read,
  rowOf,
  tenant,
} from '../../../test/provisioned-people.ts';
import { refusal } from '../../../test/provisioning.ts';
import { newId } from '../../kernel/ids.ts';
import { adopt } from './adopted.ts';
import type { ProvisionedPerson } from './provisioned.ts';

describe('adopting', () => {
  const taken = (id: string, more: Partial<ProvisionedPerson>) =>
    provisioning((ctx) => adopt(ctx, id, person(more), async () => true), { action: 'provisioning.adopt' });

  test('keeps id, groups and password of a local account, which is provisioned from then on', async () => {
    const group = await tenant.given.group();
    const local = await tenant.given.person(password, { groupIds: [group.id] });
    const adopted = await taken(local.id, {
      userName: local.username.toUpperCase(),
      email: local.email,
      externalId: 'ext-2',
      displayName: 'From there',
    });
    expect(adopted).toMatchObject({ id: local.id, externalId: 'ext-2', displayName: 'From there', groups: null });
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

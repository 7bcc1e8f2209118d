import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, aTenant, type TestPlatform } from '../../../test/harness.ts';

const profile = {
  accountType: 'card',
  reference: 'pm_1N4HJk2eZvKYlo2C',
  currency: 'AUD',
  contactName: 'Ann Lee',
  contactEmail: 'ann@people.example',
};
const changedSince = [412, 'urn:bailiwick:problem:version-changed'];

let platform: TestPlatform;
beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_BILLING: 'on' } });
});

async function billed() {
  const { client, below, ownerKey } = await aTenant(platform, 'au');
  const put = (ifMatch: string, more: object = {}, node = 0) =>
    below(ownerKey, node).put('/billing-profile', { ...profile, ...more }, ifMatch);
  return { client, put };
}

describe('two writers of a billing profile', () => {
  test('who both found none: one makes it, the others are told that it changed', async () => {
    const { client, put } = await billed();
    const none = (await client.get('/billing-profile')).etag as string;
    const replies = await Promise.all(
      [0, 1, 2, 3].map((writer) => put(none, { purchaseOrder: `PO-${writer}` }, writer % 2)),
    );
    const [made, ...others] = replies.filter(({ status }) => status === 200);
    expect(others).toEqual([]);
    for (const { status, body } of replies.filter((each) => each.status !== 200))
      expect([status, body.type]).toEqual(changedSince);
    const now = await client.get('/billing-profile');
    expect(now.body.purchaseOrder).toBe(made?.body.purchaseOrder);
    expect(now.etag).toBe(made?.etag);
  });

  test('who change whatever is there: each does, one after the other', async () => {
    const { client, put } = await billed();
    const replies = await Promise.all([0, 1, 2, 3].map((writer) => put('*', {}, writer % 2)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(replies.map(({ etag }) => etag)).size).toBe(4);
    expect((await client.get('/billing-profile')).body.state).toBe('active');
  });

  test('who read the same: one changes it', async () => {
    const { put } = await billed();
    const read = (await put('*')).etag as string;
    const replies = await Promise.all([0, 1, 2].map((writer) => put(read, {}, writer % 2)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });
});

test('P36: what was read of a profile that was removed since changes and removes no later one', async () => {
  const { client, put } = await billed();
  const first = await put('*');
  const second = await put(first.etag as string, { purchaseOrder: 'PO-2' });
  expect(second.status, second.text).toBe(200);
  expect((await client.delete('/billing-profile', second.etag as string)).status).toBe(204);
  const anew = [await put('"1"'), await put('*')];
  expect(anew.map(({ status }) => status)).toEqual([200, 200]);
  for (const old of [first, second]) {
    const tag = old.etag as string;
    for (const reply of [await put(tag), await client.delete('/billing-profile', tag)])
      expect([reply.status, reply.body.type]).toEqual(changedSince);
  }
  expect((await client.delete('/billing-profile', anew[1]?.etag as string)).status).toBe(204);
});

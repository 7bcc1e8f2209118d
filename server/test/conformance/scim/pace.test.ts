import { request } from 'node:http';
import { expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, bulkOf, problem, scimJson } from './scim.ts';

/** What is asked for faster than a token may ask: 10 requests a second here, each operation of a Bulk one of them. */

const perSecond = 10;
const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: String(2 * perSecond) } });

const creations = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `b${at}`,
    data: { userName: `${prefix}-${at}` },
  }));
const countOf = async (prefix: string): Promise<number> => {
  const [row] = await platform.sql('au', 'select count(*)::int as n from accounts where username like $1', [
    `${prefix}-%`,
  ]);
  return row?.n;
};

test('many at once: done, or 429 with Retry-After in the form of section 3.12 and nothing done', async () => {
  const scim = await aScim(platform);
  const prefix = aWord();
  const replies = await Promise.all(creations(prefix, 20 * perSecond).map(({ data }) => scim.post('/Users', data)));

  const refused = replies.filter(({ status }) => status !== 201);
  expect(refused.length).toBeGreaterThan(0);
  for (const reply of refused) {
    expect(reply).toMatchObject(problem(429));
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(await countOf(prefix)).toBe(replies.length - refused.length);
});

test('a Bulk of more operations than a second lets goes on in the next: each is done, none is refused', async () => {
  const scim = await aScim(platform);
  const prefix = aWord();

  const { status, body } = await scim.post('/Bulk', bulkOf(creations(prefix, 3 * perSecond)));

  expect(status).toBe(200);
  expect(new Set(body.Operations.map((each: { status: string }) => each.status))).toEqual(new Set(['201']));
  expect(await countOf(prefix)).toBe(3 * perSecond);
  const used = await platform.sql('au', `select used from quota_shares where tenant_id = $1 and share <> ''`, [
    scim.tenant.id,
  ]);
  for (const each of used) expect(each.used).toBeLessThanOrEqual(perSecond);
});

test('of many Bulks at once some are under way, the others 429 with Retry-After and nothing of them done', async () => {
  const scim = await aScim(platform);
  const sent = Array.from({ length: 14 }, () => aWord());
  const replies = await Promise.all(sent.map((prefix) => scim.post('/Bulk', bulkOf(creations(prefix, 4)))));

  for (const [at, reply] of replies.entries()) {
    if (reply.status !== 200) {
      expect(reply).toMatchObject(problem(429));
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await countOf(sent[at] as string)).toBe(reply.status === 200 ? 4 : 0);
  }
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200, 429]));
  // When they are answered there is room again.
  await expect.poll(async () => (await scim.post('/Bulk', bulkOf([]))).status, { timeout: 20_000 }).toBe(200);
});

test('a Bulk whose client hung up stops: what was done is whole, the rest is not begun', async () => {
  const scim = await aScim(platform);
  const prefix = aWord();
  const length = 20 * perSecond;
  const asked = request(`${platform.url}${scim.base}/Bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scim.token.value}`, 'content-type': scimJson },
  });
  asked.on('error', () => {});
  asked.end(JSON.stringify(bulkOf(creations(prefix, length))));
  await expect.poll(() => countOf(prefix), { interval: 20, timeout: 20_000 }).toBeGreaterThan(2);

  asked.destroy();

  // In two seconds 20 more would be there if it went on.
  let made = -1;
  await expect
    .poll(
      async () => {
        const before = made;
        made = await countOf(prefix);
        return made === before;
      },
      { interval: 2500, timeout: 20_000 },
    )
    .toBe(true);
  expect(made).toBeLessThan(length);
  const [{ audited }] = (await platform.sql(
    'au',
    `select count(*)::int as audited from audit_entries where tenant_id = $1 and action = 'scim.create-user'`,
    [scim.tenant.id],
  )) as [{ audited: number }];
  expect(audited).toBe(made);
});

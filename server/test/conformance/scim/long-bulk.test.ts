import { request, Server } from 'node:http';
import { expect, test, vi } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, bulkOf, scimJson, unlimited } from './scim.ts';

/** A connection is closed when nothing happens on it for a minute; here for a second. */
const quietFor = Server.prototype.setTimeout as (this: Server, ms: number) => Server;
vi.spyOn(Server.prototype, 'setTimeout').mockImplementation(function (this: Server) {
  return quietFor.call(this, 1000);
});

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

const creations = (prefix: string) =>
  Array.from({ length: 1000 }, (_, at) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `b${at}`,
    data: { userName: aWord(prefix) },
  }));

test('a Bulk may take longer than a connection may be quiet', { timeout: 120_000 }, async () => {
  const reply = await scim.post('/Bulk', bulkOf(creations('quiet')));

  expect(reply.status).toBe(200);
  expect(reply.body.Operations.map(({ status }: { status: string }) => status)).toEqual(Array(1000).fill('201'));
});

test('what a client that hung up asked for is not gone on with', { timeout: 120_000 }, async () => {
  const made = async () => (await scim.find('Users', 'userName sw "gone"', { count: 0 })).body.totalResults as number;
  const asked = request(`${platform.url}${scim.base}/Bulk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scim.token.value}`, 'content-type': scimJson },
  });
  asked.on('error', () => {});
  asked.end(JSON.stringify(bulkOf(creations('gone'))));
  await expect.poll(made, { interval: 20, timeout: 20_000 }).toBeGreaterThan(2);

  asked.destroy();

  const seen: number[] = [];
  const isAtRest = async () => seen.push(await made()) > 1 && seen.at(-1) === seen.at(-2);
  await expect.poll(isAtRest, { interval: 1000, timeout: 60_000 }).toBe(true);
  expect(seen.at(-1)).toBeLessThan(1000);
});

import { Server } from 'node:http';
import { expect, test, vi } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, bulkOf, unlimited } from './scim.ts';

/** A connection is closed when nothing happens on it for a minute; here for a second. */
const quietFor = Server.prototype.setTimeout as (this: Server, ms: number) => Server;
vi.spyOn(Server.prototype, 'setTimeout').mockImplementation(function (this: Server) {
  return quietFor.call(this, 1000);
});

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

test('a Bulk may take longer than a connection may be quiet', { timeout: 120_000 }, async () => {
  const operations = Array.from({ length: 1000 }, (_, at) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `b${at}`,
    data: { userName: aWord() },
  }));
  const reply = await scim.post('/Bulk', bulkOf(operations));

  expect(reply.status).toBe(200);
  expect(reply.body.Operations.map(({ status }: { status: string }) => status)).toEqual(Array(1000).fill('201'));
});

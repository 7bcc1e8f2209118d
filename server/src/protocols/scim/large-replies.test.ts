import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { aScim, unlimited } from '../../../test/conformance/scim/scim.ts';
import { aPlatform } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';
import { inTurn, requireRoomInLine } from './large-replies.ts';

/** More than a stream holds back by itself. */
const part = 'x'.repeat(200_000);
async function* parts() {
  for (let at = 0; at < 5; at++) yield part;
}

test('replies that nobody takes are cut off, and the next in line leaves', async () => {
  const tenantId = newId();
  const stuck = [inTurn(tenantId, parts(), 100), inTurn(tenantId, parts(), 100)];
  const failures = stuck.map((stream) => once(stream, 'error'));
  for (const stream of stuck) stream.read(0);
  const next = text(inTurn(tenantId, parts()));
  for (const [error] of await Promise.all(failures)) expect(error.message).toMatch('did not take');
  expect((await next).length).toBe(5 * part.length);
});

test('a reply that is taken slowly, but taken, is whole', async () => {
  let length = 0;
  for await (const chunk of inTurn(newId(), parts(), 3_000)) {
    length += chunk.length;
    await new Promise((resolve) => setTimeout(resolve, 800));
  }
  expect(length).toBe(5 * part.length);
});

test('replies that are given up, while they leave or wait, free their places; beyond sixteen that wait there is no room', async () => {
  const tenantId = newId();
  const streams = Array.from({ length: 18 }, () => inTurn(tenantId, parts()));
  for (const stream of streams) stream.read(0);
  await new Promise(setImmediate);
  expect(() => requireRoomInLine(tenantId)).toThrow('large groups');
  for (const stream of streams) stream.destroy();
  await new Promise(setImmediate);
  expect(() => requireRoomInLine(tenantId)).not.toThrow();
  expect((await text(inTurn(tenantId, parts()))).length).toBe(5 * part.length);
});

test('a look-up of a small group waits for no large one', async () => {
  const scim = await aScim(await aPlatform({ regions: ['au'], env: unlimited }));
  const { id } = await scim.given.user();
  await scim.post('/Groups', { displayName: 'Small', members: [{ value: id }] });
  const stuck = [inTurn(scim.tenant.id, parts()), inTurn(scim.tenant.id, parts())];
  for (const stream of stuck) stream.read(0);
  const found = await scim.find('Groups', 'displayName eq "Small"');
  expect(found.body.Resources[0].members).toEqual([expect.objectContaining({ value: id })]);
  for (const stream of stuck) stream.destroy();
});

import { expect, test } from 'vitest';
import { aPlatform, aTenant, clientOf } from '../../../test/harness.ts';
import { manyPeople } from '../../../test/many-people.ts';

/** Searches of a tenant with so many people that nobody counts them, before PostgreSQL has looked how many there are. */

const platform = await aPlatform({ regions: ['au'] });
const { id, client, given } = await aTenant(platform);
const MOST_COUNTED = 10_000;

const { key } = await given.machine([{ permission: 'groups.evaluate' }]);
const { id: groupId } = await given.group();
await client.put(`/groups/${groupId}/grants`, { grants: [{ permission: 'namespaces.view' }] }, '*');
const action = { name: 'namespaces.view' };
const resource = { type: 'namespace', id: (await given.namespace()).id as string };

const search = async (what: 'subject' | 'resource' | 'action', body: object) => {
  const reply = await clientOf(platform.url, key).post(`/authzen/${id}/access/v1/search/${what}`, body);
  expect(reply).toMatchObject({ status: 200 });
  return reply.body;
};
const letIn = (people: string[]) =>
  platform.sql('au', 'insert into memberships (tenant_id, group_id, principal_id) select $1, $2, unnest($3::uuid[])', [
    id,
    groupId,
    people,
  ]);

test('a total is said where it is exact, and what nobody counts is found page by page all the same', async () => {
  const people = await manyPeople(platform, id, MOST_COUNTED, { source: 'local' });
  await letIn(people);
  const asked = { subject: { type: 'user' }, action, resource, page: { limit: 200 } };
  const { page, results } = await search('subject', asked);
  expect(page).toEqual({ count: 200, total: MOST_COUNTED, next_token: expect.stringMatching(/./) });

  const more = await manyPeople(platform, id, 1, { source: 'local' });
  await letIn(more);
  const first = await search('subject', asked);
  expect(first.page).toEqual({ count: 200, next_token: expect.stringMatching(/./) });
  const second = await search('subject', { ...asked, page: { token: first.page.next_token } });
  expect(second.page).toEqual({ count: 200, next_token: expect.stringMatching(/./) });
  const inOrder = [...people, ...more].sort(); // they are called by their ids
  expect([...first.results, ...second.results]).toEqual(
    inOrder.slice(0, 400).map((each) => ({ type: 'user', id: each })),
  );

  // Of one of them it is asked alike.
  const subject = results[0];
  expect((await search('resource', { subject, action, resource: { type: 'namespace' } })).results).toEqual([resource]);
  expect((await search('action', { subject, resource })).results).toEqual([action]);
});

import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, bulkOf, scimJson, shown, unlimited, urn } from './scim.ts';

/** Each address in a reply is the region's public one, whatever a request says of hosts (P29; RFC 7644 section 3.3). */

const origin = 'https://scim.example.com';
const platform = await aPlatform({ regions: ['au'], env: { ...unlimited, BAILIWICK_BASE_URL_AU: origin } });
const scim = await aScim(platform);
const below = `${origin}${scim.base}`;

/** With headers that `fetch` does not let be sent. */
function byAnotherHost(method: string, path: string, body?: object) {
  const headers = {
    authorization: `Bearer ${scim.token.value}`,
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    forwarded: 'host=evil.example;proto=http',
    'content-type': scimJson,
  };
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  return new Promise<{ status: number; headers: IncomingHttpHeaders; text: string; body: any }>((resolve, reject) => {
    const sent = request(`${platform.url}${scim.base}${path}`, { method, headers }, async (reply) => {
      const said = await text(reply);
      resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text: said, body: JSON.parse(said) });
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

test('of users, groups, members and managers', async () => {
  const boss = await byAnotherHost('POST', '/Users', { userName: aWord() });
  const at = `${below}/Users/${boss.body.id}`;
  expect(boss).toMatchObject({ status: 201, headers: { location: at }, body: { meta: { location: at } } });
  const manager = { value: boss.body.id };
  const person = await byAnotherHost('POST', '/Users', { userName: aWord(), [urn.enterprise]: { manager } });
  expect(person.body[urn.enterprise].manager.$ref).toBe(at);
  const group = await byAnotherHost('POST', '/Groups', { displayName: aWord(), members: [{ value: boss.body.id }] });
  const groupAt = `${below}/Groups/${group.body.id}`;
  expect(group).toMatchObject({
    headers: { location: groupAt },
    body: { meta: { location: groupAt }, members: [{ $ref: at }] },
  });
  expect(await byAnotherHost('GET', `/Users/${boss.body.id}`)).toMatchObject({
    headers: { 'content-location': at },
    body: { groups: [{ $ref: groupAt }] },
  });
  expect(shown(await scim.find('Users', `meta.location eq "${at}"`), 'id')).toEqual([boss.body.id]);
});

test('of the operations of a Bulk, and of what the server says of itself', async () => {
  const posted = { method: 'POST', path: '/Users', bulkId: 'a', data: { userName: aWord() } };
  const [done] = (await byAnotherHost('POST', '/Bulk', bulkOf([posted]))).body.Operations;
  expect(done.location).toMatch(new RegExp(`^${below}/Users/[0-9a-f-]{36}$`));
  for (const path of ['/ServiceProviderConfig', `/Schemas/${urn.user}`, '/ResourceTypes/User'])
    expect((await byAnotherHost('GET', path)).body.meta.location).toBe(`${below}${path}`);
  for (const path of ['/Users', '/Groups', '/Schemas', '/ResourceTypes'])
    expect((await byAnotherHost('GET', path)).text).not.toContain('evil.example');
});

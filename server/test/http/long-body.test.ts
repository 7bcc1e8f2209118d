import { beforeAll, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, rawRequest, type TestPlatform, type TestTenant } from '../harness.ts';

/** A body with a long list of members is read as it comes, in its turn, and answered as a short one is. */

let platform: TestPlatform;
let tenant: TestTenant;
let token: string;
let users: string[];

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
  tenant = await aTenant(platform, 'au');
  token = (await tenant.given.token()).value;
  const rows = await platform.sql(
    'au',
    `with made as (select gen_random_uuid() as id, 'person.' || n as name from generate_series(1, 3000) n),
          principal as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from made)
     insert into accounts (tenant_id, id, source, username, username_canonical, username_folded, first_name, last_name,
       display_name, status, attributes)
     select $1, id, 'scim', name, name, name, '', '', name, 'enabled', '{}' from made returning id`,
    [tenant.id],
  );
  users = rows.map(({ id }) => id as string);
});

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const values = (ids: string[], more: object = {}) => ids.map((value) => ({ value, ...more }));
const patch = (...Operations: object[]) => JSON.stringify({ schemas: [PATCH], Operations });

async function send(method: string, path: string, body: string, headers: Record<string, string> = {}) {
  const { status, text } = await rawRequest(platform.url, {
    method,
    path: `/scim/v2/${tenant.id}${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', ...headers },
    body,
  });
  return { status, text, body: text ? JSON.parse(text) : undefined };
}

const aGroup = async () => (await send('POST', '/Groups', JSON.stringify({ displayName: aName('group') }))).body.id;
const membersOf = async (id: string): Promise<string[]> =>
  ((await platform.client(token).get(`/scim/v2/${tenant.id}/Groups/${id}`)).body.members ?? []).map(
    ({ value }: { value: string }) => value,
  );
const sorted = (ids: string[]) => [...ids].sort();

describe('many members', () => {
  test('of a new group, of one that is replaced, added, removed, with and without a path', async () => {
    const made = await send('POST', '/Groups', JSON.stringify({ displayName: aName('all'), Members: values(users) }));
    expect(made.status, made.text.slice(0, 300)).toBe(201);
    expect(made.body.members).toHaveLength(3000);
    const { id } = made.body;
    const path = `/Groups/${id}`;

    const replaced = await send(
      'PUT',
      path,
      JSON.stringify({
        displayName: aName('half'),
        members: values(users.slice(1000), { display: 'Some Body', type: 'User' }),
      }),
    );
    expect(replaced.status, replaced.text.slice(0, 300)).toBe(200);
    expect(await membersOf(id)).toEqual(sorted(users.slice(1000)));

    const steps: [string, string[]][] = [
      [
        patch({ op: 'Add', path: 'members', value: values(users.slice(0, 2000).map((one) => one.toUpperCase())) }),
        users,
      ],
      [patch({ op: 'remove', path: 'members', value: values(users.slice(500)) }), users.slice(0, 500)],
      [patch({ op: 'add', value: { displayName: aName('all'), members: users } }), users],
      [patch({ op: 'replace', value: { members: values(users.slice(1500)) } }), users.slice(1500)],
      [
        patch(
          { op: 'replace', path: 'members', value: values(users) },
          { op: 'remove', path: 'members', value: values(users.slice(0, 2990)) },
          { op: 'add', path: 'members', value: values(users.slice(0, 1)) },
        ),
        [...users.slice(0, 1), ...users.slice(2990)],
      ],
    ];
    for (const [body, expected] of steps) {
      const { status, text } = await send('PATCH', path, body);
      expect(status, text).toBe(204);
      expect(await membersOf(id)).toEqual(sorted(expected));
    }
  });

  test('in chunks, without a length', async () => {
    const id = await aGroup();
    const body = patch({ op: 'add', path: 'members', value: values(users) });
    const { status, text } = await send('PATCH', `/Groups/${id}`, body, { 'transfer-encoding': 'chunked' });
    expect(status, text).toBe(204);
    expect(await membersOf(id)).toHaveLength(3000);
  });

  test('of parallel requests of a tenant each comes to its turn', async () => {
    const groups = await Promise.all(Array.from({ length: 6 }, aGroup));
    const replies = await Promise.all(
      groups.map((id) => send('PATCH', `/Groups/${id}`, patch({ op: 'add', path: 'members', value: values(users) }))),
    );
    expect(replies.map(({ status }) => status)).toEqual(groups.map(() => 204));
    for (const id of groups) expect(await membersOf(id)).toHaveLength(3000);
  });
});

describe('what is refused, is in words and changes nothing', () => {
  const long = () => values(users);
  test.each<[string, () => string, number, string | undefined, RegExp]>([
    [
      'broken JSON',
      () => patch({ op: 'add', path: 'members', value: long() }).slice(0, -3),
      400,
      'invalidSyntax',
      /JSON/,
    ],
    ['a field twice', () => `{"Operations":[],"a":1,"a":2,"x":"${'x'.repeat(70_000)}"}`, 400, 'invalidSyntax', /twice/],
    [
      'a group in it',
      () => patch({ op: 'add', path: 'members', value: [...long(), { value: users[0], type: 'Group' }] }),
      400,
      'invalidValue',
      /Groups in groups/,
    ],
    [
      'no id',
      () => patch({ op: 'add', path: 'members', value: [...long(), { value: 'x' }] }),
      400,
      'invalidValue',
      /id of a user/,
    ],
    [
      'no members',
      () => patch({ op: 'remove', path: 'members', value: [...long(), 5] }),
      400,
      'invalidValue',
      /must be objects/,
    ],
    [
      'a stranger',
      () =>
        patch({ op: 'add', path: 'members', value: [...long(), { value: '0192f3a0-7b1c-7def-8abc-0123456789ab' }] }),
      400,
      'invalidValue',
      /members\.\d+: names no user that provisioning made in this tenant\. Create/,
    ],
    [
      'a name of objects',
      () => patch({ op: 'add', path: 'members', value: [...long(), { constructor: 1, value: users[0] }] }),
      400,
      'invalidValue',
      /not allowed/,
    ],
    [
      'a list as a name',
      () => patch({ op: 'replace', path: 'displayName', value: long() }),
      400,
      'invalidValue',
      /displayName/,
    ],
    [
      'NUL',
      () => patch({ op: 'add', path: 'members', value: [...long(), { value: '\0' }] }),
      400,
      'invalidValue',
      /NUL/,
    ],
    [
      'more than 100,000',
      () => patch({ op: 'add', path: 'members', value: Array.from({ length: 100_001 }, () => users[0]) }),
      400,
      'invalidValue',
      /more than 100000/,
    ],
  ])('%s', async (_what, body, status, scimType, detail) => {
    const id = await aGroup();
    const reply = await send('PATCH', `/Groups/${id}`, body());
    expect(reply.status, reply.text).toBe(status);
    expect(reply.body).toMatchObject({
      status: String(status),
      detail: expect.stringMatching(detail),
      ...(scimType ? { scimType } : {}),
    });
    expect(await membersOf(id)).toEqual([]);
  });

  test('without a credential, with a wrong one, of a group that is not there, too long', async () => {
    const body = patch({ op: 'add', path: 'members', value: values(users) });
    const nowhere = '/Groups/0192f3a0-7b1c-7def-8abc-0123456789ab';
    expect((await send('PATCH', nowhere, body, { authorization: '' })).status).toBe(401);
    expect((await send('PATCH', nowhere, body, { authorization: `Bearer ${token}x` })).status).toBe(401);
    expect((await send('PATCH', nowhere, body)).status).toBe(404);
    expect((await send('PATCH', nowhere, body, { 'content-type': 'text/plain' })).status).toBe(415);
    const id = await aGroup();
    const reply = await send('PATCH', `/Groups/${id}`, `${' '.repeat(17 * 1024 * 1024)}${body}`);
    expect(reply.status).toBe(413);
  });
});

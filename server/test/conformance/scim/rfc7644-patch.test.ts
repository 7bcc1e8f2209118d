import { describe, expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, patchOf, problem, unlimited, urn } from './scim.ts';

/** RFC 7644 section 3.5.2: PATCH. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

const read = async (path: string) => (await scim.get(path)).body;
const aUser = async (body: object = {}) => {
  const made = await scim.given.user(body);
  return { ...made, at: `/Users/${made.id}` };
};
const aGroup = async (...members: { id: string }[]) => {
  const made = await scim.given.group({ members: members.map(({ id }) => ({ value: id })) });
  return { ...made, at: `/Groups/${made.id}` };
};
const membersOf = async ({ at }: { at: string }) =>
  ((await read(at)).members ?? []).map(({ value }: { value: string }) => value).sort();
const ids = (...some: { id: string }[]) => some.map(({ id }) => id).sort();

const work = { value: 'w@patch.example', type: 'work', primary: true };
const home = { value: 'h@patch.example', type: 'home' };
/** Addresses that no other test has. */
const addresses = () => {
  const word = aWord();
  return { work: { ...work, value: `w@${word}.example` }, home: { ...home, value: `h@${word}.example` } };
};

describe('the message', () => {
  test.each([
    ['no body at all', undefined],
    ['no Operations', { schemas: [urn.patch] }],
    ['an empty array of them', patchOf()],
    ['an object for an array', { Operations: { op: 'add', path: 'title', value: 'x' } }],
    ['an operation that is none', { Operations: ['add'] }],
    ['no op', patchOf({ path: 'title', value: 'x' })],
    ['another op', patchOf({ op: 'move', path: 'title', value: 'x' })],
  ])('%s is 400 invalidSyntax', async (_name, body) => {
    const { at, meta } = await aUser();

    expect(await scim.send('PATCH', at, body)).toMatchObject(problem(400, 'invalidSyntax'));
    expect((await read(at)).meta).toEqual(meta);
  });

  test.each([
    ['title..x', 'invalidPath'],
    ['unknown', 'invalidPath'],
    ['name.unknown', 'invalidPath'],
    ['emails[', 'invalidPath'],
    ['emails[type eq "work"', 'invalidFilter'],
    ['emails[type zz "work"]', 'invalidFilter'],
    ['emails[type eq "work"].unknown', 'invalidPath'],
    ['title[value eq "x"]', 'invalidPath'],
    ['emails[type eq "work"].value.x', 'invalidPath'],
    [7, 'invalidPath'],
  ])('a path %s is 400', async (path, scimType) => {
    const { at } = await aUser();
    const reply = await scim.patch(at, { op: 'replace', path, value: 'x' });

    expect(reply).toMatchObject(problem(400));
    expect(['invalidPath', 'invalidFilter']).toContain(reply.body.scimType);
    if (scimType === 'invalidPath' && path !== 'emails[') expect(reply.body.scimType).toBe(scimType);
  });

  test('names count in any case, and schemas is not needed', async () => {
    const { at } = await aUser();

    expect(
      (await scim.send('PATCH', at, { operations: [{ OP: 'add', Path: 'TITLE', VALUE: 'x' }] })).body,
    ).toMatchObject({ title: 'x' });
  });
});

describe('replies', () => {
  test('"MUST return a 200 OK if the attributes parameter is specified": with them, and 200 for users without', async () => {
    const [user, group] = [await aUser(), await aGroup()];
    const change = patchOf({ op: 'replace', path: 'externalId', value: 'x' });

    expect(await scim.send('PATCH', user.at, change)).toMatchObject({
      status: 200,
      body: { id: user.id, externalId: 'x' },
    });
    const bare = await scim.send('PATCH', group.at, change);
    expect([bare.status, bare.text, bare.etag]).toEqual([204, '', (await scim.get(group.at)).etag]);
    const asked = await scim.send('PATCH', `${group.at}?attributes=displayName`, change);
    expect([asked.status, asked.body]).toEqual([
      200,
      { schemas: [urn.group], id: group.id, displayName: group.displayName },
    ]);
    const without = await scim.send('PATCH', `${group.at}?excludedAttributes=members`, change);
    expect([without.status, without.body.externalId]).toEqual([200, 'x']);
  });
});

describe('"SHALL be treated as atomic"', () => {
  test('one operation in error, and "the original SCIM resource MUST be restored"', async () => {
    const user = await aUser({ title: 'old', emails: [addresses().work] });
    const before = await read(user.at);
    const reply = await scim.patch(
      user.at,
      { op: 'replace', path: 'title', value: 'new' },
      { op: 'replace', path: 'active', value: false },
      { op: 'replace', path: 'emails[type eq "pager"].value', value: 'x' },
    );

    expect(reply).toMatchObject(problem(400, 'noTarget'));
    expect(await read(user.at)).toEqual(before);
  });

  test('so it is for groups: a member who is none, a name that is taken', async () => {
    const [a, b] = [await aUser(), await aUser()];
    const [group, other] = [await aGroup(a), await aGroup()];
    const before = await read(group.at);
    const add = { op: 'add', path: 'members', value: [{ value: b.id }] };

    for (const bad of [
      { op: 'add', path: 'members', value: [{ value: crypto.randomUUID() }] },
      { op: 'replace', path: 'displayName', value: other.displayName },
      { op: 'remove', path: 'displayName' },
      { op: 'replace', path: 'members[value co "x"]', value: 'y' },
    ]) {
      const { status } = await scim.patch(group.at, add, { op: 'replace', path: 'externalId', value: 'x' }, bad);
      expect([400, 409]).toContain(status);
      expect(await read(group.at)).toEqual(before);
    }
  });

  test('operations see what came before them', async () => {
    const user = await aUser();
    const reply = await scim.patch(
      user.at,
      { op: 'add', path: 'emails', value: [{ value: `${user.id}@one.example`, type: 'work' }] },
      { op: 'replace', path: 'emails[type eq "work"].display', value: 'first' },
      { op: 'remove', path: 'title' },
      { op: 'add', path: 'title', value: 'last' },
    );

    expect(reply.body).toMatchObject({
      title: 'last',
      emails: [{ value: `${user.id}@one.example`, type: 'work', display: 'first' }],
    });
  });
});

describe('mutability', () => {
  test('"MUST NOT modify an attribute that has mutability readOnly": an explicit path is 400 mutability', async () => {
    const { at } = await aUser();

    for (const path of ['id', 'meta', 'meta.version', 'groups', 'groups.value', `${urn.enterprise}:manager.$ref`])
      for (const op of ['add', 'replace', 'remove'])
        expect(await scim.patch(at, { op, path, value: 'x' }), `${op} ${path}`).toMatchObject(
          problem(400, 'mutability'),
        );
  });

  test('what is required, or immutable, "SHALL return ... mutability" when it is removed or changed', async () => {
    const user = await aUser();
    const group = await aGroup(user);

    expect(await scim.patch(user.at, { op: 'remove', path: 'userName' })).toMatchObject(problem(400, 'mutability'));
    expect(await scim.patch(group.at, { op: 'remove', path: 'displayName' })).toMatchObject(problem(400, 'mutability'));
    expect(await scim.patch(group.at, { op: 'replace', path: 'members.type', value: 'Group' })).toMatchObject(
      problem(400, 'mutability'),
    );
    expect(await membersOf(group)).toEqual([user.id]);
  });
});

test('schemas is modified implicitly: its values follow from what there is', async () => {
  const { at } = await aUser();

  const added = await scim.patch(at, { op: 'add', path: 'schemas', value: [urn.enterprise] });
  expect([added.status, added.body.schemas]).toEqual([200, [urn.user]]);
  const filled = await scim.patch(at, { op: 'add', path: `${urn.enterprise}:division`, value: 'x' });
  expect(filled.body.schemas).toEqual([urn.user, urn.enterprise]);
  const emptied = await scim.patch(at, { op: 'remove', path: urn.enterprise });
  expect([emptied.body.schemas, urn.enterprise in emptied.body]).toEqual([[urn.user], false]);
  expect(await scim.patch(at, { op: 'remove', path: 'schemas' })).toMatchObject(problem(400, 'mutability'));
});

describe('3.5.2.1 add', () => {
  test('"MUST contain a value member"', async () => {
    const { at } = await aUser();

    expect(await scim.patch(at, { op: 'add', path: 'title' })).toMatchObject(problem(400, 'invalidValue'));
  });

  test('without a path: the attributes of the value; single ones are replaced, several joined, complex ones merged', async () => {
    const { work: w, home: h } = addresses();
    const { at } = await aUser({ title: 'old', name: { givenName: 'A', familyName: 'B' }, emails: [w] });
    const reply = await scim.patch(at, {
      op: 'add',
      value: { title: 'new', nickName: 'n', name: { givenName: 'C' }, emails: [h] },
    });

    expect(reply.body).toMatchObject({
      title: 'new',
      nickName: 'n',
      name: { givenName: 'C', familyName: 'B' },
      emails: [w, h],
    });
  });

  test('"already contains the value specified, no changes SHOULD be made ... SHALL NOT change the modify timestamp"', async () => {
    const { work: w } = addresses();
    const user = await aUser({ title: 'same', emails: [w] });
    const group = await aGroup(user);

    for (const operation of [
      { op: 'add', path: 'title', value: 'same' },
      { op: 'add', path: 'emails', value: [w] },
      { op: 'add', value: { title: 'same', emails: [w] } },
      { op: 'replace', path: 'emails[type eq "work"].value', value: w.value },
    ])
      expect((await scim.patch(user.at, operation)).body.meta).toEqual(user.meta);
    expect((await scim.patch(group.at, { op: 'add', path: 'members', value: [{ value: user.id }] })).status).toBe(204);
    expect((await read(group.at)).meta).toEqual(group.meta);
  });

  test('primary true "SHALL cause the server to automatically set primary to false for any other values"', async () => {
    const { work: w, home: h } = addresses();
    const { at } = await aUser({ emails: [w] });
    const reply = await scim.patch(at, { op: 'add', path: 'emails', value: [{ ...h, primary: true }] });

    expect(reply.body.emails).toEqual([
      { ...w, primary: false },
      { ...h, primary: true },
    ]);
    const back = await scim.patch(at, { op: 'replace', path: 'emails[type eq "work"].primary', value: true });
    expect(back.body.emails).toEqual([w, { ...h, primary: false }]);
  });

  test('members: those who are there stay, each once', async () => {
    const [a, b, c] = [await aUser(), await aUser(), await aUser()];
    const group = await aGroup(a);
    const value = [a, b, b, c].map(({ id }) => ({ value: id }));

    expect((await scim.patch(group.at, { op: 'add', path: 'members', value })).status).toBe(204);
    expect(await membersOf(group)).toEqual(ids(a, b, c));
    expect((await scim.patch(group.at, { op: 'add', value: { members: [{ value: a.id }] } })).status).toBe(204);
    expect(await membersOf(group)).toEqual(ids(a, b, c));
  });
});

describe('3.5.2.2 remove', () => {
  test('"If path is unspecified, the operation fails with ... noTarget"', async () => {
    const user = await aUser({ title: 'x' });

    expect(await scim.patch(user.at, { op: 'remove' })).toMatchObject(problem(400, 'noTarget'));
    expect(await scim.patch(user.at, { op: 'remove', value: { title: 'x' } })).toMatchObject(problem(400, 'noTarget'));
    expect(await read(user.at)).toMatchObject({ title: 'x' });
  });

  test('a single value, all values, those that a filter matches, a sub-attribute of them', async () => {
    const { work: w, home: h } = addresses();
    const { at } = await aUser({ title: 'x', emails: [w, h], name: { givenName: 'A', familyName: 'B' } });
    const after = async (path: string) => (await scim.patch(at, { op: 'remove', path })).body;

    expect(await after('title')).not.toHaveProperty('title');
    expect((await after('name.givenName')).name).toEqual({ familyName: 'B' });
    expect((await after('emails[type eq "work"].primary')).emails).toEqual([{ value: w.value, type: 'work' }, h]);
    expect((await after('emails[type eq "home" and value ew ".example"]')).emails).toEqual([
      { value: w.value, type: 'work' },
    ]);
    // "If no other values remain ... the attribute SHALL be considered unassigned."
    expect(await after('emails[type eq "work"]')).not.toHaveProperty('emails');
    expect(await after('emails')).not.toHaveProperty('emails');
  });

  test('members: one by its id, several by or, all without a filter', async () => {
    const [a, b, c] = [await aUser(), await aUser(), await aUser()];
    const group = await aGroup(a, b, c);

    await scim.patch(group.at, { op: 'remove', path: `members[value eq "${a.id}"]` });
    expect(await membersOf(group)).toEqual(ids(b, c));
    await scim.patch(group.at, { op: 'add', path: 'members', value: [{ value: a.id }] });
    await scim.patch(group.at, {
      op: 'remove',
      path: `members[value eq "${a.id.toUpperCase()}" or value eq "${b.id}"]`,
    });
    expect(await membersOf(group)).toEqual(ids(c));
    expect((await scim.patch(group.at, { op: 'remove', path: 'members' })).status).toBe(204);
    expect(await membersOf(group)).toEqual([]);
  });
});

describe('3.5.2.3 replace', () => {
  test('what is not there: "SHALL treat the operation as an add"', async () => {
    const { at } = await aUser();
    const reply = await scim.patch(
      at,
      { op: 'replace', path: 'name.givenName', value: 'A' },
      { op: 'replace', value: { title: 'T' } },
    );

    expect(reply.body).toMatchObject({ title: 'T', name: { givenName: 'A' } });
  });

  test('of several values without a filter all are replaced', async () => {
    const { work: w, home: h } = addresses();
    const { at } = await aUser({ emails: [w] });

    expect((await scim.patch(at, { op: 'replace', path: 'emails', value: [h] })).body.emails).toEqual([h]);
  });

  test('of a complex value, "Sub-attributes that are not specified ... are left unchanged"', async () => {
    const { work: w } = addresses();
    const { at } = await aUser({ name: { givenName: 'A', familyName: 'B' }, emails: [w] });

    expect((await scim.patch(at, { op: 'replace', path: 'name', value: { givenName: 'C' } })).body.name).toEqual({
      givenName: 'C',
      familyName: 'B',
    });
    const reply = await scim.patch(at, { op: 'replace', path: 'emails[type eq "work"]', value: { display: 'D' } });
    expect(reply.body.emails).toEqual([{ ...w, display: 'D' }]);
  });

  test('a filter that matches several: "all matching record values SHALL be replaced"', async () => {
    const { at } = await aUser({
      phoneNumbers: [
        { value: '1', type: 'work' },
        { value: '2', type: 'work' },
        { value: '3', type: 'home' },
      ],
    });
    const reply = await scim.patch(at, { op: 'replace', path: 'phoneNumbers[type eq "work"].display', value: 'D' });

    expect(reply.body.phoneNumbers).toEqual([
      { value: '1', type: 'work', display: 'D' },
      { value: '2', type: 'work', display: 'D' },
      { value: '3', type: 'home' },
    ]);
  });

  test('a filter without a match: "400 and a scimType error code of noTarget"', async () => {
    const { home: h } = addresses();
    const { at } = await aUser({ emails: [h] });

    for (const path of ['emails[type eq "work"].value', 'emails[type eq "work"]', 'emails[value sw "nobody"].type'])
      expect(
        await scim.patch(at, { op: 'replace', path, value: path.endsWith(']') ? { value: 'x' } : 'x' }),
      ).toMatchObject(problem(400, 'noTarget'));
    expect((await read(at)).emails).toEqual([h]);
  });

  test('members: the list becomes what is sent, be it empty', async () => {
    const [a, b, c] = [await aUser(), await aUser(), await aUser()];
    const group = await aGroup(a, b);

    await scim.patch(group.at, { op: 'replace', path: 'members', value: [{ value: b.id }, { value: c.id }] });
    expect(await membersOf(group)).toEqual(ids(b, c));
    await scim.patch(group.at, { op: 'replace', value: { members: [] } });
    expect(await membersOf(group)).toEqual([]);
  });
});

test('active: deactivated and activated again, with the groups as before', async () => {
  const user = await aUser();
  const group = await aGroup(user);

  expect((await scim.patch(user.at, { op: 'replace', path: 'active', value: false })).body).toMatchObject({
    active: false,
  });
  expect((await scim.patch(user.at, { op: 'replace', path: 'active', value: true })).body).toMatchObject({
    active: true,
    groups: [{ value: group.id }],
  });
  expect(await membersOf(group)).toEqual([user.id]);
});

test('24 changes of one user at once: nothing lost, and each is a version of its own', async () => {
  const user = await aUser();
  const { version } = (await scim.get(user.at)).body.meta;
  const replies = await Promise.all(
    Array.from({ length: 24 }, (_, at) =>
      at % 2
        ? scim.patch(user.at, { op: 'replace', path: 'active', value: at % 4 === 1 })
        : scim.patch(user.at, { op: 'add', path: 'phoneNumbers', value: [{ type: `t${at}`, value: `+${at}` }] }),
    ),
  );

  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  const { body } = await scim.get(user.at);
  expect(body.phoneNumbers).toHaveLength(12);
  const versionsOf = (of: string) => Number(of.replace(/\D/g, ''));
  const changes = replies
    .filter(({ body }) => body.phoneNumbers?.length)
    .map(({ body }) => versionsOf(body.meta.version));
  expect(versionsOf(body.meta.version) - versionsOf(version)).toBeGreaterThanOrEqual(12);
  expect(Math.max(...changes)).toBe(versionsOf(body.meta.version));
});

test('24 changes of one group at once: nothing lost, nothing invented', async () => {
  const people = await Promise.all(Array.from({ length: 24 }, () => aUser()));
  const group = await aGroup(...people.slice(0, 12));
  const replies = await Promise.all(
    people.map((person, at) =>
      at < 12
        ? scim.patch(group.at, { op: 'remove', path: `members[value eq "${person.id}"]` })
        : scim.patch(group.at, { op: 'add', path: 'members', value: [{ value: person.id }] }),
    ),
  );

  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([204]));
  expect(await membersOf(group)).toEqual(ids(...people.slice(12)));
});

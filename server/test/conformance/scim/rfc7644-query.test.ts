import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, problem, query, shown, unlimited, urn } from './scim.ts';

/** RFC 7644 section 3.4.2 and 3.4.3: queries. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

/** People by their nickNames, which the tests find them by. */
const people: Record<string, { id: string; meta: { created: string; lastModified: string } }> = {};

beforeAll(async () => {
  const domain = aWord('q');
  const bodies: Record<string, object> = {
    bjensen: {
      userName: `bjensen@${domain}.example`,
      title: 'Boss',
      userType: 'Employee',
      name: { familyName: "O'Malley", givenName: 'Barbara' },
      emails: [
        { value: 'barbara@jensen.org', type: 'home' },
        { value: `bjensen@${domain}.example`, type: 'work', primary: true },
      ],
      [urn.enterprise]: { department: 'Tours', employeeNumber: '701984' },
    },
    jsmith: {
      userName: `JSmith@${domain}.example`,
      userType: 'Intern',
      name: { familyName: 'Smith', givenName: 'James' },
      emails: [{ value: `jsmith@${domain}.example`, type: 'work' }],
      active: false,
    },
    percent: { userName: '100%_real\\name', userType: 'Employee', title: 'Say "hi" \\ 50%', displayName: 'é' },
    zed: { userName: `zed@${domain}.example`, userType: 'Contractor', x509Certificates: [{ value: 'AAAA' }] },
  };
  for (const [nickName, body] of Object.entries(bodies))
    people[nickName] = await scim.given.user({ nickName, ...body });
});

const found = async (filter: string) => {
  const reply = await scim.find('Users', filter);
  if (reply.status !== 200) throw new Error(`${filter}: ${reply.text}`);
  return shown(reply, 'nickName').sort();
};

describe('3.4.2 lists', () => {
  test('"MUST be identified using ... ListResponse": totalResults, startIndex, itemsPerPage, Resources', async () => {
    for (const path of ['/Users', '/Groups', '/Users?count=2']) {
      const { body } = await scim.get(path);
      expect(body).toMatchObject({ schemas: [urn.list], totalResults: expect.any(Number), startIndex: 1 });
      expect(body.itemsPerPage).toBe(body.Resources.length);
    }
  });

  test('"no matches SHALL return success (HTTP status code 200) with totalResults ... 0"', async () => {
    expect(await scim.find('Users', 'userName eq "nobody"')).toMatchObject({
      status: 200,
      body: { totalResults: 0, Resources: [] },
    });
    expect(await scim.find('Groups', 'displayName sw "none"')).toMatchObject({
      status: 200,
      body: { totalResults: 0, Resources: [] },
    });
  });

  test('3.4.2.1 at the root: users and groups; what a type has not is "as if there is no attribute value"', async () => {
    const { displayName, id } = await scim.given.group();
    const search = async (body: object) => scim.post('/.search', { schemas: [urn.search], ...body });
    const ids = async (filter: string) => {
      const reply = await search({ filter });
      expect([filter, reply.status]).toEqual([filter, 200]);
      return shown(reply, 'id').sort();
    };

    expect(await ids(`displayName eq "${displayName}"`)).toEqual([id]);
    expect(await ids('nickName eq "zed"')).toEqual([people.zed?.id]);
    expect(await ids(`nickName eq "zed" or displayName eq "${displayName}"`)).toEqual([id, people.zed?.id].sort());
    expect(await ids(`displayName eq "${displayName}" and not (nickName pr)`)).toEqual([id]);
    expect(await ids(`id eq "${id}" or id eq "${people.zed?.id}"`)).toEqual([id, people.zed?.id].sort());
    expect(await ids('meta.resourceType eq "Group"')).toContain(id);
    const all = await search({ count: 1000 });
    expect(all.body.totalResults).toBe(all.body.Resources.length);
    expect(
      new Set(all.body.Resources.map(({ meta }: { meta: { resourceType: string } }) => meta.resourceType)),
    ).toEqual(new Set(['User', 'Group']));
  });
});

describe('3.4.2.1 at the root', () => {
  let own: typeof scim;
  beforeAll(async () => {
    own = await aScim(platform);
  });
  const search = async (body: object) => own.post('/.search', { schemas: [urn.search], ...body });

  test('users and groups are sorted together, whichever has the attribute, and come page by page', async () => {
    const mark = `root${Date.now()}`;
    const made = [
      await own.given.user({ displayName: `${mark} Bee`, nickName: 'b' }),
      await own.given.group({ displayName: `${mark} ant` }),
      await own.given.user({ displayName: `${mark} DOG`, nickName: 'a' }),
      await own.given.group({ displayName: `${mark} cat` }),
    ].map(({ id }) => id);
    const [bee, ant, dog, cat] = made;
    const filter = `displayName sw "${mark}"`;
    const byName = [ant, bee, cat, dog];

    const sorted = await search({ filter, sortBy: 'displayName' });
    expect(sorted).toMatchObject({ status: 200, body: { totalResults: 4, itemsPerPage: 4, startIndex: 1 } });
    expect(shown(sorted, 'id')).toEqual(byName);
    const falling = await search({ filter, sortBy: 'DISPLAYNAME', sortOrder: 'descending', startIndex: 2, count: 2 });
    expect(falling.body).toMatchObject({ totalResults: 4, itemsPerPage: 2, startIndex: 2 });
    expect(shown(falling, 'id')).toEqual([cat, bee]);
    // Those without a value are last.
    expect(shown(await search({ filter, sortBy: 'nickName' }), 'id')).toEqual([dog, bee, ...[ant, cat].sort()]);
    expect(shown(await search({ filter }), 'id')).toEqual([...[bee, dog].sort(), ...[ant, cat].sort()]);

    for (const order of [{ sortBy: 'displayName' }, {}]) {
      const whole = shown(await search({ filter, ...order }), 'id');
      for (const count of [1, 3, 4]) {
        const seen: unknown[] = [];
        let cursor: string | undefined = '';
        while (cursor !== undefined) {
          const page = await search({ filter, count, cursor, ...order });
          expect(page.body).not.toHaveProperty('startIndex');
          seen.push(...shown(page, 'id'));
          cursor = page.body.nextCursor;
        }
        expect(seen).toEqual(whole);
      }
    }
    const { nextCursor } = (await search({ filter, count: 1, cursor: '' })).body;
    expect(await own.post('/Users/.search', { filter, count: 1, cursor: nextCursor })).toMatchObject(
      problem(400, 'invalidCursor'),
    );
  });

  test.each([
    'id',
    'externalId',
    'displayName',
    'meta.created',
    'meta.lastModified',
    'meta.resourceType',
    'meta.location',
    'userName',
    'emails',
    'members.value',
  ])('sorted by %s, what is there comes once', async (sortBy) => {
    const all = shown(await search({ count: 1000 }), 'id').sort();
    for (const sortOrder of ['ascending', 'descending']) {
      const reply = await search({ sortBy, sortOrder, count: 1000 });
      expect([sortBy, reply.status, reply.text.slice(0, 300)]).toEqual([sortBy, 200, expect.anything()]);
      expect(shown(reply, 'id').sort()).toEqual(all);
    }
  });

  test('what neither has gives no order', async () => {
    expect(await search({ sortBy: 'shoeSize' })).toMatchObject(problem(400, 'invalidValue'));
    expect(await search({ sortBy: 'password' })).toMatchObject(problem(400, 'invalidValue'));
  });
});

describe('3.4.2.2 filters', () => {
  test.each([
    ['nickName eq "bjensen"', ['bjensen']],
    ['nickName EQ "BJENSEN"', ['bjensen']],
    ['NICKNAME Eq "bjensen"', ['bjensen']],
    [`${urn.user}:nickName eq "bjensen"`, ['bjensen']],
    [`${urn.user.toUpperCase()}:NICKNAME eq "bjensen"`, ['bjensen']],
    [`${urn.enterprise}:department eq "tours"`, ['bjensen']],
    ['name.familyName co "O\'Malley"', ['bjensen']],
    ['name.familyName ew "LLEY"', ['bjensen']],
    ['userName sw "j"', ['jsmith']],
    ['nickName ne "zed" and userType ne "Intern"', ['bjensen', 'percent']],
    ['title pr', ['bjensen', 'percent']],
    ['title pr and userType eq "Employee"', ['bjensen', 'percent']],
    ['title pr or userType eq "Intern"', ['bjensen', 'jsmith', 'percent']],
    ['userType eq "Employee" and (emails co "example" or emails.value co "jensen.org")', ['bjensen']],
    ['userType ne "Employee" and not (emails co "example.com" or emails.value co "nowhere.org")', ['jsmith', 'zed']],
    ['userType eq "Employee" and (emails.type eq "work")', ['bjensen']],
    ['userType eq "Employee" and emails[type eq "work" and value co "@"]', ['bjensen']],
    [
      'emails[type eq "work" and value co ".example"] or ims[type eq "xmpp" and value co "@foo.com"]',
      ['bjensen', 'jsmith'],
    ],
    ['emails[type eq "home" and value co ".example"]', []],
    ['active eq false', ['jsmith']],
    ['active eq true and nickName pr', ['bjensen', 'percent', 'zed']],
    ['active ne true', ['jsmith']],
    ['emails[primary eq true]', ['bjensen']],
    ['nickName gt "jsmith"', ['percent', 'zed']],
    ['nickName ge "jsmith"', ['jsmith', 'percent', 'zed']],
    ['nickName lt "jsmith"', ['bjensen']],
    ['nickName le "jsmith"', ['bjensen', 'jsmith']],
    ['meta.resourceType eq "User" and nickName eq "zed"', ['zed']],
    ['meta.created gt "2020-01-01T00:00:00Z"', ['bjensen', 'jsmith', 'percent', 'zed']],
    ['meta.lastModified lt "2020-01-01T10:00:00+10:00"', []],
    // Grouping, then not, and, or.
    ['nickName eq "zed" or nickName eq "percent" and active eq false', ['zed']],
    ['(nickName eq "zed" or nickName eq "percent") and active eq false', []],
    ['nickName eq "zed" and active eq false or nickName eq "percent"', ['percent']],
    ['not (nickName eq "zed") and not (nickName eq "percent") and not (nickName eq "jsmith")', ['bjensen']],
    ['not (nickName eq "zed" or not (nickName pr)) and active eq false', ['jsmith']],
    // Escapes of JSON; wildcards of SQL are characters.
    ['title eq "Say \\"hi\\" \\\\ 50%"', ['percent']],
    ['userName eq "100%_real\\\\name"', ['percent']],
    ['userName co "%_"', ['percent']],
    ['userName co "%"', ['percent']],
    ['userName sw "100_"', []],
    ['userName ew "\\\\name"', ['percent']],
    ['userName co "_" and nickName eq "zed"', []],
    ['displayName eq "\\u00e9"', ['percent']],
    ['displayName eq "É"', ['percent']],
    ['title eq null', ['jsmith', 'zed']],
    ['title ne null', ['bjensen', 'percent']],
    ['x509Certificates.value eq "AAAA"', ['zed']],
    ['x509Certificates.value eq "aaaa"', []],
  ])('%s', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  test('a multi-valued attribute "matches if any of the values ... match"', async () => {
    expect(await found('emails eq "barbara@jensen.org"')).toEqual(['bjensen']);
    expect(await found('emails.value eq "BARBARA@jensen.org" and emails.type eq "work"')).toEqual(['bjensen']);
    expect(await found('emails[value eq "barbara@jensen.org" and type eq "work"]')).toEqual([]);
  });

  test('times are compared as times', async () => {
    const { created } = people.zed?.meta ?? { created: '' };
    const moved = new Date(Date.parse(created) + 5 * 3_600_000).toISOString().replace('Z', '+05:00');
    const id = `id eq "${people.zed?.id}"`;

    expect(await found(`${id} and meta.created eq "${created}"`)).toEqual(['zed']);
    expect(await found(`${id} and meta.created eq "${moved}"`)).toEqual(['zed']);
    expect(await found(`${id} and meta.created ge "${created}" and meta.created le "${created}"`)).toEqual(['zed']);
    expect(await found(`${id} and meta.created gt "${created}"`)).toEqual([]);
  });

  test.each([
    'nickName zz "x"',
    'nickName eq',
    'nickName',
    '',
    ' ',
    'eq "x"',
    'nickName eq x',
    "nickName eq 'x'",
    'nickName eq "x',
    'nickName eq "x" and',
    'nickName eq "x" nickName eq "y"',
    '(nickName eq "x"',
    'nickName eq "x")',
    'not nickName eq "x"',
    'unknown eq "x"',
    'name.unknown eq "x"',
    'urn:unknown:schema:nickName eq "x"',
    'emails[type eq "work"',
    'emails[]',
    'emails[type eq "work"]]',
    'nickName[value eq "x"]',
    'active gt true',
    'active sw "t"',
    'active eq "maybe"',
    'x509Certificates.value gt "AAAA"',
    'meta.created gt "yesterday"',
    'meta.created gt 5',
    'nickName gt null',
    'nickName eq 5',
    'name eq "x"',
    'password eq "x"',
    'nickName eq "\\x"',
    'nickName eq "\\u00"',
  ])('%s is "400 ... invalidFilter", and says why', async (filter) => {
    const reply = await scim.find('Users', filter);

    if (filter.trim() === '') expect([200, 400]).toContain(reply.status);
    else {
      expect(reply).toMatchObject(problem(400, 'invalidFilter'));
      expect(reply.body.detail).toMatch(/character \d+/);
    }
  });
});

test('a defaulted attribute is found by the value that was returned', async () => {
  const { id, active } = await scim.given.user();

  expect(active).toBe(true);
  for (const filter of ['active pr', 'active eq true', 'not (active eq false)'])
    expect(shown(await scim.find('Users', `id eq "${id}" and ${filter}`), 'id'), filter).toEqual([id]);
});

test('what takes too long "SHALL" be rejected "with HTTP status code 400 ... tooMany", in words', async () => {
  const held = platform.sql(
    'au',
    'do $$ begin lock table accounts in access exclusive mode; perform pg_sleep(7); end $$',
  );
  const isHeld = () =>
    platform.sql(
      'au',
      `select from pg_locks where relation = 'accounts'::regclass and mode = 'AccessExclusiveLock' and granted`,
    );
  await expect.poll(isHeld).toHaveLength(1);
  const reply = await scim.find('Users', 'title co "o"');

  expect(reply).toMatchObject(problem(400, 'tooMany'));
  expect(reply.body.detail).toMatch(/^This query looks at too much/);
  await held;
  expect((await scim.find('Users', 'title co "o"')).status).toBe(200);
}, 30_000);

describe('3.4.2.3 sorting', () => {
  const ordered = async (parameters: Record<string, string>) =>
    shown(await scim.get(`/Users${query({ filter: 'nickName pr', ...parameters })}`), 'nickName');

  test('ascending by default, by case as the attribute has it, descending when asked', async () => {
    expect(await ordered({ sortBy: 'nickName' })).toEqual(['bjensen', 'jsmith', 'percent', 'zed']);
    expect(await ordered({ sortBy: 'NICKNAME', sortOrder: 'descending' })).toEqual([
      'zed',
      'percent',
      'jsmith',
      'bjensen',
    ]);
    expect(await ordered({ sortBy: 'userName', sortOrder: 'ascending' })).toEqual([
      'percent',
      'bjensen',
      'jsmith',
      'zed',
    ]);
    expect(await ordered({ sortBy: 'meta.created' })).toEqual(['bjensen', 'jsmith', 'percent', 'zed']);
    expect(await ordered({ sortBy: 'meta.created', sortOrder: 'descending' })).toEqual([
      'zed',
      'percent',
      'jsmith',
      'bjensen',
    ]);
  });

  test('without data: "ordered last if ascending and first if descending"', async () => {
    expect((await ordered({ sortBy: 'title' })).slice(0, 2)).toEqual(['bjensen', 'percent']);
    expect((await ordered({ sortBy: 'title', sortOrder: 'descending' })).slice(2)).toEqual(['percent', 'bjensen']);
    expect((await ordered({ sortBy: `${urn.enterprise}:department` }))[0]).toBe('bjensen');
    expect((await ordered({ sortBy: 'name.familyName' })).slice(0, 2)).toEqual(['bjensen', 'jsmith']);
  });

  test('by several values: "the value of the primary attribute, if any, or else the first value"', async () => {
    // Of bjensen the primary one counts, not barbara@.
    expect((await ordered({ sortBy: 'emails.value' })).slice(0, 2)).toEqual(['bjensen', 'jsmith']);
    expect((await ordered({ sortBy: 'emails' })).slice(0, 2)).toEqual(['bjensen', 'jsmith']);
  });

  test('what there is no order by is 400', async () => {
    for (const parameters of [
      { sortBy: 'unknown' },
      { sortBy: 'name' },
      { sortBy: 'password' },
      { sortBy: 'nickName', sortOrder: 'sideways' },
    ])
      expect((await scim.get(`/Users${query(parameters)}`)).status, JSON.stringify(parameters)).toBe(400);
  });
});

describe('3.4.2.4 paging by index', () => {
  const page = async (parameters: string) => (await scim.get(`/Users?${parameters}`)).body;

  test('startIndex: "A value less than 1 SHALL be interpreted as 1"', async () => {
    const first = await page('startIndex=1&count=2');
    expect(first).toMatchObject({ startIndex: 1, itemsPerPage: 2 });
    expect(await page('count=2')).toEqual(first);
    for (const startIndex of ['0', '-1', '-100']) expect(await page(`startIndex=${startIndex}&count=2`)).toEqual(first);
  });

  test('count: "A negative value SHALL be interpreted as 0 ... no resource results"; never more than asked for', async () => {
    const { totalResults } = await page('');
    for (const count of ['0', '-1', '-9999']) {
      const body = await page(`count=${count}`);
      expect(body).toMatchObject({ totalResults, itemsPerPage: 0 });
      expect(body.Resources ?? []).toEqual([]);
    }
    for (const count of [1, 3]) expect((await page(`count=${count}`)).Resources).toHaveLength(count);
    expect((await page('count=1000000')).Resources).toHaveLength(totalResults);
  });

  test('beyond the end there is nothing, and the total stays true', async () => {
    const { totalResults } = await page('count=0');
    expect(await page(`startIndex=${totalResults + 1}&count=5`)).toMatchObject({ totalResults, itemsPerPage: 0 });
    expect(await page('startIndex=100000000&count=5')).toMatchObject({ totalResults, itemsPerPage: 0 });
    expect(await page(`startIndex=${totalResults}&count=5`)).toMatchObject({ totalResults, itemsPerPage: 1 });
  });

  test('what is no number is 400, and so is one that nobody counts to', async () => {
    for (const parameters of [
      'startIndex=x',
      'count=many',
      'count=1.5',
      'startIndex=99999999999999999999',
      'count=1&count=2',
    ])
      expect((await scim.get(`/Users?${parameters}`)).status, parameters).toBe(400);
  });

  test('pages of a stable list neither skip nor repeat, forwards and from the end', async () => {
    const all = shown({ body: await page('count=1000') }, 'id');
    for (const size of [1, 2, 3]) {
      const seen: unknown[] = [];
      for (let at = 1; at <= all.length; at += size)
        seen.push(...shown({ body: await page(`startIndex=${at}&count=${size}`) }, 'id'));
      expect(seen).toEqual(all);
    }
  });
});

describe('3.4.3 .search', () => {
  test('POST answers as the GET does, with 200 and without a Location', async () => {
    const body = {
      schemas: [urn.search],
      filter: 'nickName pr',
      sortBy: 'nickName',
      startIndex: 2,
      count: 2,
      attributes: ['nickName', 'active'],
    };
    const reply = await scim.post('/Users/.search', body);
    const same = await scim.get(`/Users${query({ ...body, schemas: '', attributes: 'nickName,active' })}`);

    expect(reply.status).toBe(200);
    expect(reply.body).toEqual(same.body);
    expect(shown(reply, 'nickName')).toEqual(['jsmith', 'percent']);
    expect(reply.headers.get('location')).toBeNull();
  });

  test('names count in any case, excludedAttributes is understood, what is unknown is ignored', async () => {
    const reply = await scim.post('/Users/.search', {
      SCHEMAS: [urn.search],
      Filter: 'nickName eq "zed"',
      excludedAttributes: ['meta', 'x509Certificates'],
      more: 1,
    });

    expect(shown(reply, 'nickName')).toEqual(['zed']);
    expect(reply.body.Resources[0]).not.toHaveProperty('meta');
    expect(reply.body.Resources[0]).not.toHaveProperty('x509Certificates');
    expect(await scim.post('/Users/.search', { filter: 'x' })).toMatchObject(problem(400, 'invalidFilter'));
    expect((await scim.post('/Groups/.search', { schemas: [urn.search], count: 1 })).status).toBe(200);
  });
});

test('3.10 attributes in standard notation: sub-attributes, URNs, whole extensions', async () => {
  const at = `/Users/${people.bjensen?.id}`;
  const only = async (attributes: string) => {
    const { schemas: _, id: __, ...rest } = (await scim.get(`${at}?attributes=${attributes}`)).body;
    return rest;
  };

  expect(await only('name.familyName')).toEqual({ name: { familyName: "O'Malley" } });
  expect(await only('emails.type')).toEqual({ emails: [{ type: 'home' }, { type: 'work' }] });
  expect(await only(`${urn.enterprise}:department`)).toEqual({ [urn.enterprise]: { department: 'Tours' } });
  expect(await only(urn.enterprise)).toEqual({ [urn.enterprise]: { department: 'Tours', employeeNumber: '701984' } });
  expect(await only(`${urn.user}:title, nickname`)).toEqual({ title: 'Boss', nickName: 'bjensen' });
  expect(await only('nothing,id')).toEqual({});
});

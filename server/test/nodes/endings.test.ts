import { beforeAll, describe, expect, test, vi } from 'vitest';
import { urn } from '../conformance/scim/urn.ts';
import {
  aName,
  aPlatform,
  aTenant,
  type Client,
  seenFrom,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../harness.ts';
import { aLink } from './link.ts';

/**
 * Whatever ends the right of somebody of another tenant, counted from the answer nothing that they are asked for or that is
 * asked about them says yes: a read, a change, long work begun before, a decision for others, an explanation, the list of
 * everyone. Between regions with a process each, and between cells of one region.
 */

const password = 'ten loud crows cross the road';
const soon = { timeout: 20_000, interval: 100 };
const grants = ['groups.view', 'tenant.view', 'tenant.change', 'audit.export'];

interface Setting {
  home: TestTenant;
  visited: TestTenant;
  atHome: TestPlatform;
  atVisited: TestPlatform;
  /** Goes over, from home. */
  enter: (session: Client, cookie: string) => Promise<Client>;
  sql: (text: string, values: unknown[]) => ReturnType<TestPlatform['sql']>;
  letTasksGo: () => Promise<unknown>;
  /** Cuts home off from the visited tenant, until it is mended. */
  cut: (how: 'refused' | 'silent') => () => void;
}

/** Tasks wait until they are told to begin, so that something ends before. */
async function holdTasks(platform: TestPlatform, region: string) {
  await platform.sql(
    region,
    `create function wait_for_the_test() returns trigger language plpgsql as $$
     begin new.due_at := now() + interval '1 hour'; return new; end $$`,
  );
  await platform.sql(
    region,
    `create trigger wait_for_the_test before insert on due_jobs for each row when (new.kind like 'tasks.run-%')
     execute function wait_for_the_test()`,
  );
  return () => platform.sql(region, `update due_jobs set due_at = now() where kind like 'tasks.run-%'`);
}

const asPartner = async (platform: TestPlatform, { id }: TestTenant) => {
  const path = `/v1/operator/tenants/${id}`;
  expect((await platform.operator.patch(path, { type: 'partner', supportId: null }, '*')).status).toBe(200);
};

async function twoRegions(): Promise<Setting> {
  const links = { au: await aLink(), eu: await aLink() };
  const env = { BAILIWICK_BASE_URL_AU: links.au.url, BAILIWICK_BASE_URL_EU: links.eu.url, BAILIWICK_POOL_SIZE: '4' };
  const whole = await aPlatform({ regions: ['au', 'eu'], nodes: 0, env });
  const [one, other] = [await whole.startAnother(['au']), await whole.startAnother(['eu'])];
  links.au.leadsTo(one);
  links.eu.leadsTo(other);
  const [au, eu] = [seenFrom(whole, one), seenFrom(whole, other)];
  const [home, visited] = [await aTenant(au, 'au'), await aTenant(eu, 'eu')];
  await asPartner(au, home);
  return {
    home,
    visited,
    atHome: au,
    atVisited: eu,
    sql: (text, values) => whole.sql('eu', text, values),
    cut(how) {
      for (const link of [links.au, links.eu]) link.cut(how);
      return () => {
        for (const link of [links.au, links.eu]) link.mend();
      };
    },
    letTasksGo: await holdTasks(whole, 'eu'),
    async enter(session) {
      const entrance = await session.post('/v1/me/visits/enter', { tenantId: visited.id });
      expect(entrance, entrance.text).toMatchObject({ status: 200 });
      const assertion = entrance.body.url.split('#')[1];
      const entering = await eu.anyone.post('/v1/guest-sessions', { assertion });
      expect(entering, entering.text).toMatchObject({ status: 201 });
      return eu.session(entering.headers.get('set-cookie')?.split(';')[0] as string);
    },
  };
}

async function twoCells(): Promise<Setting> {
  const platform = await aPlatform({ regions: ['au'], cells: 2, nodes: 2, env: { BAILIWICK_POOL_SIZE: '4' } });
  const tenants = [await aTenant(platform), await aTenant(platform), await aTenant(platform)];
  const placed = await platform.sql('au', 'select tenant_id, cell from placements order by cell');
  const inCell = (cell: number) =>
    tenants.find(({ id }) => placed.some((each) => each.tenant_id === id && each.cell === cell)) as TestTenant;
  const [visited, home] = [inCell(placed[0].cell), inCell(placed.at(-1)?.cell)];
  expect(visited.id).not.toBe(home.id);
  await asPartner(platform, home);
  // Home acts by the one node, and its people are in the other tenant by the other.
  return {
    home,
    visited,
    atHome: platform,
    atVisited: platform,
    cut: () => () => undefined,
    sql: (text, values) => platform.sql('au', text, values),
    letTasksGo: await holdTasks(platform, 'au'),
    enter: async (_session, cookie) => platform.session(cookie, 1),
  };
}

describe.each([
  ['in another region, a process each', twoRegions],
  ['in another cell of the region', twoCells],
] as const)('%s', (_where, make) => {
  let setting: Setting;
  let software: Client;
  beforeAll(async () => {
    setting = await make();
    const machine = await setting.visited.given.machine([{ permission: 'groups.evaluate' }]);
    software = setting.atVisited.client(machine.key);
  });

  async function aPerson() {
    const { home, atHome } = setting;
    const account = await home.given.person(password);
    const cookie = await signIn(atHome, account.email, password, home.id);
    return { account, cookie, session: atHome.session(cookie) };
  }

  /** Enters, and is known by an id there. */
  async function arrived({ account, session, cookie }: Awaited<ReturnType<typeof aPerson>>) {
    const { visited, enter, sql } = setting;
    const there = await enter(session, cookie);
    expect((await there.get(`${visited.path}/groups`)).status).toBe(200);
    const [guest] = await sql('select id from guests where tenant_id = $1 and home_account_id = $2', [
      visited.id,
      account.id,
    ]);
    return { id: guest.id as string, account, there };
  }

  const withGrants = { grants: grants.map((permission) => ({ permission })) };

  async function aGuest() {
    const { visited } = setting;
    const person = await aPerson();
    const group = await visited.given.group();
    expect((await visited.client.put(`/groups/${group.id}/grants`, withGrants, '*')).status).toBe(200);
    const invited = await visited.client.post('/guest-invitations', { groupIds: [group.id] });
    const token = invited.body.link.split('#')[1];
    const accepted = await person.session.post('/v1/me/guest-invitations/accept', { token });
    expect(accepted, accepted.text).toMatchObject({ status: 200 });
    return { consent: '', homeGroupId: '', groupId: group.id as string, ...(await arrived(person)) };
  }

  async function comingWith(homeGroupId: string, groupId: string, consent: string) {
    const person = await aPerson();
    await setting.home.client.post(`/groups/${homeGroupId}/members`, { accountIds: [person.account.id] });
    return { consent, homeGroupId, groupId, ...(await arrived(person)) };
  }

  async function aPartnersPerson() {
    const { home, visited } = setting;
    const group = await home.given.group();
    const request = await home.client.post('/delegations', {
      customerTenantId: visited.id,
      groupId: group.id,
      permissions: grants,
      days: 30,
      purpose: 'Run it for them',
    });
    const consent = `/delegations/${request.body.id}`;
    await vi.waitFor(async () => expect((await visited.client.get(consent)).status).toBe(200), soon);
    const approved = await visited.client.post(`${consent}/approve`, {});
    expect(approved, approved.text).toMatchObject({ status: 200 });
    await vi.waitFor(async () => expect((await home.client.get(consent)).body.state).toBe('active'), soon);
    return comingWith(group.id, approved.body.groupId, consent);
  }

  async function anImportedPerson() {
    const { home, visited } = setting;
    const group = await home.given.group();
    const key = await home.client.post('/import-keys', { groupId: group.id, receivingTenantId: visited.id });
    const imported = await visited.client.post('/group-imports', { key: key.body.value, name: aName('imported') });
    expect(imported, imported.text).toMatchObject({ status: 201 });
    const { groupId, id } = imported.body;
    expect((await visited.client.put(`/groups/${groupId}/grants`, withGrants, '*')).status).toBe(200);
    return comingWith(group.id, groupId, `/group-imports/${id}`);
  }

  type Made = Awaited<ReturnType<typeof aGuest>>;

  /** What each kind of call says: yes or no. */
  async function asked({ id, account, there }: Made) {
    const { visited } = setting;
    const action = { name: 'groups.view' };
    const resource = { type: 'tenant', id: visited.id };
    const path = `/authzen/${visited.id}/access/v1`;
    const ask = async (at: string, body: object) => {
      const reply = await software.post(at, body);
      expect(reply, reply.text).toMatchObject({ status: 200 });
      return reply.body;
    };
    const read = async (at: string) => {
      const reply = await visited.client.get(at);
      expect(reply, reply.text).toMatchObject({ status: 200 });
      return reply.body;
    };
    const questions = [{ principal: id, permission: 'groups.view' }];
    const page = { limit: 200 };
    const { items, byGroupsOfOthers } = await read('/access/holders?permission=groups.view&limit=200');
    const work = await there.post(`${visited.path}/audit-entries/export`, {});
    return {
      taskId: work.body.id as string,
      says: {
        read: (await there.get(`${visited.path}/groups`)).status === 200,
        changed: (await there.patch(visited.path, { legalName: aName('Changed') }, '*')).status === 200,
        begun: work.status === 202,
        evaluated: (await ask(`${visited.path}/access/evaluate`, { questions })).items[0].allowed,
        decided: (await ask(`${path}/evaluation`, { subject: { type: 'guest', id }, action, resource })).decision,
        found: (
          await ask(`${path}/search/subject`, { subject: { type: 'guest' }, action, resource, page })
        ).results.some((each: { id: string }) => each.id === id),
        explained: (await read(`/access/explain?principal=${id}&permission=groups.view`)).allowed,
        listed:
          items.some((each: { id: string }) => each.id === id) ||
          byGroupsOfOthers.some(({ names }: { names: { homeAccountId: string }[] }) =>
            names.some(({ homeAccountId }) => homeAccountId === account.id),
          ),
      },
    };
  }
  const each = (says: boolean) => ({
    read: says,
    changed: says,
    begun: says,
    evaluated: says,
    decided: says,
    found: says,
    explained: says,
    listed: says,
  });

  async function ends(made: Made, ending: (made: Made) => Promise<{ status: number; text: string }>) {
    const { visited, letTasksGo } = setting;
    const { taskId, says } = await asked(made);
    expect(says).toEqual(each(true));
    const ended = await ending(made);
    expect(ended.status, ended.text).toBeLessThan(300);
    expect((await asked(made)).says).toEqual(each(false));
    await letTasksGo();
    await vi.waitFor(
      async () => expect((await visited.client.get(`/tasks/${taskId}`)).body.state).toBe('failed'),
      soon,
    );
  }

  const disable = ({ account }: Made) => setting.home.client.post(`/accounts/${account.id}/disable`);
  const erase = async (made: Made) => {
    await disable(made);
    return setting.home.client.post(`/accounts/${made.account.id}/erase`);
  };
  /** Home's identity provider takes the account over, as an administrator lets it, and deactivates it. */
  async function deactivate({ account }: Made) {
    const { home, atHome } = setting;
    const scim = atHome.client((await home.given.token()).value);
    const users = `/scim/v2/${home.id}/Users`;
    const user = { schemas: [urn.user], userName: account.username, emails: [{ value: account.email }] };
    expect((await scim.post(users, user)).status).toBe(409);
    const { items } = (await home.client.get('/provisioning/holds?state=open')).body;
    expect((await home.client.post(`/provisioning/holds/${items[0].id}/allow`)).status).toBe(200);
    expect((await scim.post(users, user)).status).toBe(201);
    const body = { schemas: [urn.patch], Operations: [{ op: 'replace', path: 'active', value: false }] };
    return scim.call('PATCH', `${users}/${account.id}`, { body });
  }
  const atHome = [
    ['disabled', disable],
    ['deactivated by provisioning', deactivate],
    ['erased', erase],
  ] as const;
  const ofGroup = [
    ...atHome,
    [
      'out of the group at home',
      ({ homeGroupId, account }: Made) => setting.home.client.delete(`/groups/${homeGroupId}/members/${account.id}`),
    ],
    [
      'the group disabled at home',
      ({ homeGroupId }: Made) => setting.home.client.post(`/groups/${homeGroupId}/disable`),
    ],
    ['the group deleted at home', ({ homeGroupId }: Made) => setting.home.client.delete(`/groups/${homeGroupId}`, '*')],
    ['ended by home', ({ consent }: Made) => setting.home.client.post(`${consent}/end`)],
    ['ended by the visited tenant', ({ consent }: Made) => setting.visited.client.post(`${consent}/end`)],
    ['the group disabled there', ({ groupId }: Made) => setting.visited.client.post(`/groups/${groupId}/disable`)],
  ] as const;

  test.each([
    ...atHome,
    [
      'withdrawn at home',
      async ({ account }: Made) => {
        const { body } = await setting.home.client.get(`/visits?accountId=${account.id}`);
        return setting.home.client.delete(`/visits/${body.items[0].id}`);
      },
    ],
    [
      'out of the group there',
      ({ groupId, id }: Made) => setting.visited.client.delete(`/groups/${groupId}/members/${id}`),
    ],
    ['the group disabled there', ({ groupId }: Made) => setting.visited.client.post(`/groups/${groupId}/disable`)],
    ['removed there', ({ id }: Made) => setting.visited.client.delete(`/guests/${id}`)],
  ] as const)('S11: a guest, %s', async (_how, ending) => {
    await ends(await aGuest(), ending);
  });

  test.each(ofGroup)("S11, Z4: a partner's person, %s", async (_how, ending) => {
    await ends(await aPartnersPerson(), ending);
  });

  test.each(ofGroup)('S11: a person of an imported group, %s', async (_how, ending) => {
    await ends(await anImportedPerson(), ending);
  });

  // Within a region nothing lies between that could be cut.
  test.runIf(make === twoRegions)(
    'S11: cut off from home nothing is decided for whoever is there, and an end there holds',
    async () => {
      const here = [await aGuest(), await aPartnersPerson(), await anImportedPerson()];
      for (const made of here) expect((await asked(made)).says).toEqual(each(true));
      const mend = setting.cut('refused');
      try {
        for (const made of here) {
          const { read: _lease, changed: _by, begun: _it, ...decided } = (await asked(made)).says;
          const no = { evaluated: false, decided: false, found: false, explained: false, listed: false };
          expect(decided).toEqual(no);
        }
        for (const ended of await Promise.all(here.map(disable))) expect(ended.status, ended.text).toBe(200);
        for (const made of here) expect((await asked(made)).says).toEqual(each(false));
      } finally {
        mend();
      }
      for (const made of here) expect((await asked(made)).says).toEqual(each(false));
    },
    120_000,
  );

  test('S11: the home tenant suspended, whoever is there by whatever', async () => {
    const {
      home,
      atHome: { operator },
    } = setting;
    const here = [await aGuest(), await aPartnersPerson(), await anImportedPerson()];
    for (const made of here) expect((await asked(made)).says).toEqual(each(true));
    expect((await operator.post(`/v1/tenants/${home.id}/suspend`)).status).toBe(200);
    try {
      for (const made of here) expect((await asked(made)).says).toEqual(each(false));
    } finally {
      expect((await operator.post(`/v1/tenants/${home.id}/resume`)).status).toBe(200);
    }
  });
});

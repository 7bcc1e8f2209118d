import { afterEach, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, type TestTenant } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'] });

afterEach(() => platform.shiftClock('au', '0'));

const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);
const core = 'urn:ietf:params:scim:schemas:core:2.0';

async function provisioned() {
  const tenant = await aTenant(platform);
  await tenant.client.patch('/provisioning', { guardPercent: 100 }, '*');
  const { value } = await tenant.given.token();
  const scim = platform.client(value);
  const base = `/scim/v2/${tenant.id}`;
  const made = async (path: string, body: object) => {
    const reply = await scim.post(base + path, body);
    if (reply.status !== 201) throw new Error(reply.text);
    return reply.body.id as string;
  };
  const patch = async (path: string, ...operations: object[]) => {
    const reply = await scim.patch(base + path, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: operations,
    });
    expect(reply.status).toBeLessThan(300);
  };
  const groupOf = async (id: string) => {
    const [group] = await sql('select name, status, external_id, description from groups where id = $1', [id]);
    const members = await sql('select principal_id from memberships where group_id = $1 order by 1', [id]);
    const grants = await sql('select permission, namespace_id from grants where group_id = $1 order by 1', [id]);
    return { ...group, members: members.map((row) => row.principal_id), grants };
  };
  return {
    tenant,
    user: (userName = aName('user'), more: object = {}) =>
      made('/Users', {
        schemas: [`${core}:User`],
        userName,
        externalId: `ext-${userName}`,
        name: { givenName: 'Grace', familyName: 'Hopper' },
        emails: [{ value: `${userName}@x.example`, primary: true }],
        ...more,
      }),
    group: (displayName: string, members: string[]) =>
      made('/Groups', { schemas: [`${core}:Group`], displayName, members: members.map((id) => ({ value: id })) }),
    patch,
    read: async (path: string) => (await scim.get(base + path)).body,
    remove: async (path: string) => expect((await scim.delete(base + path)).status).toBe(204),
    groupOf,
  };
}

const nowIn = async () => (await sql('select platform_time() as now'))[0].now.toISOString() as string;

async function undo(tenant: TestTenant, window: object, client = tenant.client) {
  const started = await client.post('/provisioning/undo', window);
  expect(started.status).toBe(202);
  for (let attempt = 0; attempt < 200; attempt++) {
    const { body } = await client.get(`/tasks/${started.body.id}`);
    if (body.state === 'done') {
      const { text } = await client.get(`/tasks/${started.body.id}/result`);
      return text.trim().split('\r\n').slice(1);
    }
    if (body.state === 'failed') throw new Error(JSON.stringify(body.result));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The undo did not end.');
}

test('a window is undone whole: ids, names, states, memberships and grants are as before', async () => {
  const p = await provisioned();
  const [ada, grace, alan] = [await p.user('ada'), await p.user('grace'), await p.user('alan')];
  const team = await p.group('Team', [ada, grace]);
  const other = await p.group('Other', [ada]);
  const machine = await p.tenant.given.machine();
  await sql('insert into memberships (tenant_id, group_id, principal_id) values ($1, $2, $3)', [
    p.tenant.id,
    team,
    machine.id,
  ]);
  const grants = [{ permission: 'groups.view' }, { permission: 'audit.view' }];
  expect((await p.tenant.client.put(`/groups/${team}/grants`, { grants }, '*')).status).toBe(200);
  const paths = [`/Users/${ada}`, `/Users/${grace}`, `/Users/${alan}`, `/Groups/${team}`, `/Groups/${other}`];
  const seen = async () =>
    Promise.all(
      paths.map(async (path) => {
        const { meta, members, groups, ...rest } = await p.read(path);
        const byId = (list?: { value: string }[]) => list?.map(({ value }) => value).sort();
        return { ...rest, members: byId(members), groups: byId(groups) };
      }),
    );
  const before = { resources: await seen(), team: await p.groupOf(team), other: await p.groupOf(other) };
  const from = await nowIn();

  await p.patch(`/Users/${ada}`, { op: 'replace', value: { displayName: 'Countess', 'name.familyName': 'Byron' } });
  await p.patch(`/Users/${ada}`, { op: 'replace', path: 'userName', value: 'countess' });
  await p.patch(`/Users/${ada}`, { op: 'replace', path: 'active', value: false });
  await p.patch(`/Groups/${other}`, { op: 'add', path: 'members', value: [{ value: alan }, { value: grace }] });
  await p.patch(`/Groups/${other}`, { op: 'remove', path: `members[value eq "${ada}"]` });
  await p.patch(`/Groups/${other}`, { op: 'replace', path: 'displayName', value: 'Renamed' });
  await p.remove(`/Users/${grace}`);
  await p.remove(`/Groups/${team}`);
  const again = await p.user('grace');
  const newTeam = await p.group('Team', [again, alan]);

  const preview = await p.tenant.client.post('/provisioning/undo/preview', { from });
  expect(preview).toMatchObject({
    status: 200,
    body: {
      changes: 10,
      examined: 10,
      accounts: { removed: 1, restored: 1, changed: 3 },
      groups: { removed: 1, restored: 1, changed: 3 },
      obstacles: [],
      warnings: [expect.stringContaining('Pause it first'), expect.stringContaining('no password')],
    },
  });
  const lines = await undo(p.tenant, { from });

  expect(lines).toHaveLength(10);
  expect(lines.filter((line) => !line.endsWith(',"undone",""'))).toEqual([]);
  expect({ resources: await seen(), team: await p.groupOf(team), other: await p.groupOf(other) }).toEqual(before);
  expect((await p.read(`/Users/${again}`)).status).toBe('404');
  expect((await p.read(`/Groups/${newTeam}`)).status).toBe('404');
  const actions = await p.tenant.auditedActions();
  expect(actions.filter((action) => action === 'provisioning.undo')).toHaveLength(11);
});

test('whom no seat is left for stays away, named with the reason; the rest is undone', async () => {
  const p = await provisioned();
  const [ada, grace, alan] = [await p.user('ada'), await p.user('grace'), await p.user('alan')];
  const { users } = (await p.tenant.client.get('/licences/usage')).body;
  const licence = await p.tenant.given.licence({ userLimit: users });
  const from = await nowIn();
  await p.patch(`/Users/${alan}`, { op: 'replace', path: 'displayName', value: 'Enigma' });
  await p.remove(`/Users/${grace}`);
  await p.patch(`/Users/${ada}`, { op: 'replace', path: 'active', value: false });
  await p.tenant.given.account();

  const lines = await undo(p.tenant, { from });

  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/"change","undone",""$/); // enabled again, into the seat that is left
  expect(lines[1]).toContain('"deletion","skipped"');
  expect(lines[1]).toContain(licence.name);
  expect(lines[1]).toContain('all seats are taken');
  expect(lines[2]).toMatch(/"change","undone",""$/);
  expect((await p.read(`/Users/${ada}`)).active).toBe(true);
  expect((await p.read(`/Users/${grace}`)).status).toBe('404');
  expect((await p.read(`/Users/${alan}`)).displayName).not.toBe('Enigma');
  expect((await p.tenant.client.get('/licences/usage')).body.users).toBe(users);
});

test('names taken and groups deleted since are told before, and skipped', async () => {
  const p = await provisioned();
  const [ada, grace] = [await p.user('ada'), await p.user('grace')];
  const team = await p.group('Team', [ada]);
  const doomed = await p.group('Doomed', []);
  const from = await nowIn();
  await p.remove(`/Users/${ada}`);
  await p.remove(`/Groups/${team}`);
  await p.patch(`/Groups/${doomed}`, { op: 'add', path: 'members', value: [{ value: grace }] });
  await p.patch(`/Users/${grace}`, { op: 'replace', path: 'nickName', value: 'Amazing' });
  const to = await nowIn();
  await p.tenant.given.account({ username: 'ada', displayName: 'Another Ada' });
  await p.tenant.given.group({ name: 'Team' });
  await p.remove(`/Groups/${doomed}`);

  const { body } = await p.tenant.client.post('/provisioning/undo/preview', { from, to });
  expect(body).toMatchObject({ changes: 4, obstacleCount: 3, accounts: { restored: 0, changed: 1 } });
  expect(body.obstacles.map(({ reason }: { reason: string }) => reason)).toEqual([
    'The group was deleted since.',
    'The name or address belongs to Team now.',
    'The name or address belongs to Another Ada now.',
  ]);
  expect(body.obstacles.map(({ target }: { target: { name: string } }) => target.name)).toEqual([
    'Doomed',
    'Team',
    'Grace Hopper',
  ]);
  const lines = await undo(p.tenant, { from, to });

  expect(lines.map((line) => line.split('","')[5])).toEqual(['undone', 'skipped', 'skipped', 'skipped']);
  expect(await p.read(`/Users/${grace}`)).not.toHaveProperty('nickName');
  expect((await p.read(`/Users/${ada}`)).status).toBe('404');
});

test('what was changed after the window stays', async () => {
  const p = await provisioned();
  const ada = await p.user('ada');
  const from = await nowIn();
  await p.patch(`/Users/${ada}`, { op: 'replace', path: 'userName', value: 'countess' });
  await p.patch(`/Users/${ada}`, { op: 'replace', path: 'active', value: false });
  const to = await nowIn();
  await p.patch(`/Users/${ada}`, { op: 'replace', path: 'userName', value: 'lovelace' });

  const lines = await undo(p.tenant, { from, to });
  expect(lines[1]).toContain('Changed since, and kept: username');
  expect(await p.read(`/Users/${ada}`)).toMatchObject({ userName: 'lovelace', active: true });
});

test('who asks gives nobody more than they hold', async () => {
  const p = await provisioned();
  const ada = await p.user('ada');
  const team = await p.group('Team', [ada]);
  await p.tenant.client.put(`/groups/${team}/grants`, { grants: [{ permission: 'groups.change' }] }, '*');
  const from = await nowIn();
  await p.patch(`/Groups/${team}`, { op: 'remove', path: `members[value eq "${ada}"]` });
  const { client } = await p.tenant.given.machine([{ permission: 'provisioning.change' }]);

  expect(await undo(p.tenant, { from }, client)).toEqual([expect.stringContaining('skipped')]);
  expect((await p.groupOf(team)).members).toEqual([]);
});

test('a window lies within the days that changes can be undone, and in the past', async () => {
  const { tenant } = await provisioned();
  const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString();
  const refused = async (window: object, path: string) => {
    for (const at of ['/provisioning/undo', '/provisioning/undo/preview'])
      expect(await tenant.client.post(at, window)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  };
  await refused({ from: days(-31) }, 'from');
  await refused({ from: days(-1), to: days(1) }, 'to');
  await refused({ from: days(-1), to: days(-2) }, 'from');
  await tenant.client.patch('/provisioning', { undoDays: 2 }, '*');
  await refused({ from: days(-3) }, 'from');
  expect((await tenant.client.post('/provisioning/undo/preview', { from: days(-1) })).status).toBe(200);
});

test('an account that provisioning took over is given back', async () => {
  const p = await provisioned();
  const local = await p.tenant.given.account({ username: 'grace', displayName: 'Grace', lastName: 'Local' });
  const own = await p.tenant.given.group();
  expect((await p.tenant.client.post(`/groups/${own.id}/members`, { accountIds: [local.id] })).status).toBeLessThan(
    300,
  );
  const seen = async () => {
    const { body } = await p.tenant.client.get(`/accounts/${local.id}`);
    const { username, email, displayName, lastName, source, status, groups } = body;
    return { username, email, displayName, lastName, source, status, groups };
  };
  const before = await seen();
  const wanted = { displayName: 'Grace Hopper', password: 'correct horse battery' };
  await expect(p.user('grace', wanted)).rejects.toThrow('uniqueness');
  const { body: holds } = await p.tenant.client.get('/provisioning/holds');
  expect((await p.tenant.client.post(`/provisioning/holds/${holds.items[0].id}/allow`)).status).toBe(200);
  const from = await nowIn();
  expect(await p.user('grace', wanted)).toBe(local.id);
  await p.group('Theirs', [local.id]);
  expect(await seen()).toMatchObject({ source: 'scim', email: 'grace@x.example' });

  const { body: preview } = await p.tenant.client.post('/provisioning/undo/preview', { from });
  expect(preview).toMatchObject({ accounts: { changed: 1 }, obstacles: [] });
  expect(preview.warnings).toContainEqual(expect.stringContaining('Passwords'));
  const lines = await undo(p.tenant, { from });

  expect(lines.map((line) => line.split('","')[5])).toEqual(['undone', 'undone']);
  expect(lines[1]).toContain('The password that was set stays');
  expect(await seen()).toEqual(before);
  expect((await p.read(`/Users/${local.id}`)).status).toBe('404');
  expect(await sql('select from account_emails where account_id = $1', [local.id])).toEqual([]);
  // Provisioning asks for it again, and is refused again.
  await expect(p.user('grace')).rejects.toThrow('uniqueness');
});

test('an account that was taken over leaves the groups of provisioning, and keeps what was changed since', async () => {
  const p = await provisioned();
  const local = await p.tenant.given.account({ username: 'grace', displayName: 'Grace' });
  await expect(p.user('grace')).rejects.toThrow('uniqueness');
  const { body: holds } = await p.tenant.client.get('/provisioning/holds');
  await p.tenant.client.post(`/provisioning/holds/${holds.items[0].id}/allow`);
  const from = await nowIn();
  await p.user('grace');
  const to = await nowIn();
  const theirs = await p.group('Theirs', [local.id]);
  await p.patch(`/Users/${local.id}`, { op: 'replace', path: 'displayName', value: 'Amazing Grace' });

  const lines = await undo(p.tenant, { from, to });
  expect(lines[0]).toContain('Changed since, and kept: displayName');
  expect((await p.tenant.client.get(`/accounts/${local.id}`)).body).toMatchObject({
    source: 'local',
    displayName: 'Amazing Grace',
    email: local.email,
    groups: [],
  });
  expect((await p.groupOf(theirs)).members).toEqual([]);
});

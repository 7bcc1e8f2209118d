import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBailiwick, paginate } from '@bailiwick/sdk';
import { expect, onTestFinished, test, vi } from 'vitest';
import type {} from '../../server/test/databases.ts';
import { freePort } from '../../server/test/free-port.ts';
import { aName, aPlatform, aTenant, clientOf, operatorKey, signIn } from '../../server/test/harness.ts';
import { type Contract, commandsOf } from './contract.ts';
import { run } from './run.ts';

const contract = createRequire(import.meta.url)('@bailiwick/sdk/openapi.json') as Contract;

/** 16 pixels wide and high. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mNQSFhAEmIY1TCqYfhqAACc2CAQXBvANQAAAABJRU5ErkJggg==';

/** Command lines against a real server, each word its own. */
function terminal(url: string, key: string, { input = '', isTerminal = false } = {}) {
  return async (...words: string[]) => {
    const out: string[] = [];
    const said: string[] = [];
    const code = await run(words, {
      commands: commandsOf(contract),
      version: contract.info.version,
      env: { BAILIWICK_URL: url, BAILIWICK_KEY: key },
      home: '/nowhere',
      isTerminal,
      write: (text) => out.push(text),
      warn: (text) => said.push(text),
      readInput: async () => input,
      wait: async () => undefined,
    });
    const text = out.join('');
    return { code, text, said: said.join(''), body: text.startsWith('{') ? JSON.parse(text) : undefined };
  };
}

const tenantFields = (name: string, region: string) =>
  Object.entries({
    name,
    'display-name': `${name} display`,
    'legal-name': `${name} Pty Ltd`,
    region,
    country: 'AU',
    type: 'customer',
    'owner.email': `owner@${name}.example`,
    'owner.first-name': 'Ada',
    'owner.last-name': 'Owner',
  }).flatMap(([field, value]) => [`--${field}`, value]);

test('a tenant is made, filled, changed and read on the command line', async () => {
  const { url } = await aPlatform();
  const operator = terminal(url, operatorKey);
  const name = aName('cli');
  const made = await operator('tenants', 'create', ...tenantFields(name, 'au'), '--bootstrap-key');
  expect(made).toMatchObject({ code: 0, said: 'Keep ownerKey now: it is not shown again.\n' });
  const owner = terminal(url, made.body.ownerKey);

  expect((await owner('me', 'read')).body).toMatchObject({ tenantId: made.body.tenant.id });
  expect((await owner('tenants', 'change', '--display-name', 'Changed')).body).toMatchObject({
    displayName: 'Changed',
  });

  const group = (await owner('groups', 'create', '--name', 'ops')).body;
  const granted = await owner('groups', 'change-grants', group.id, '--grants', 'groups.view', '--grants', 'audit.view');
  expect(granted).toMatchObject({ code: 0 });
  expect(granted.body.grants).toHaveLength(2);
  const changed = await owner('groups', 'change', group.id, '--description', 'All of us');
  expect(changed.body).toMatchObject({ name: 'ops', description: 'All of us' });
  expect(await owner('groups', 'delete', group.id, '--if-match', '1')).toMatchObject({
    code: 1,
    said: expect.stringContaining('Read it again'),
  });
  expect(await owner('groups', 'create', '--name', 'ops')).toMatchObject({
    code: 1,
    said: expect.stringContaining('name-taken'),
  });
  expect(await owner('groups', 'create', '--name', '')).toMatchObject({
    code: 1,
    said: expect.stringMatching(/--name: .+\n {2}Request id: .+/),
  });

  const asked = await owner('accounts', 'export-many', '--format', 'csv', '--filter.source', 'local');
  expect(asked, asked.said).toMatchObject({ code: 0, body: { kind: 'accounts.export-many-csv' } });
  await vi.waitFor(async () => expect((await owner('tasks', 'read', asked.body.id)).body.state).toBe('done'), 20_000);
  const exported = await owner('tasks', 'read-result', asked.body.id);
  expect(exported.text).toMatch(new RegExp(`^"id","email","username".*\r\n"[-0-9a-f]{36}","owner@${name}.example"`));

  const namespace = await owner('namespaces', 'create', '--name', 'prod');
  expect(namespace.body.agentKey).toMatch(/^bwk_ak_/);
  const token = await owner('provisioning-tokens', 'issue', '--name', 'entra');
  expect(token.body.value).toMatch(/^bwk_pt_/);
  expect(await owner('provisioning-tokens', 'revoke', token.body.id)).toMatchObject({ code: 0 });
  expect((await owner('groups', 'delete', group.id)).code).toBe(0);

  const audit = await owner('audit', 'list-entries', '--all', '--limit', '2');
  const actions = audit.body.items.map(({ action }: { action: string }) => action);
  expect(actions).toEqual(expect.arrayContaining(['groups.create', 'namespaces.create', 'provisioning-tokens.revoke']));
  expect(new Set(audit.body.items.map(({ id }: { id: string }) => id)).size).toBe(actions.length);

  expect((await operator('tenants', 'suspend', made.body.tenant.id)).code).toBe(0);
  expect(await owner('groups', 'list')).toMatchObject({ code: 1, said: expect.stringContaining('tenant-suspended') });
});

test('why and why not, and who may, on the command line: as JSON and as a person reads it', async () => {
  const { url, ...platform } = await aPlatform();
  const tenant = await aTenant({ url, ...platform });
  const [owner, reader] = [terminal(url, tenant.ownerKey), terminal(url, tenant.ownerKey, { isTerminal: true })];
  const machine = await tenant.given.machine();
  const namespace = await tenant.given.namespace();
  const group = (await owner('groups', 'create', '--name', 'Network')).body;
  const grants = [{ permission: 'gateways.view', namespaceId: namespace.id }];
  await owner('groups', 'change-grants', group.id, '--json', JSON.stringify({ grants }));
  const asked = ['--principal', machine.id, '--permission', 'gateways.view', '--resource', namespace.id];
  const no = await owner('access', 'explain', ...asked);
  expect(no, no.said).toMatchObject({ code: 0, body: { allowed: false, paths: [], remedies: [{}, {}, {}] } });
  const why = (await reader('access', 'explain', ...asked)).text;
  expect(why).toMatch(/^allowed +false$/m);
  expect(why).toMatch(/^conditions +tenant-open {2}met: true {2}The tenant is active\.$/m);
  expect(why).toMatch(/^remedies +changes: Grant gateways\.view in this namespace to the group .+\. {2}alsoGives: 0$/m);
  expect(why).toMatch(/^ +changes: Add it to the group Network\. {2}alsoGives: 0$/m);

  const added = await owner('groups', 'add-members', group.id, '--service-account-ids', machine.id);
  expect(added, added.said).toMatchObject({ code: 0 });
  const yes = (await reader('access', 'explain', ...asked)).text;
  expect(yes).toMatch(/^allowed +true$/m);
  expect(yes).toMatch(new RegExp(`^paths +group: Network  .+  grant: gateways\\.view  ${namespace.id}$`, 'm'));

  const whom = ['--permission', 'gateways.view', '--resource', namespace.id];
  const all = await owner('access', 'list-holders', ...whom);
  expect(all.body.items.map(({ id }: { id: string }) => id)).toContain(machine.id);
  const table = (await reader('access', 'list-holders', ...whom)).text;
  expect(table).toMatch(/^ID +KIND +DISPLAY NAME +.*PATHS$/m);
  expect(table).toMatch(new RegExp(`^${machine.id} +service-account .*Network$`, 'm'));
  expect(await owner('access', 'explain', '--principal', tenant.id, '--permission', 'gateways.view')).toMatchObject({
    code: 1,
    said: expect.stringContaining('names nobody'),
  });
});

test('who signs in, and how, is set up on the command line', async () => {
  const { url, ...platform } = await aPlatform();
  const tenant = await aTenant({ url, ...platform });
  const owner = terminal(url, tenant.ownerKey);
  const typing = (input: string) => terminal(url, tenant.ownerKey, { input });
  const seen = terminal(url, tenant.ownerKey, { isTerminal: true });

  expect((await owner('sign-in-policy', 'change', '--second-factor', 'required')).body).toMatchObject({
    secondFactor: 'required',
  });
  expect(await owner('sign-in-policy', 'change', '--allowed-networks', '203.0.113.0/24')).toMatchObject({
    code: 1,
    said: expect.stringContaining('would-lock-you-out'),
  });
  const domain = await owner('domains', 'create', '--name', `${tenant.name}.example`);
  expect(domain.body).toMatchObject({ status: 'pending', record: { type: 'TXT' } });

  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-logo-'));
  const logo = join(folder, 'logo.png');
  writeFileSync(logo, Buffer.from(png, 'base64'));
  expect(await owner('sign-in-policy', 'change-logo', '--file', logo)).toMatchObject({ code: 0 });
  rmSync(folder, { recursive: true });

  const connection = ['--name', 'main', '--type', 'oidc', '--oidc.client-id', 'us', '--oidc.issuer'];
  const create = ['identity-providers', 'create', ...connection, 'https://login.example.com'];
  expect(await owner(...create, '--client-secret', 'hush')).toMatchObject({
    code: 2,
    said: expect.stringContaining('can be read by other people of this machine'),
  });
  const provider = await typing('{"clientSecret":"hush"}')(...create, '--file', '-');
  expect(provider.body).toMatchObject({ status: 'inactive', clientSecret: { isSet: true } });
  expect(provider.text).not.toContain('hush');
  expect((await seen('single-sign-on', 'read')).text).toMatch(
    /^conditions +provider-active {2}isMet: false {2}Activate an identity provider\.\n {13}owner-came-through-it/m,
  );
  expect(await owner('single-sign-on', 'require')).toMatchObject({
    code: 1,
    said: expect.stringContaining('provider-not-active: There is no active identity provider. Activate one first.'),
  });

  const people = `email,firstName,lastName\nbea@${tenant.name}.example,Bea,Best\nnobody,No,Good\n`;
  const invited = await typing(people)('accounts', 'invite-many', '--file', '-');
  expect(invited).toMatchObject({ code: 0, said: `It goes on as a task: bailiwick tasks read ${invited.body.id}\n` });
  await expect
    .poll(async () => (await owner('tasks', 'read', invited.body.id)).body, { timeout: 20_000 })
    .toMatchObject({ state: 'done', done: 2 });
  const [bea] = (await owner('accounts', 'list', '--q', 'bea')).body.items;
  expect(bea).toMatchObject({ status: 'new', displayName: 'Bea Best' });
  expect((await seen('accounts', 'list', '--q', 'bea')).text).toMatch(/^ID .+ EMAIL .+ STATUS /);
  expect((await owner('accounts', 'invite', bea.id)).code).toBe(0);
  expect((await owner('accounts', 'end-sessions', bea.id)).code).toBe(0);
  expect((await owner('accounts', 'disable', bea.id)).body).toMatchObject({ status: 'disabled' });
  expect((await owner('accounts', 'delete', bea.id)).code).toBe(0);
  expect(await owner('accounts', 'read', bea.id)).toMatchObject({
    code: 1,
    said: expect.stringContaining('not-found'),
  });
});

test('a client that asks the wrong region is led to the right one', async () => {
  const port = await freePort();
  const platform = await aPlatform({ env: { BAILIWICK_BASE_URL_EU: `http://127.0.0.1:${port}` } });
  await platform.startAnother(['eu'], { BAILIWICK_PORT: String(port) });
  const australian = await platform.startAnother(['au']);
  const wrong = `http://127.0.0.1:${australian.port}`;
  const made = await terminal(wrong, operatorKey)(
    'tenants',
    'create',
    ...tenantFields(aName('eu'), 'eu'),
    '--bootstrap-key',
  );
  expect(made).toMatchObject({ code: 0, body: { tenant: { region: 'eu' } } });

  const client = createBailiwick({ baseUrl: wrong, key: made.body.ownerKey });
  const { data: group, etag } = await client.groups.create({ tenantId: made.body.tenant.id, body: { name: 'ops' } });
  await client.groups.change({ tenantId: made.body.tenant.id, id: group.id, ifMatch: etag, body: { name: 'dev' } });
  const names: string[] = [];
  for await (const { name } of paginate((page) =>
    client.groups.list({ tenantId: made.body.tenant.id, limit: 1, ...page }),
  ))
    names.push(name);
  expect(names).toContain('dev');
  expect(names.length).toBeGreaterThan(1);

  const strict = createBailiwick({ baseUrl: wrong, key: made.body.ownerKey, followRegion: false });
  await expect(strict.groups.list({ tenantId: made.body.tenant.id })).rejects.toMatchObject({
    status: 421,
    code: 'wrong-region',
  });
});

test('a person signs in by a browser, works, and signs out', async () => {
  const port = String(await freePort());
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_PORT: port } });
  const tenant = await aTenant(platform);
  const url = `http://localhost:${port}`;
  const password = 'four brisk herons wade south';
  const groups = (await tenant.client.get('/groups?q=Owners')).body.items;
  const person = await tenant.given.person(password, { groupIds: [groups[0].id] });
  const cookie = await signIn(platform, person.email, password);
  const browser = clientOf(url, null, { cookie, origin: url, 'x-bailiwick-csrf': '1' });

  const home = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const said: string[] = [];
  let waits = 0;
  let typed = '';
  const cli = async (...words: string[]) => {
    const out: string[] = [];
    const code = await run(words, {
      commands: commandsOf(contract),
      version: contract.info.version,
      env: { BAILIWICK_URL: url },
      home,
      isTerminal: false,
      write: (text) => out.push(text),
      warn: (text) => said.push(text),
      readInput: async () => typed,
      wait: async () => {
        if (++waits !== 2) return;
        const userCode = /type (\S+)/.exec(said.join(''))?.[1];
        expect((await browser.post('/v1/me/device-requests/allow', { userCode })).status).toBe(204);
      },
    });
    return { code, text: out.join('') };
  };

  expect((await cli('login', '--tenant', tenant.id, '--name', 'a laptop')).code, said.join('')).toBe(0);
  expect(waits).toBe(2);
  expect(said.join('')).toContain(`Open ${url}/t/${tenant.id}/device`);
  expect(said.join('')).toContain('Signed in as Grace Person.');
  const file = join(home, '.config/bailiwick/sessions.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const made = await cli('groups', 'create', '--name', 'by a person');
  expect(JSON.parse(made.text)).toMatchObject({ name: 'by a person' });
  expect(JSON.parse((await cli('me', 'read')).text)).toMatchObject({ kind: 'account', id: person.id });

  typed = JSON.stringify({ password });
  expect((await cli('me', 'step-up', '--file', '-')).code, said.join('')).toBe(0);
  expect(JSON.parse((await cli('me', 'read')).text)).toMatchObject({ id: person.id });
  await platform.shiftClock('au', '16 minutes');
  expect((await cli('me', 'renew-recovery-codes')).code).toBe(1);
  expect(said.at(-1)).toContain('Type bailiwick login again, then repeat this within 15 minutes.');
  await platform.shiftClock('au', '0');

  const [kept] = JSON.parse(readFileSync(file, 'utf8'));
  const [name, value] = Object.entries(kept.cookies).find(([each]) => !each.includes('device')) as [string, string];
  expect((await cli('logout')).code).toBe(0);
  expect((await clientOf(url, null, { cookie: `${name}=${value}` }).get('/v1/me')).status).toBe(401);
  expect(readFileSync(file, 'utf8')).toBe('[]\n');
  expect((await cli('me', 'read')).code).toBe(1);
  expect((await cli('logout')).code).toBe(2);
});

test('settings of a namespace leave as a file and come in from it as it was written', async () => {
  const platform = await aPlatform();
  const tenant = await aTenant(platform);
  const [from, to] = [await tenant.given.namespace(), await tenant.given.namespace()];
  await tenant.given.gateway(from.id);
  const owner = terminal(platform.url, tenant.ownerKey);
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'dev.json');
  const written = await owner('namespaces', 'export', from.id, '--save', file);
  expect(written, written.said).toMatchObject({ code: 0, body: { saved: file } });
  // As the console writes it, and as it is shown.
  const { body: settings } = await tenant.client.post(`/namespaces/${from.id}/export`);
  expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(settings, null, 2)}\n`);
  expect((await owner('namespaces', 'export', from.id)).body).toEqual(settings);

  const preview = await owner('namespaces', 'preview-import', to.id, '--file', file);
  expect(preview, preview.said).toMatchObject({ code: 0 });
  const done = await owner('namespaces', 'import', to.id, '--file', file, '--look', preview.body.look);
  expect(done, done.said).toMatchObject({ code: 0, body: { added: expect.any(Number) } });
  const again = terminal(platform.url, tenant.ownerKey, { input: readFileSync(file, 'utf8') });
  expect((await again('namespaces', 'preview-import', to.id, '--file', '-')).body.changes).toEqual([]);
  expect((await owner('namespaces', 'import', '--help')).text).toContain(
    'reads settings from a file as --save wrote it',
  );
});

import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { createBailiwick, paginate } from '@bailiwick/sdk';
import { expect, test } from 'vitest';
import type {} from '../../server/test/databases.ts';
import { aName, aPlatform, operatorKey } from '../../server/test/harness.ts';
import { type Contract, commandsOf } from './contract.ts';
import { run } from './run.ts';

const contract = createRequire(import.meta.url)('@bailiwick/sdk/openapi.json') as Contract;

/** Command lines against a real server, each word its own. */
function terminal(url: string, key: string) {
  return async (...words: string[]) => {
    const out: string[] = [];
    const said: string[] = [];
    const code = await run(words, {
      commands: commandsOf(contract),
      version: contract.info.version,
      env: { BAILIWICK_URL: url, BAILIWICK_KEY: key },
      home: '/nowhere',
      isTerminal: false,
      write: (text) => out.push(text),
      warn: (text) => said.push(text),
      readInput: async () => '',
    });
    const text = out.join('');
    return { code, text, said: said.join(''), body: text.startsWith('{') ? JSON.parse(text) : undefined };
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
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

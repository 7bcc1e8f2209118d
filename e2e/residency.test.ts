import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Canaries, type Given, type Schema } from './canaries.ts';
import { newTenant, type Reply, send } from './http.ts';
import { aFolder, type Product, start, until } from './process.ts';
import { type Hit, hashForms, readableForms, Search } from './search.ts';

/**
 * Proof (c) of the foundation, P33: what a tenant in `eu` writes, and whoever knocks at it, is nowhere outside of
 * `eu`; and its secrets are nowhere at all (P32).
 *
 * Every operation of the contract is called with a canary in every field that accepts one. A new operation fails this
 * test until a step calls it.
 */

interface Operation {
  id: string;
  method: string;
  path: string;
  schema: Schema | undefined;
  query: string[];
}

interface Step {
  /** For the places in the path, by name. */
  at?: Record<string, string>;
  key?: string;
  cookie?: string;
  query?: string;
  /** Fields that take no canary, by name or path. */
  given?: Given;
  /** A status that is no success and yet shows that the operation was reached. */
  orElse?: number;
}

let product: Product;
let contract: Map<string, Operation>;
let canaries: Canaries;
const temporary = join(aFolder(), 'tmp');
const done = new Set<string>();
const secrets = new Set<string>();
/** Links that lie in a mail, which lies in the region's database until it was delivered; `mails` holds their texts. */
const mailed = new Set<string>();
const mails = new Set<string>();
let setUpToken: string;

/** Fields of text that take no free text: references, fixed vocabularies, and secrets, which are looked for apart. */
const notFree = new Set([
  'token',
  'region',
  'country',
  'password',
  'permission',
  'confirmName',
  'namespaceRegions',
  ...[
    'ownerId',
    'groupIds',
    'accountIds',
    'serviceAccountIds',
    'namespaceId',
    'actorId',
    'targetId',
    'tenantId',
    'ids',
  ],
]);

const always: Given = { region: 'eu', country: 'AT', namespaceRegions: ['eu'], bootstrapKey: true };
const leftOut: Given = { ids: undefined, ownerId: undefined, groupIds: undefined, namespaceId: undefined };

function aPassword(): string {
  const password = randomBytes(24).toString('base64url');
  secrets.add(password);
  return password;
}

/** A credential or link without the tenant's id at its start, which is no secret. */
const randomPartOf = (secret: string) =>
  secret.startsWith('bwk_') ? (secret.split('_')[2]?.slice(22) ?? '') : secret.slice(22);

function remember(reply: Reply) {
  const body = reply.body ?? {};
  for (const name of ['value', 'agentKey', 'serviceKey', 'ownerKey', 'invitation'])
    if (typeof body[name] === 'string') secrets.add(body[name]);
}

/** Headers that a client chooses, with a canary. */
function chosen(method: string): Record<string, string> {
  const word = canaries.text();
  return {
    'user-agent': `${word}/1.0`,
    referer: `https://${word}.example/`,
    'x-forwarded-for': word,
    'x-request-id': word,
    traceparent: word,
    'accept-language': word,
    ...(method === 'POST' ? { 'idempotency-key': `${word}-${canaries.text()}` } : {}),
  };
}

const called = (id: string): Operation => {
  const operation = contract.get(id);
  if (!operation) throw new Error(`The contract has no operation ${id}.`);
  return operation;
};

const pathOf = ({ path }: Operation, at: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(at[name] ?? `no-${name}`));

async function run(id: string, { at = {}, key, cookie, query = '', given = {}, orElse }: Step = {}): Promise<Reply> {
  const operation = called(id);
  const { method, schema } = operation;
  const body = schema && canaries.body(id, schema, { ...always, ...leftOut, ...given });
  const reply = await send(product.url, method, pathOf(operation, at) + query, {
    key,
    ...(body === undefined ? {} : { body }),
    headers: {
      ...chosen(method),
      ...(/PATCH|PUT|DELETE/.test(method) ? { 'if-match': '*' } : {}),
      ...(cookie ? { cookie, origin: product.url, 'x-bailiwick-csrf': '1' } : {}),
    },
  });
  remember(reply);
  expect(reply.status === orElse || (reply.status >= 200 && reply.status < 300), `${id}: ${reply.text}`).toBe(true);
  done.add(id);
  return Object.assign(reply, { sent: body });
}

/** The link in the newest mail to the address. */
async function linkTo(email: string): Promise<string> {
  const { body } = await run('operator.list-outbox', {
    key: product.operatorKey,
    query: `?region=eu&to=${encodeURIComponent(email)}`,
  });
  for (const mail of body.items) mails.add(mail.body);
  const token = /#([0-9A-Za-z]+)/.exec(body.items[0]?.body ?? '')?.[1];
  if (!token) throw new Error(`No mail with a link to ${email}.`);
  mailed.add(token);
  return token;
}

/** Looks into everything that lies or was said outside of `eu`. */
function expectNothingOutside(): void {
  const search = new Search(canaries.all.flatMap((value) => [...readableForms(value), ...hashForms(value)]));
  const { hits, files, bytes } = search.below(product.data);
  const isInside = ({ file }: Hit) => relative(product.data, file.replace(/^the name of /, '')).startsWith('eu/');
  console.log(
    `${canaries.all.length} canaries in ${files} files, ${Math.round(bytes / 2 ** 20)} MiB; ` +
      `${hits.filter(isInside).length} places in eu`,
  );
  expect(files).toBeGreaterThan(1000);
  expect(hits.filter((hit) => !isInside(hit))).toEqual([]);
  expect(search.below(temporary).hits).toEqual([]);
  expect(search.in(Buffer.from(product.output), 'the output')).toEqual([]);
}

/** Looks for secrets everywhere, `eu` too. */
function expectNoSecretKept(): void {
  const shown = [...secrets, ...mailed, setUpToken, product.operatorKey];
  expect(shown.length).toBeGreaterThan(20);
  const byPart = new Map(
    shown.map((secret) => [secret.startsWith('bwk_op_') || secret.length < 50 ? secret : randomPartOf(secret), secret]),
  );
  const search = new Search([...byPart.keys()].flatMap(readableForms));
  const hits = search.below(product.data).hits.filter((hit) => !liesInMail(hit, byPart.get(hit.value) ?? ''));
  expect(hits).toEqual([]);
  expect(search.below(temporary).hits).toEqual([]);
  // The set-up link is printed, and nothing else.
  const printed = search.in(Buffer.from(product.output), 'the output').map(({ value }) => byPart.get(value));
  expect(printed.filter((secret) => secret !== setUpToken)).toEqual([]);
}

/** A mailed link inside the text of its mail: in the table of mails of `eu`, or on the way there in its WAL. */
function liesInMail({ file, offset, form }: Hit, secret: string): boolean {
  if (!mailed.has(secret) || form !== 'plain' || !relative(product.data, file).startsWith('eu/postgres/')) return false;
  const text = [...mails].find((each) => each.includes(secret)) ?? '';
  const at = text.indexOf(secret);
  // Not the whole text: a page of the WAL may end within it.
  const before = Buffer.from(text.slice(at - 16, at));
  const start = offset - (secret.length - randomPartOf(secret).length) - before.length;
  return (
    at > 16 &&
    readFileSync(file)
      .subarray(start, start + before.length)
      .equals(before)
  );
}

beforeAll(async () => {
  mkdirSync(temporary, { mode: 0o777 });
  product = await start({ env: { TMPDIR: temporary, BAILIWICK_REGISTRATION: 'open' } });
  const { body } = await product.send('GET', '/v1/openapi.json');
  canaries = new Canaries(body.components.schemas);
  contract = new Map();
  for (const [path, methods] of Object.entries<Record<string, ContractEntry>>(body.paths))
    for (const [method, entry] of Object.entries(methods)) {
      if (!entry.operationId) continue;
      contract.set(entry.operationId, {
        id: entry.operationId,
        method: method.toUpperCase(),
        path,
        schema: entry.requestBody?.content?.['application/json']?.schema,
        query: (entry.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name),
      });
    }
}, 200_000);

interface ContractEntry {
  operationId?: string;
  requestBody?: { content?: Record<string, { schema: Schema }> };
  parameters?: { in: string; name: string }[];
}

/** The tenant made by the operator, in which most happens. */
let tenantId: string;
let key: string;
/** The tenant of the set-up link, and the session of its owner. */
let first: { tenantId: string; cookie: string };
let registered: string;
const operator = () => ({ key: product.operatorKey });
const inTenant = (more: Record<string, string> = {}) => ({ at: { tenantId, ...more }, key });

describe('what is written', { timeout: 120_000 }, () => {
  test('the first tenant, by the set-up link', async () => {
    setUpToken = await until('the set-up link', () => /#([0-9A-Za-z]+)$/m.exec(product.stdout)?.[1]);
    await run('first-run.question', { given: { token: setUpToken } });
    const password = aPassword();
    const made = await run('first-run.complete', { given: { token: setUpToken, password } });
    const email = emailSent(made, 'owner');

    await run('sign-in.discover', { given: { email } });
    const wrong = canaries.text();
    await run('sessions.create', { given: { email, password: wrong, tenantId: undefined }, orElse: 401 });
    await run('sessions.create', { given: { password: wrong, tenantId: undefined }, orElse: 401 });
    const signedIn = await run('sessions.create', { given: { email, password, tenantId: undefined } });
    const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
    secrets.add(cookie.split('=')[1] ?? '');
    first = { tenantId: made.body.tenantId, cookie };
    const other = await run('sessions.create', { given: { email, password, tenantId: first.tenantId } });
    secrets.add((other.headers.get('set-cookie') ?? '').split(';')[0]?.split('=')[1] ?? '');
    await run('me.read', { cookie });
    const { body } = await run('me.list-sessions', { cookie });
    const another = body.items.find(({ isCurrent }: { isCurrent: boolean }) => !isCurrent);
    await run('me.end-session', { cookie, at: { id: another.id } });
    await run('tenants.read', { cookie, at: first });
  });

  test('a tenant by the operator; its owner accepts by mail', async () => {
    const made = await run('tenants.create', operator());
    tenantId = made.body.tenant.id;
    key = made.body.ownerKey;
    await linkTo(emailSent(made, 'owner'));
    const again = await run('owner-invitation.send', { ...operator(), at: { tenantId } });
    const token = await linkTo(emailSent(again));
    await run('invitations.question', { given: { token } });
    await run('invitations.accept', { given: { token, password: aPassword() } });
    await run('tenants.read-as-operator', { ...operator(), at: { tenantId } });
    await run('tenants.change-as-operator', { ...operator(), at: { tenantId }, given: { type: 'customer' } });
    await run('tenants.list', operator());
  });

  test('a tenant by registration', async () => {
    const asked = await run('registrations.create');
    const token = await linkTo(emailSent(asked));
    await run('registrations.question', { given: { token } });
    const made = await run('registrations.complete', { given: { token, password: aPassword() } });
    registered = made.body.tenantId;
    await run('registrations.invite', operator());
    await run('registrations.create'); // one that nobody goes on with
  });

  test('profile, accounts, groups, service accounts', async () => {
    await run('tenants.change', inTenant());
    const account = await run('accounts.create', inTenant());
    const id: string = account.body.id;
    const token = await linkTo(emailSent(account));
    await run('accounts.change', inTenant({ id }));
    await run('accounts.invite', inTenant({ id }));
    await run('invitations.question', { given: { token }, orElse: 410 });
    const password = aPassword();
    await run('invitations.accept', { given: { token: await linkTo(emailSent(account)), password } });
    const email = emailSent(account);
    const signedIn = await run('sessions.create', { given: { email, password, tenantId } });
    secrets.add((signedIn.headers.get('set-cookie') ?? '').split(';')[0]?.split('=')[1] ?? '');
    await run('accounts.list-sessions', inTenant({ id }));
    await run('accounts.end-sessions', inTenant({ id }));
    await run('accounts.disable', inTenant({ id }));
    await run('accounts.enable', inTenant({ id }));
    await run('accounts.read', inTenant({ id }));

    const robot = await run('service-accounts.create', inTenant());
    const group = await run('groups.create', { ...inTenant(), given: { ownerId: id } });
    const one = inTenant({ id: group.body.id });
    await run('groups.change', one);
    await run('groups.add-members', { ...one, given: { accountIds: [id], serviceAccountIds: [robot.body.id] } });
    await run('groups.list-members', one);
    await run('groups.remove-member', inTenant({ id: group.body.id, memberId: id }));
    const given = { permission: 'namespaces.view' };
    await run('groups.preview-grants', { ...one, given });
    await run('groups.change-grants', { ...one, given });
    await run('groups.read-grants', one);
    await run('groups.disable', one);
    await run('groups.enable', one);
    await run('groups.read', one);
    await run('groups.delete', inTenant({ id: (await run('groups.create', inTenant())).body.id }));

    const robotAt = inTenant({ id: robot.body.id });
    await run('service-accounts.change', robotAt);
    await run('service-accounts.disable', robotAt);
    await run('service-accounts.enable', robotAt);
    await run('service-accounts.read', robotAt);
    const issued = await run('service-accounts.issue-key', robotAt);
    await run('service-accounts.list-keys', robotAt);
    await run('me.read', { key: issued.body.value });
    // A refusal is an entry of its own.
    await run('groups.create', { at: { tenantId }, key: issued.body.value, orElse: 403 });
    await run('service-accounts.revoke-key', inTenant({ id: robot.body.id, keyId: issued.body.id }));
    await run('service-accounts.delete', inTenant({ id: (await run('service-accounts.create', inTenant())).body.id }));
    const leaver = inTenant({ id: (await run('accounts.create', inTenant())).body.id });
    await run('accounts.disable', leaver);
    await run('accounts.delete', leaver);
  });

  test('namespaces and provisioning tokens', async () => {
    const namespace = await run('namespaces.create', inTenant());
    const one = inTenant({ id: namespace.body.id });
    await run('namespaces.change', one);
    await run('namespaces.reset-agent-key', one);
    await run('namespaces.reset-service-key', one);
    await run('namespaces.read', one);
    await run('namespaces.read-contents', one);
    await run('namespaces.delete', { ...one, query: `?confirmName=${namespace.body.name}` });
    await run('namespaces.restore', one);

    const token = await run('provisioning-tokens.issue', inTenant());
    const tokenAt = inTenant({ id: token.body.id });
    await run('scim.read-service-provider-config', { at: { tenantId }, key: token.body.value });
    await run('provisioning-tokens.pause', tokenAt);
    await run('provisioning-tokens.resume', tokenAt);
    await run('provisioning-tokens.rotate', tokenAt);
    await run('provisioning-tokens.cancel-rotation', tokenAt);
    await run('provisioning-tokens.read', tokenAt);
    await run('provisioning-tokens.revoke', tokenAt);
    await run('provisioning-tokens.issue', inTenant());
  });

  test('provisioning: people, groups, what is held back, calls, undo', async () => {
    const from = new Date(Date.now() - 3_600_000).toISOString();
    await run('provisioning.change', { ...inTenant(), given: { on: true, paused: false } });
    const token = (await run('provisioning-tokens.issue', inTenant())).body.value;
    const by = (more: Record<string, string> = {}) => ({ at: { tenantId, ...more }, key: token });
    const scim = async (id: string, body: object, at: Record<string, string> = {}, expected = 2) => {
      const operation = called(id);
      const reply = await send(product.url, operation.method, pathOf(operation, { tenantId, ...at }), {
        key: token,
        body,
      });
      expect(Math.floor(reply.status / 100), `${id}: ${reply.text}`).toBe(expected);
      done.add(id);
      return reply.body;
    };
    const patch = (path: string, value: unknown) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path, value }],
    });
    const { text } = canaries;
    const person = () => ({
      userName: text(),
      externalId: text(),
      displayName: text(),
      nickName: text(),
      name: { givenName: text(), familyName: text() },
      emails: [
        { value: canaries.email(), primary: true },
        { value: canaries.email(), type: 'home' },
      ],
      phoneNumbers: [{ value: canaries.phone(), type: 'mobile' }],
    });
    const user = await scim('scim.create-user', person());
    const { id } = user;
    await scim('scim.replace-user', { ...person(), password: aPassword() }, { id });
    await scim('scim.change-user', patch('title', text()), { id });
    const group = await scim('scim.create-group', {
      displayName: text(),
      externalId: text(),
      members: [{ value: id }],
    });
    await scim('scim.replace-group', { displayName: text(), members: [{ value: id }] }, { id: group.id });
    await scim('scim.change-group', patch('displayName', text()), { id: group.id });
    for (const noun of ['users', 'groups']) await scim(`scim.search-${noun}`, { filter: `displayName eq "${text()}"` });
    await scim('scim.search', { filter: `displayName eq "${text()}"` });
    await scim('scim.bulk', { Operations: [{ method: 'POST', path: '/Users', bulkId: text(), data: person() }] });
    for (const act of ['create', 'replace', 'change']) await scim(`scim.${act}-me`, { nickName: text() }, {}, 5);
    for (const act of ['read', 'delete']) await run(`scim.${act}-me`, { ...by(), orElse: 501 });
    for (const each of ['list-users', 'list-groups', 'list-schemas', 'list-resource-types'])
      await run(`scim.${each}`, by());
    await run('scim.read-user', by({ id }));
    await run('scim.read-group', by({ id: group.id }));
    await run('scim.read-resource-type', by({ name: 'User' }));
    await run('scim.read-schema', by({ urn: 'urn:ietf:params:scim:schemas:core:2.0:User' }));
    for (const words of [{ filter: text() }, { userName: text().repeat(200) }, { userName: { [text()]: text() } }])
      await scim('filter' in words ? 'scim.search-users' : 'scim.create-user', words, {}, 4);

    // Two local people whom provisioning asks for as well: one is let through, one is not.
    for (const act of ['allow', 'dismiss']) {
      const local = await run('accounts.create', inTenant());
      await scim('scim.create-user', { ...person(), userName: local.body.username }, {}, 4);
      const { body } = await run('provisioning-holds.list', { ...inTenant(), query: '?state=open' });
      await run(`provisioning-holds.${act}`, inTenant({ id: body.items[0].id }));
    }
    await run('provisioning-holds.allow-all', inTenant());
    await run('scim.delete-user', by({ id }));
    await run('scim.delete-group', by({ id: group.id }));
    await run('provisioning.read', inTenant());
    await until('the calls', async () => (await run('provisioning-calls.list', inTenant())).body.items.length > 20);
    await run('provisioning-calls.list-out-of-step', inTenant());
    await run('provisioning.preview-undo', { ...inTenant(), given: { from, to: undefined } });
    const task = await run('provisioning.undo', { ...inTenant(), given: { from, to: undefined } });
    await until('the undo', async () => {
      const { body } = await run('tasks.read', inTenant({ id: task.body.id }));
      expect(body.state).not.toBe('failed');
      return body.state === 'done';
    });
    await run('tasks.read-result', inTenant({ id: task.body.id }));
    await run(
      'provisioning-tokens.revoke',
      inTenant({ id: (await run('provisioning-tokens.list', inTenant())).body.items[0].id }),
    );
  });

  test('exports', async () => {
    for (const given of [{ action: undefined, targetKind: undefined }, {}]) {
      const task = await run('audit.export', {
        ...inTenant(),
        given: {
          from: undefined,
          until: undefined,
          outcome: undefined,
          actorId: undefined,
          targetId: undefined,
          ...given,
        },
      });
      await until('the export', async () => {
        const { body } = await run('tasks.read', inTenant({ id: task.body.id }));
        expect(body.state).not.toBe('failed');
        return body.state === 'done';
      });
      await run('tasks.read-result', inTenant({ id: task.body.id }));
      await run('tasks.cancel', { ...inTenant({ id: task.body.id }), orElse: 409 });
    }
  });

  test('every list, with a canary in every parameter', async () => {
    await run('regions.list');
    await run('topics.list');
    await run('overview.read', inTenant());
    await run('tenants.preflight-close', inTenant());
    const { body } = await run('audit.list-entries', inTenant());
    await run('audit.read-entry', inTenant({ id: body.items[0].id }));
    for (const operation of contract.values()) {
      const places = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      if (operation.method !== 'GET' || operation.query.length === 0 || places.some((name) => name !== 'tenantId'))
        continue;
      const isOperators = operation.path.startsWith('/v1/operator/');
      const who: Step = isOperators ? operator() : operation.path.includes('/me/') ? first : inTenant();
      await run(operation.id, who);
      for (const name of operation.query) await knock(operation, who, `?${name}=${canaries.text()}`);
    }
  });

  test('whatever is wrong is refused, and is no fault of ours', async () => {
    const far = await product.asOperator('POST', '/v1/tenants', { body: newTenant('au', 'far-away') });
    expect(far.status, far.text).toBe(201);
    secrets.add(far.body.ownerKey);
    for (const operation of contract.values()) {
      const { schema, id, method } = operation;
      if (method === 'GET') continue;
      const whose: Step[] = [inTenant(), {}, { at: { tenantId }, key: far.body.ownerKey }, { ...first, at: first }];
      // Nothing may succeed here: what is sent is never complete.
      const word = canaries.text();
      for (const who of whose) {
        await knock(operation, who, '', JSON.stringify({ [canaries.text()]: canaries.text() }));
        await knock(
          operation,
          who,
          `?${canaries.text()}=${canaries.text()}`,
          JSON.stringify({ name: { [word]: [word] } }),
        );
      }
      await knock(operation, inTenant(), '', `{"name": "${canaries.text()}`);
      await knock(operation, inTenant(), '', canaries.text(), 'text/plain');
      await knock(operation, { at: { tenantId: canaries.text(), id: canaries.text() }, key }, '', '{}');
      if (!schema) continue;
      const long = Object.fromEntries(
        ['name', 'email', 'displayName', 'description', 'firstName'].map((field) => [
          field,
          canaries.text().repeat(200),
        ]),
      );
      await knock(operation, inTenant(), '', JSON.stringify(long));
      await knock(operation, inTenant(), '', JSON.stringify({ ...long, name: `${canaries.text()}\0` }));
      expect(id).not.toBe('');
    }
    const big = JSON.stringify({ name: canaries.text().repeat(80_000) });
    await knock(called('groups.create'), inTenant(), '', big);
    // Against what is there: each of these meets a constraint.
    const { body } = await run('groups.list', inTenant());
    for (const { name } of body.items) await run('groups.create', { ...inTenant(), given: { name }, orElse: 409 });
    const { body: accounts } = await run('accounts.list', inTenant());
    for (const { email } of accounts.items)
      await run('accounts.create', { ...inTenant(), given: { email }, orElse: 409 });
    for (const path of [`/v1/${canaries.text()}`, `/${canaries.text()}?${canaries.text()}`, `/t/${canaries.text()}`])
      expect((await product.send('GET', path, { key })).status).toBeLessThan(500);
    for (const wrong of [canaries.text(), `bwk_sa_${canaries.text()}${'x'.repeat(40)}_${'y'.repeat(6)}`])
      expect((await product.send('GET', `/v1/tenants/${tenantId}`, { key: wrong })).status).toBe(401);
    expect(await raw(`GET /${canaries.text()} NONSENSE/1.1\r\n${canaries.text()}\r\n\r\n`)).toMatch(/^HTTP\/1.1 400/);
    expect(
      await raw(`GET / HTTP/1.1\r\nhost: x\r\n${canaries.text()}: ${canaries.text().repeat(3000)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1.1 431/);
  });
});

/** A request that may be refused in any way but as a fault of ours. */
async function knock(
  operation: Operation,
  { at = {}, key: bearer, cookie }: Step,
  query = '',
  body?: string,
  type = 'application/json',
): Promise<void> {
  const reply = await fetch(product.url + pathOf(operation, { id: canaries.text(), ...at }) + query, {
    method: operation.method,
    headers: {
      ...chosen(operation.method),
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(cookie ? { cookie, origin: product.url, 'x-bailiwick-csrf': canaries.text() } : {}),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
  }).catch((error) => {
    // A body that is too large is not read to its end.
    if ((body?.length ?? 0) > 2 ** 20) return undefined;
    throw error;
  });
  const text = await reply?.text();
  expect(reply?.status ?? 413, `${operation.id}: ${text}`).toBeLessThan(500);
}

/** Sends bytes as they are. @returns the answer */
const raw = (bytes: string) =>
  new Promise<string>((resolve, reject) => {
    let text = '';
    connect(product.port, '127.0.0.1')
      .setEncoding('latin1')
      .on('error', reject)
      .on('data', (part) => {
        text += part;
      })
      .on('close', () => resolve(text))
      .write(bytes);
  });

/** The address that a body of ours named. */
function emailSent(reply: Reply, inside?: string): string {
  const { sent } = reply as Reply & { sent: Record<string, unknown> };
  const { email } = (inside ? sent[inside] : sent) as { email: string };
  return email;
}

test('after kill -9 of everything: nothing outside, no secret', { timeout: 120_000 }, async () => {
  await product.killAll();
  expectNothingOutside();
  expectNoSecretKept();
  const { output } = product;
  product = await start({ data: product.data, port: product.port, env: { TMPDIR: temporary } });
  product.stdout = output + product.stdout;
});

test('the life of a tenant, and what the operator may do to it', { timeout: 60_000 }, async () => {
  const at = { at: { tenantId } };
  await run('tenants.make-read-only', { ...operator(), ...at });
  await run('groups.create', { ...inTenant(), orElse: 403 });
  await run('tenants.resume', { ...operator(), ...at });
  await run('tenants.suspend', { ...operator(), ...at });
  await run('tenants.read', { ...inTenant(), orElse: 403 });
  await run('tenants.resume', { ...operator(), ...at });
  const { name } = (await run('tenants.read', inTenant())).body;
  await run('tenants.close', { ...inTenant(), given: { confirmName: name } });
  await run('tenants.restore', inTenant());
  await run('notices.list', inTenant());
  await run('notices.read', inTenant());
  await run('sessions.end-current', { cookie: first.cookie });
  expect(registered).toMatch(/^[0-9a-f-]{36}$/);
});

test('every operation was called, every field of text that takes free text had a canary', () => {
  expect([...contract.keys()].filter((id) => !done.has(id))).toEqual([]);
  const fields = [...canaries.without].filter((field) => !notFree.has(field.split(/[ .]/).at(-1) ?? ''));
  expect(fields).toEqual([]);
});

test('after an orderly end: nothing outside, no secret', { timeout: 120_000 }, async () => {
  const texts = await Promise.all(
    [
      'tenants.read',
      'accounts.list',
      'groups.list',
      'namespaces.list',
      'service-accounts.list',
      'provisioning-tokens.list',
    ].map(
      async (id) =>
        (await run(id, { ...inTenant(), query: contract.get(id)?.query.includes('limit') ? '?limit=200' : '' })).text,
    ),
  );
  await product.stop();
  expectNothingOutside();
  expectNoSecretKept();

  // The search can fail: what the API shows of the tenant lies in its region, and is found there.
  const shown = canaries.all.filter((value) => texts.some((text) => text.includes(value)));
  expect(shown.length).toBeGreaterThan(40);
  const { hits } = new Search(shown.flatMap(readableForms)).below(join(product.data, 'eu'));
  const found = new Set(hits.filter(({ form }) => form === 'plain').map(({ value }) => value));
  expect(shown.filter((value) => !found.has(value))).toEqual([]);
});

test('the search finds a value in each form, wherever it stands', () => {
  const value = 'Kestrel.Quillfeather@example';
  const { text } = new Canaries({});
  const folder = aFolder();
  const patterns = [...readableForms(value), ...hashForms(value)];
  const search = new Search([...patterns, ...readableForms(text())]);
  for (const [at, { form, bytes }] of patterns.entries()) {
    const noise = randomBytes(1000 + at);
    writeFileSync(join(folder, 'planted'), Buffer.concat([noise, bytes, randomBytes(500)]));
    const found = search.below(folder).hits;
    expect(
      found.some((hit) => hit.form === form && hit.offset === noise.length),
      form,
    ).toBe(true);
  }
  for (const alignment of [0, 1, 2])
    for (const encoding of ['base64', 'base64url'] as const) {
      const around = Buffer.concat([randomBytes(99 + alignment), Buffer.from(value), randomBytes(100)]);
      const hits = search.in(Buffer.from(around.toString(encoding)), 'memory');
      expect(hits.map(({ form }) => form)).toContain(`${encoding} at ${alignment}`);
    }
  expect(search.in(randomBytes(2 ** 20), 'memory')).toEqual([]);
  expect(() => new Search([{ value, form: 'short', bytes: Buffer.from('short') }])).toThrow('Too short');
});

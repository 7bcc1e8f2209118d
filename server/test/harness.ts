import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, inject } from 'vitest';
import { hashOperatorKey, readConfig } from '../src/kernel/config.ts';
import { signRequest } from '../src/kernel/http-signature.ts';
import { newId } from '../src/kernel/ids.ts';
import { type RunningNode, startNode } from '../src/node.ts';
import { aProduct } from './isolation/bodies.ts';

/**
 * A platform for tests: its own copies of the migrated databases on the run's real PostgreSQL, one or several nodes
 * of the real server in this process, real HTTP between.
 */

export const operatorKey = `bwk_op_${'t'.repeat(40)}`;

interface PlatformOptions {
  /** Regions served, `['au', 'eu']` by default; each has one cell unless `cells` says more. */
  regions?: string[];
  cells?: number;
  /** Nodes that serve all of the regions. */
  nodes?: number;
  /** Settings, for example `{ BAILIWICK_REGISTRATION: 'invited' }`. */
  env?: Record<string, string>;
}

export interface Reply {
  status: number;
  headers: Headers;
  etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the server says
  body: any;
  text: string;
}

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

const ended: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ended.reverse()) await end();
  ended.length = 0;
});

async function asSuperuser<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { host, port, superuser } = inject('postgres');
  const client = new pg.Client({ host, port, user: superuser, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Copies a template into a new database of this test file; dropped at its end. */
async function copyOf(template: string): Promise<string> {
  const name = `t_${newId().replaceAll('-', '')}`;
  // Two files may copy at the same moment; a template is in use for the time of a copy only.
  for (let attempt = 0; ; attempt++) {
    try {
      await asSuperuser('postgres', (client) => client.query(`create database ${name} template ${template}`));
      break;
    } catch (error) {
      if (attempt > 100 || (error as { code?: string }).code !== '55006') throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  ended.push(() => asSuperuser('postgres', (client) => client.query(`drop database if exists ${name} with (force)`)));
  return name;
}

export type TestPlatform = Awaited<ReturnType<typeof aPlatform>>;

/** Starts a platform; it ends with the test file. */
export async function aPlatform({ regions = ['au', 'eu'], cells = 1, nodes = 1, env = {} }: PlatformOptions = {}) {
  const { host, port } = inject('postgres');
  const connect = (database: string): pg.ClientConfig => ({ host, port, user: 'app', database });
  const directory = await copyOf('template_directory');
  const databases: Record<string, string[]> = {};
  for (const region of regions) {
    databases[region] = [];
    for (let cell = 0; cell < cells; cell++) databases[region].push(await copyOf('template_cell'));
  }
  const fingerprintKey = randomBytes(32);
  const masterKeys = Object.fromEntries(regions.map((region) => [region, randomBytes(32)]));
  const log = pino({ level: process.env.TEST_LOG ?? 'silent' });

  /** Another node, of these regions or of some of them. */
  async function startAnother(served: string[] = regions, more: Record<string, string> = {}): Promise<RunningNode> {
    const config = readConfig({
      BAILIWICK_PORT: '0',
      BAILIWICK_HOST: '127.0.0.1',
      BAILIWICK_REGIONS: served.join(','),
      BAILIWICK_POOL_SIZE: '4', // all test files share one server's 60 connections
      ...env,
      ...more,
    });
    const node = await startNode({
      config,
      databases: {
        directory: connect(directory),
        cells: Object.fromEntries(served.map((region) => [region, (databases[region] ?? []).map(connect)])),
      },
      log,
      fingerprintKey,
      masterKeys,
      operatorKeyHash: hashOperatorKey(operatorKey),
    });
    let isRunning = true;
    const stop = node.stop.bind(node);
    node.stop = async () => {
      if (!isRunning) return;
      isRunning = false;
      await stop();
    };
    ended.push(() => node.stop());
    return node;
  }
  const started: RunningNode[] = [];
  for (let at = 0; at < nodes; at++) started.push(await startAnother());
  const urls = started.map(({ port: taken }) => `http://127.0.0.1:${taken}`);

  return {
    ...clientsOf(urls),
    nodes: started,
    startAnother,
    /** Database names, for looking below the server. */
    databases: { directory, cells: databases },
    /** SQL as superuser on a region's home cell: sees every row. */
    sql: (region: string, text: string, values: unknown[] = []) =>
      asSuperuser(databases[region]?.[0] as string, async (client) => (await client.query(text, values)).rows),
    /** Does the work beside a change that is not committed before it is done; `somebodyWaits` tells when a lock is wanted. */
    besideChange: (region: string, text: string, work: (somebodyWaits: () => Promise<void>) => Promise<void>) =>
      asSuperuser(databases[region]?.[0] as string, async (client) => {
        await client.query('begin');
        await client.query(text);
        await work(async () => {
          const blocked = `select from pg_stat_activity where pg_backend_pid() = any (pg_blocking_pids(pid))`;
          while ((await client.query(blocked)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        });
        await client.query('commit');
      }),
    directorySql: (text: string, values: unknown[] = []) =>
      asSuperuser(directory, async (client) => (await client.query(text, values)).rows),
    /** Moves the database clock of a region on, by an interval such as `31 days`; '0' sets it right again. */
    shiftClock: (region: string, interval: string) =>
      asSuperuser(databases[region]?.[0] as string, (client) =>
        client.query(
          `create or replace function platform_time() returns timestamptz language sql stable parallel safe return statement_timestamp() + interval '${interval}'`,
        ),
      ),
    /** Accounts that lists find by another standing than theirs; of no test that goes through the product there are any. */
    wronglyFound: (region: string) =>
      asSuperuser(databases[region]?.[0] as string, async (client) => {
        const { rows } = await client.query(`
          with standing as (
            select tenant_id, account_id, string_agg(word, ',') filter (where word < '!') as word
            from account_words group by 1, 2)
          select a.id, a.status, a.source, a.verified_at, s.word
          from accounts a join standing s on s.tenant_id = a.tenant_id and s.account_id = a.id
          where s.word is distinct from ' ' || case
            when a.status = 'new' and a.verified_at is not null then 'waiting' else a.status end || ' ' || a.source`);
        return rows;
      }),
  };
}

/** What nodes are asked by. */
function clientsOf(urls: string[]) {
  const url = urls[0] as string;
  return {
    url,
    urls,
    operator: clientOf(url, operatorKey),
    anyone: clientOf(url, null),
    client: (key: string | null, node = 0) => clientOf(urls[node] as string, key),
    /** Mails that the development outbox holds, newest first, to one address when it is named. */
    async outbox(to?: string): Promise<{ to: string; subject: string; body: string; region: string }[]> {
      for (let attempt = 0; attempt < 50; attempt++) {
        const { body } = await clientOf(url, operatorKey).get('/v1/operator/outbox?limit=200');
        const items = (body.items ?? []).filter((mail: { to: string }) => !to || mail.to === to);
        if (items.length) return items;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return [];
    },
    /** A session's cookie as a client: changes carry Origin and the CSRF header. */
    session: (cookie: string, node = 0) =>
      clientOf(urls[node] as string, null, { cookie, origin: urls[node] as string, 'x-bailiwick-csrf': '1' }),
  };
}

/** The platform as one of its nodes shows it, which may serve some of the regions only. */
export const seenFrom = (platform: TestPlatform, { port }: { port: number }): TestPlatform => ({
  ...platform,
  ...clientsOf([`http://127.0.0.1:${port}`]),
});

export type Client = ReturnType<typeof clientOf>;

type HeadersOf = Record<string, string>;

/** @param fixed headers of each request, or what makes them of it */
export function clientOf(
  url: string,
  key: string | null,
  fixed: HeadersOf | ((method: string, targetUri: string, body: Buffer) => HeadersOf) = {},
) {
  const call = async (method: string, path: string, { body, headers = {} }: CallOptions = {}): Promise<Reply> => {
    const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const reply = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...(typeof fixed === 'function' ? fixed(method, url + path, Buffer.from(sent ?? '')) : fixed),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await reply.text();
    let parsed: unknown;
    try {
      parsed = text ? JSON.parse(text) : undefined;
    } catch {
      parsed = undefined;
    }
    return { status: reply.status, headers: reply.headers, etag: reply.headers.get('etag'), body: parsed, text };
  };
  return {
    call,
    get: (path: string, headers?: Record<string, string>) => call('GET', path, headers ? { headers } : {}),
    post: (path: string, body?: unknown, headers?: Record<string, string>) =>
      call('POST', path, { ...(body === undefined ? {} : { body }), ...(headers ? { headers } : {}) }),
    put: (path: string, body: unknown, ifMatch?: string | null) =>
      call('PUT', path, { body, ...(ifMatch ? { headers: { 'if-match': ifMatch } } : {}) }),
    patch: (path: string, body: unknown, ifMatch?: string | null) =>
      call('PATCH', path, { body, ...(ifMatch ? { headers: { 'if-match': ifMatch } } : {}) }),
    delete: (path: string, ifMatch?: string | null) =>
      call('DELETE', path, ifMatch ? { headers: { 'if-match': ifMatch } } : {}),
  };
}

/** One that signs as a program does that runs a gateway. */
export const agentOf = (url: string, agentKey: string, now = () => new Date()) =>
  clientOf(url, null, (method, targetUri, body) =>
    signRequest({ method, targetUri, body, agentKey, now: now(), nonce: newId() }),
  );

/** A request as bytes on the wire, for what fetch would not send. @returns the whole answer as text */
export function rawRequest(
  url: string,
  options: { method: string; path: string; headers?: Record<string, string | string[]>; body?: string | Buffer },
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method: options.method, path: options.path, headers: options.headers },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

let counter = 0;
/** A name that no other call gives. */
export const aName = (prefix = 'name') => `${prefix}-${Date.now().toString(36)}-${counter++}`;

export type TestTenant = Awaited<ReturnType<typeof aTenant>>;

/** A tenant made by the operator, with its bootstrap key and what tests give it. */
export async function aTenant(platform: TestPlatform, region = 'au', name = aName('tenant')) {
  const made = await platform.operator.post('/v1/tenants', {
    name,
    displayName: `${name} display`,
    legalName: `${name} Pty Ltd`,
    region,
    country: 'AU',
    type: 'customer',
    owner: { email: `owner@${name}.example`, firstName: 'Ada', lastName: 'Owner' },
    bootstrapKey: true,
  });
  if (made.status !== 201) throw new Error(`The tenant was not made: ${made.text}`);
  const id = made.body.tenant.id as string;
  const path = `/v1/tenants/${id}`;
  const ownerKey = made.body.ownerKey as string;
  /** Calls below the tenant's path: `client.get('/groups')`. */
  const below = (key: string | null, node = 0) => {
    const client = platform.client(key, node);
    return {
      get: (at: string, headers?: Record<string, string>) => client.get(path + at, headers),
      post: (at: string, body?: unknown, headers?: Record<string, string>) => client.post(path + at, body, headers),
      put: (at: string, body: unknown, ifMatch?: string | null) => client.put(path + at, body, ifMatch),
      patch: (at: string, body: unknown, ifMatch?: string | null) => client.patch(path + at, body, ifMatch),
      delete: (at: string, ifMatch?: string | null) => client.delete(path + at, ifMatch),
    };
  };
  const client = below(ownerKey);
  const expectMade = async (reply: Promise<Reply>) => {
    const { status, body, etag, text } = await reply;
    if (status !== 201) throw new Error(`Not made: ${text}`);
    return { ...body, etag };
  };
  return {
    id,
    region,
    name,
    path,
    ownerKey,
    ownerEmail: `owner@${name}.example`,
    client,
    below,
    given: {
      group: (body: object = {}) => expectMade(client.post('/groups', { name: aName('group'), ...body })),
      namespace: (body: object = {}) => expectMade(client.post('/namespaces', { name: aName('ns'), ...body })),
      /** Complete, and inactive. */
      identityProvider: (body: object = {}) =>
        expectMade(
          client.post('/identity-providers', {
            name: aName('provider'),
            type: 'oidc',
            oidc: { issuer: 'https://login.example.com', clientId: 'client' },
            clientSecret: 'a secret of the provider',
            ...body,
          }),
        ),
      /** One that lets people in already, as far as gateways are concerned; its name is `https://idp.example`. */
      async activeProvider() {
        const { id } = await this.identityProvider({ oidc: { issuer: 'https://idp.example', clientId: 'client' } });
        await platform.sql(region, `update identity_providers set status = 'active' where id = $1`, [id]);
        return id as string;
      },
      /** A licence with a subscription to what the operator offers for it. */
      async licence(tier: object = {}, name = aName('licence')) {
        const product = await platform.operator.post('/v1/operator/products', { region, ...aProduct(tier) });
        if (product.status !== 201) throw new Error(`Not made: ${product.text}`);
        const licence = await expectMade(client.post('/licences', { name }));
        const tiers = [{ product: product.body.code, tier: 'small' }];
        const subscription = await expectMade(client.post(`/licences/${licence.id}/subscriptions`, { tiers }));
        return { id: licence.id as string, name, product: product.body, subscription };
      },
      token: (body: object = {}) => expectMade(client.post('/provisioning-tokens', { name: aName('token'), ...body })),
      domain: (body: object = {}) =>
        expectMade(client.post('/domains', { name: `${aName('domain')}.example`, ...body })),
      /** A gateway with a route to a service of one item, the base rule that lets a group in, and a certificate. */
      async gateway(namespaceId: string, body: object = {}) {
        const service = await expectMade(
          client.post('/services', { name: aName('service').toLowerCase(), items: [{ name: 'one' }] }),
        );
        const at = `/namespaces/${namespaceId}/gateways`;
        const gateway = await expectMade(
          client.post(at, { name: aName('gateway'), prefix: `/${aName('p')}`, ...body }),
        );
        const group = await expectMade(client.post('/groups', { name: aName('group') }));
        const route = await expectMade(
          client.post(`${at}/${gateway.id}/routes`, {
            name: 'first',
            pathPrefix: '/orders',
            serviceId: service.id,
            itemFrom: 'path',
            upstream: 'https://orders.internal.example/api',
          }),
        );
        const rule = await expectMade(
          client.post(`${at}/${gateway.id}/rules`, { serviceId: service.id, groupIds: [group.id] }),
        );
        const certificate = await expectMade(client.post(`${at}/${gateway.id}/certificates/generate`, {}));
        return { at: `${at}/${gateway.id}`, gateway, service, group, route, rule, certificate };
      },
      /** A program that runs a gateway of the namespace. */
      agent: (agentKey: string, body: object = {}) =>
        expectMade(agentOf(platform.url, agentKey).post(`${path}/agents`, { name: aName('agent'), ...body })),
      /** What such a program reports of requests. */
      async transactions(agentKey: string, agentId: string, batch: object) {
        const reply = await agentOf(platform.url, agentKey).post(`${path}/agents/${agentId}/transactions`, batch);
        if (reply.status !== 200) throw new Error(`Not recorded: ${reply.text}`);
      },
      /** A service account in a group with these grants, and a key of it. */
      async machine(grants: { permission: string; namespaceId?: string }[] = []) {
        const group = await expectMade(client.post('/groups', { name: aName('group') }));
        const granted = await client.put(`/groups/${group.id}/grants`, { grants }, group.etag);
        if (granted.status !== 200) throw new Error(`Not granted: ${granted.text}`);
        const account = await expectMade(
          client.post('/service-accounts', { name: aName('machine'), groupIds: [group.id] }),
        );
        const key = await expectMade(client.post(`/service-accounts/${account.id}/keys`, { name: 'first' }));
        return {
          groupId: group.id as string,
          id: account.id as string,
          keyId: key.id as string,
          key: key.value as string,
          client: below(key.value),
        };
      },
      account: (body: object = {}) =>
        expectMade(
          client.post('/accounts', {
            email: `${aName('person')}@${name}.example`,
            firstName: 'Grace',
            lastName: 'Person',
            ...body,
          }),
        ),
      /** A partner's request that waits for this tenant, and that of one of its people; the partner is nowhere. */
      async delegation() {
        const [delegationId, activationId] = [newId(), newId()];
        await platform.sql(
          region,
          `insert into delegations (tenant_id, id, side, other_tenant_id, partner_group_id, relation, purpose,
             asked_permissions, asked_namespaces, asked_days, state, created_at, request_ends_at)
           values ($1, $2, 'customer', $3, $4, 'partner', 'to be tried', '{groups.view}', '{}', 30, 'requested', now(),
             now() + interval '90 days')`,
          [id, delegationId, newId(), newId()],
        );
        await platform.sql(
          region,
          `insert into delegation_activations (tenant_id, id, delegation_id, home_account_id, reason, hours, state, asked_at)
           values ($1, $2, $3, $4, 'to be tried', 1, 'requested', now())`,
          [id, activationId, delegationId, newId()],
        );
        return { id: delegationId, activationId };
      },
      /** A group of this tenant that another one imported, which is nowhere, and a key for one more. */
      async groupImport(groupId: string) {
        const key = await expectMade(client.post('/import-keys', { groupId, receivingTenantId: newId() }));
        const importId = newId();
        await platform.sql(
          region,
          `insert into delegations (tenant_id, id, kind, side, other_tenant_id, partner_group_id, relation,
             asked_permissions, asked_days, permissions, state, created_at, request_ends_at)
           values ($1, $2, 'import', 'partner', $3, $4, 'partner', '{}', 0, '{}', 'active', now(), now())`,
          [id, importId, newId(), groupId],
        );
        return { id: importId, keyId: key.id as string };
      },
      /** An open review of one account in one group, by that account. */
      async review(groupId: string, accountId: string) {
        const [campaignId, itemId] = [newId(), newId()];
        const rows: [string, unknown[]][] = [
          [
            `insert into review_campaigns (tenant_id, id, name, scope, reviewers, reviewer_ids, undecided, state, due_at, created_by)
             values ($1, $2, 'reviewed', '{}', 'accounts', array[$3::uuid], 'keep', 'open', now() + interval '7 days', $3)`,
            [id, campaignId, accountId],
          ],
          [
            `insert into review_groups (tenant_id, campaign_id, group_id, name, is_owner_group, grants)
             values ($1, $2, $3, 'reviewed', false, '{}')`,
            [id, campaignId, groupId],
          ],
          [
            `insert into review_items (tenant_id, id, campaign_id, group_id, principal_id, kind, path, added_at)
             values ($1, $2, $3, $4, $5, 'account', 'direct', now())`,
            [id, itemId, campaignId, groupId, accountId],
          ],
        ];
        for (const [text, values] of rows) await platform.sql(region, text, values);
        return { id: campaignId, itemId };
      },
      /** An account that accepted its invitation with this password. */
      async person(password: string, body: { email?: string; lastName?: string; groupIds?: string[] } = {}) {
        const account = await expectMade(
          client.post('/accounts', {
            email: `${aName('person')}@${name}.example`,
            firstName: 'Grace',
            lastName: 'Person',
            ...body,
          }),
        );
        await accept(platform, account.email, password);
        return account;
      },
    },
    async auditedActions(): Promise<string[]> {
      const { body } = await client.get('/audit-entries?limit=200');
      return body.items.map(({ action }: { action: string }) => action);
    },
  };
}

/** Accepts the newest invitation mailed to the address. */
export async function accept(platform: TestPlatform, email: string, password: string) {
  const [mail] = await platform.outbox(email);
  const token = /\/accept#(\S+)/.exec(mail?.body ?? '')?.[1];
  const reply = await platform.anyone.post('/v1/invitations/accept', { token, password });
  if (reply.status !== 200) throw new Error(`The invitation was not accepted: ${reply.text}`);
  return reply.body;
}

/** Signs in. @returns the cookie, as a Cookie header */
export async function signIn(platform: TestPlatform, email: string, password: string, tenantId?: string) {
  const reply = await platform.anyone.post('/v1/sessions', { email, password, ...(tenantId ? { tenantId } : {}) });
  const cookie = reply.headers.get('set-cookie')?.split(';')[0];
  if (reply.status !== 201 || !cookie) throw new Error(`Not signed in: ${reply.status} ${reply.text}`);
  return cookie;
}

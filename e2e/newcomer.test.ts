import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { neverAnId, newTenant, type Reply } from './http.ts';
import { launch, type Product, until } from './process.ts';

/** What a newcomer and their scripts rely on, from the first start to the end after a hard kill (design, section 8). */

interface Owned {
  id: string;
  key: string;
  path: string;
  made: Reply;
}

let product: Product;
let southern: Owned;
let northern: Owned;
/** Secrets in the order in which they were shown. */
const shown: string[] = [];

async function aTenant(region: string, name: string): Promise<Owned> {
  const made = await product.asOperator('POST', '/v1/tenants', { body: newTenant(region, name) });
  const { tenant, ownerKey } = made.body ?? {};
  if (ownerKey) shown.push(ownerKey);
  return { id: tenant?.id, key: ownerKey, path: `/v1/tenants/${tenant?.id}`, made };
}

beforeAll(async () => {
  product = await launch();
  await product.ready();
  southern = await aTenant('au', 'southern');
  northern = await aTenant('eu', 'northern');
}, 200_000);

const get = (path: string, key?: string) => product.send('GET', path, { key });
const withoutRequestId = ({ text }: Reply) => text.replace(/"requestId":\s*"[^"]*"/, '');

describe('open to everybody', () => {
  test('healthy and ready', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });

  test('the console is at /', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/text\/html/);
  });

  test('the three regions, each with name, country and address', async () => {
    const { body } = await get('/v1/regions');
    expect(body.items.map(({ code }: { code: string }) => code)).toEqual(expect.arrayContaining(['au', 'eu', 'us']));
    for (const region of body.items)
      expect(region).toMatchObject({
        name: expect.stringMatching(/./),
        country: expect.stringMatching(/^[A-Z]{2}$/),
        baseUrl: expect.stringMatching(/^https?:/),
      });
  });

  test('the contract is OpenAPI 3.1, the catalogue has whole names', async () => {
    expect((await get('/v1/openapi.json')).body.openapi).toMatch(/^3\.1/);
    const { items } = (await get('/v1/topics')).body;
    const { permissions } = items.find(({ name }: { name: string }) => name === 'namespaces');
    expect(permissions.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['namespaces.view', 'namespaces.change']),
    );
  });

  test('without a credential a tenant is a 401 problem', async () => {
    const reply = await get(southern.path);
    expect(reply.status).toBe(401);
    expect(reply.headers.get('content-type')).toMatch(/application\/problem\+json/);
    expect(reply.body).toMatchObject({
      type: expect.stringMatching(/^urn:bailiwick:problem:/),
      title: expect.stringMatching(/./),
      status: 401,
      detail: expect.stringMatching(/./),
      requestId: expect.stringMatching(/./),
    });
  });
});

describe('a tenant of its own', () => {
  test('made by the operator, in the region asked for, with a bootstrap key', () => {
    for (const [tenant, region] of [
      [southern, 'au'],
      [northern, 'eu'],
    ] as const) {
      expect(tenant.made.status, tenant.made.text).toBe(201);
      expect(tenant.made.body.tenant.region).toBe(region);
      expect(tenant.key).toMatch(/^bwk_sa_[0-9A-Za-z]{54,}_[0-9A-Za-z]{6}$/);
    }
  });

  test('its key sees it and no other', async () => {
    const list = await get('/v1/tenants', southern.key);
    expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual([southern.id]);

    const foreign = await get(northern.path, southern.key);
    const nothing = await get(`/v1/tenants/${neverAnId()}`, southern.key);
    expect([foreign.status, nothing.status]).toEqual([404, 404]);
    expect(withoutRequestId(foreign)).toBe(withoutRequestId(nothing));
    expect(foreign.text).not.toContain(northern.id);
  });

  test('the operator sees that it is there, and nothing of its contents', async () => {
    const list = await product.asOperator('GET', '/v1/tenants');
    const ids = list.body.items.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining([southern.id, northern.id]));
    expect(list.text).not.toMatch(/southern|northern/i);
    expect((await product.asOperator('GET', `${southern.path}/groups`)).status).not.toBe(200);
  });

  test('the profile is changed by who saw its present version', async () => {
    const change = (body: object, ifMatch?: string) =>
      product.send('PATCH', southern.path, {
        key: southern.key,
        body,
        headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
      });
    const read = await get(southern.path, southern.key);
    expect(read.body.legalName).toBe('southern Ltd');
    expect(read.etag).not.toBe('');

    expect((await change({ displayName: 'Nobody looked' })).status).toBe(428);
    const changed = await change({ displayName: 'Southern Cross' }, read.etag);
    expect(changed.body).toMatchObject({ displayName: 'Southern Cross' });
    expect((await change({ displayName: 'Too late' }, read.etag)).status).toBe(412);

    const weak = await change({ displayName: 'Southern Sky' }, `W/${changed.etag.replace(/^W\//, '')}`);
    expect(weak.status).toBe(200);
    expect(weak.etag).not.toBe(changed.etag);

    const moved = await change({ region: 'us' }, weak.etag);
    expect(moved.status).toBe(400);
    expect(JSON.stringify(moved.body.errors)).toContain('region');
  });

  test('an unknown field is refused and listed', async () => {
    const reply = await product.send('POST', `${southern.path}/groups`, {
      key: southern.key,
      body: { name: 'Odd', nonsense: 1 },
    });
    expect(reply.status).toBe(400);
    expect(reply.headers.get('content-type')).toMatch(/problem\+json/);
    expect(reply.body.errors.length).toBeGreaterThan(0);
  });
});

describe('namespaces', () => {
  const create = (body: object, headers = {}) =>
    product.send('POST', `${southern.path}/namespaces`, { key: southern.key, body, headers });

  test('one has an agent key, shown once, that is never a bearer', async () => {
    const made = await create({ name: 'production' });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ region: 'au', agentKey: expect.stringMatching(/^bwk_ak_/) });
    shown.push(made.body.agentKey);

    for (const path of [`${southern.path}/namespaces/${made.body.id}`, `${southern.path}/namespaces`]) {
      const later = await get(path, southern.key);
      expect(later.status).toBe(200);
      expect(later.text).toContain(made.body.id);
      expect(later.text).not.toContain('bwk_ak_');
    }
    expect((await get(southern.path, made.body.agentKey)).status).toBe(401);
  });

  test('a repeat with the same Idempotency-Key is the same object, without its secret', async () => {
    const headers = { 'idempotency-key': neverAnId() };
    const first = await create({ name: 'staging' }, headers);
    const again = await create({ name: 'staging' }, headers);
    expect(first.body.agentKey).toMatch(/^bwk_ak_/);
    shown.push(first.body.agentKey);
    expect([200, 201]).toContain(again.status);
    expect(again.body.id).toBe(first.body.id);
    expect(again.text).not.toContain('bwk_ak_');
  });

  test('a bad name is refused by its path', async () => {
    const reply = await create({ name: 'no spaces' });
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([expect.objectContaining({ path: 'name' })]);
  });
});

test('a service account may what its group may, until the grant is taken away', async () => {
  const { key, path } = southern;
  const group = await product.send('POST', `${path}/groups`, { key, body: { name: 'Viewers' } });
  expect(group.status, group.text).toBe(201);
  const grant = (grants: object[], ifMatch: string) =>
    product.send('PUT', `${path}/groups/${group.body.id}/grants`, {
      key,
      body: { grants },
      headers: { 'if-match': ifMatch },
    });
  expect((await grant([{ permission: 'namespaces.view' }], group.etag)).status).toBe(200);
  const robot = await product.send('POST', `${path}/service-accounts`, {
    key,
    body: { name: 'viewer', groupIds: [group.body.id] },
  });
  expect(robot.status, robot.text).toBe(201);
  const issued = await product.send('POST', `${path}/service-accounts/${robot.body.id}/keys`, {
    key,
    body: { name: 'first' },
  });
  expect(issued.status, issued.text).toBe(201);
  const viewer: string = issued.body.value;
  shown.push(viewer);

  expect((await get(`${path}/namespaces`, viewer)).status).toBe(200);
  const made = await product.send('POST', `${path}/namespaces`, { key: viewer, body: { name: 'test' } });
  expect(made.status).toBe(403);

  const { etag } = await get(`${path}/groups/${group.body.id}`, key);
  expect((await grant([], etag)).status).toBe(200);
  expect([403, 404]).toContain((await get(`${path}/namespaces`, viewer)).status);
});

describe('provisioning tokens', () => {
  const scim = ({ id }: Owned) => `/scim/v2/${id}/ServiceProviderConfig`;
  let token: Reply;

  test('one lives 30 days and opens the SCIM of its tenant only', async () => {
    token = await product.send('POST', `${southern.path}/provisioning-tokens`, {
      key: southern.key,
      body: { name: 'Entra ID' },
    });
    expect(token.status, token.text).toBe(201);
    expect(token.body.value).toMatch(/^bwk_pt_/);
    shown.push(token.body.value);
    expect((Date.parse(token.body.expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(30, 1);

    expect((await get(scim(southern), token.body.value)).status).toBe(200);
    expect([401, 403, 404]).toContain((await get(scim(northern), token.body.value)).status);
  });

  test('revoked, it is refused with the next request', async () => {
    const path = `${southern.path}/provisioning-tokens/${token.body.id}`;
    expect([200, 204]).toContain((await product.send('DELETE', path, { key: southern.key })).status);
    expect((await get(scim(southern), token.body.value)).status).toBe(401);
  });

  test('nothing acknowledged is lost when everything is killed hard, and revoked stays revoked', async () => {
    const acknowledged: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let at = 0; ; at++) {
        const reply = await product
          .send('POST', `${northern.path}/groups`, { key: northern.key, body: { name: `w${writer}-${at}` } })
          .catch(() => undefined);
        if (reply?.status !== 201) return;
        acknowledged.push(reply.body.id);
      }
    });
    await until('100 writes were acknowledged', () => acknowledged.length >= 100, 60_000);
    await product.killAll();
    await Promise.all(writers);

    const { data, port } = product;
    product = await launch({ data, port });
    await product.ready();
    console.log(`a later start, after a hard kill: ${product.seconds?.toFixed(1)} s`);
    for (const id of acknowledged)
      expect((await get(`${northern.path}/groups/${id}`, northern.key)).status, id).toBe(200);
    expect((await get(scim(southern), token.body.value)).status).toBe(401);
  }, 300_000);
});

test('the audit has changes and refusals, newest first, and no secret', async () => {
  const { body, text, status } = await get(`${southern.path}/audit-entries?limit=100`, southern.key);
  expect(status, text).toBe(200);
  expect(body.items.length).toBeGreaterThanOrEqual(8);
  expect(body.items.some(({ outcome }: { outcome: string }) => outcome === 'refused')).toBe(true);
  for (const entry of body.items)
    expect(entry).toMatchObject({
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      actor: { kind: expect.stringMatching(/./) },
      action: expect.stringMatching(/./),
      target: { kind: expect.stringMatching(/./) },
      requestId: expect.stringMatching(/./),
    });
  const times = body.items.map(({ at }: { at: string }) => Date.parse(at));
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(text).not.toMatch(/bwk_(sa|pt|ak|sk)_[A-Za-z0-9_-]{20,}/);
  for (const secret of shown) expect(text).not.toContain(randomPartOf(secret));
});

/** Of a credential, what nobody can know but who was shown it. */
const randomPartOf = (credential: string) => credential.split('_')[2]?.slice(22) ?? '';

test('the data folder is closed to others and holds no credential', () => {
  const files = filesBelow(product.data);
  expect(files.length).toBeGreaterThan(100);
  const secrets = shown.map(randomPartOf);
  expect(secrets.length).toBeGreaterThanOrEqual(6);
  for (const secret of secrets) expect(secret.length).toBeGreaterThanOrEqual(32);
  for (const file of files) {
    const found = whileThere(() => ({ mode: statSync(file).mode, bytes: readFileSync(file) }));
    if (!found) continue;
    expect(found.mode & 0o007, file).toBe(0);
    for (const secret of secrets) expect(found.bytes.includes(secret), file).toBe(false);
  }
});

const filesBelow = (folder: string): string[] =>
  (whileThere(() => readdirSync(folder, { withFileTypes: true })) ?? []).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });

/** A running database removes files while we look. */
function whileThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

test('SIGTERM to the process group ends all of it within 30 seconds', { timeout: 60_000 }, async () => {
  expect(product.processes().length).toBeGreaterThan(4);
  await product.stop();
  expect(product.processes()).toEqual([]);
});

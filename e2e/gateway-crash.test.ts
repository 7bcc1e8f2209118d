import { beforeAll, expect, test } from 'vitest';
import { aGateway, anIssuer, anUpstream, audience, type Running } from '../gateway/test/given.ts';
import { newTenant, type Reply } from './http.ts';
import { kill, type Product, start, until } from './process.ts';

/**
 * A gateway goes on while its region's database and then its node are killed and come again; each request that it answered is
 * a transaction then, once.
 */

let product: Product;
let gateway: Running;
let token: string;
let transactions: string;
let key: string;

beforeAll(async () => {
  product = await start({ env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  const issuer = await anIssuer();
  const upstream = await anUpstream();
  const { tenant, ownerKey } = (await product.asOperator('POST', '/v1/tenants', { body: newTenant('au', 'carrying') }))
    .body;
  key = ownerKey;
  const path = `/v1/tenants/${tenant.id}`;
  const made = async (at: string, body: object = {}) => {
    const reply = await product.send('POST', `${path}${at}`, { key, body });
    expect(reply.status, reply.text).toBeLessThan(300);
    return reply.body;
  };
  const namespace = await made('/namespaces', { name: 'production' });
  const provider = await made('/identity-providers', {
    name: 'people',
    type: 'oidc',
    oidc: { issuer: issuer.issuer, clientId: 'orders', clientAuthentication: 'none' },
  });
  await made(`/identity-providers/${provider.id}/activate`);
  const service = await made('/services', { name: 'orders' });
  const gateways = `/namespaces/${namespace.id}/gateways`;
  const { id } = await made(gateways, { name: 'main', identityProviderId: provider.id, audiences: [audience] });
  await made(`${gateways}/${id}/routes`, {
    name: 'orders',
    pathPrefix: '/orders',
    serviceId: service.id,
    upstream: upstream.url,
  });
  await made(`${gateways}/${id}/rules`, { serviceId: service.id, claims: [{ name: 'roles', values: ['clerk'] }] });
  transactions = `${path}/namespaces/${namespace.id}/transactions`;
  token = await issuer.token('ann', { roles: ['clerk'] });
  gateway = await aGateway({ enrol: namespace.agentKey, url: product.url });
}, 240_000);

/** Paths of all that the region has, or undefined while it cannot be asked. */
async function reported(): Promise<string[] | undefined> {
  const paths: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = `?limit=200${cursor ? `&cursor=${cursor}` : ''}`;
    const reply: Reply | undefined = await product.send('GET', transactions + query, { key }).catch(() => undefined);
    if (reply?.status !== 200) return undefined;
    paths.push(...reply.body.items.map(({ path }: { path: string }) => path));
    cursor = reply.body.nextCursor;
  }
  return paths;
}

test('node and database killed while transactions come in: all are there, once, and the gateway went on', async () => {
  let over = false;
  let answered = 0;
  const failed: string[] = [];
  const asking = (async () => {
    while (!over) {
      const reply = await gateway.get(`/orders/${answered}`, token).catch((error) => ({ status: String(error) }));
      if (reply.status !== 200) failed.push(`${answered}: ${reply.status}`);
      if (reply instanceof Response) await reply.text();
      answered += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const more = async (count: number) => {
    const from = (await reported())?.length ?? 0;
    await until(`${count} more are reported`, async () => ((await reported())?.length ?? 0) >= from + count, 120_000);
  };

  await more(50);
  kill(product.postmaster('au'), 'SIGKILL');
  await more(50);
  expect(product.isRunning).toBe(true);
  const { data, port } = product;
  await product.killNode();
  product = await start({ data, port, env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  await more(50);
  over = true;
  await asking;

  expect(failed).toEqual([]);
  await until('all are reported', async () => ((await reported())?.length ?? 0) >= answered, 60_000);
  const paths = (await reported()) ?? [];
  expect(new Set(paths).size).toBe(answered);
  expect(paths.length).toBe(answered);
}, 400_000);

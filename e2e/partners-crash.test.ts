import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { newTenant } from './http.ts';
import { type Product, start, until } from './process.ts';

/** P31: after `kill -9` in the middle of a partner's acts, both audits have the same acts, one to one. */

const ROUNDS = 3;
const ACTS = 25;
const password = 'eight old barges pass the lock';

const everyEntry = async (product: Product, path: string, key: string, action: string) => {
  const items: { id: string; onBehalfOf?: string; details: { entryId: string } }[] = [];
  for (let cursor = ''; ; ) {
    const at = `${path}/audit-entries?limit=200&action=${action}${cursor && `&cursor=${cursor}`}`;
    const { status, body, text } = await product.send('GET', at, { key });
    expect(status, text).toBe(200);
    items.push(...body.items);
    if (!body.nextCursor) return items;
    cursor = encodeURIComponent(body.nextCursor);
  }
};

test('kill -9 during the acts of a partner: none is in one audit only, none is doubled', {
  timeout: 600_000,
}, async () => {
  let product = await start();
  const tenant = async (region: string, name: string) => {
    const { status, body, text } = await product.asOperator('POST', '/v1/tenants', { body: newTenant(region, name) });
    expect(status, text).toBe(201);
    return { id: body.tenant.id as string, path: `/v1/tenants/${body.tenant.id}`, key: body.ownerKey as string };
  };
  const [partner, customer] = [await tenant('au', 'partnering'), await tenant('eu', 'served')];
  const asPartner = await product.asOperator('PATCH', `/v1/operator/tenants/${partner.id}`, {
    body: { type: 'partner', supportId: null },
    headers: { 'if-match': '*' },
  });
  expect(asPartner.status, asPartner.text).toBe(200);

  const post = (at: string, key: string, body: unknown = {}) => product.send('POST', at, { key, body });
  const email = 'person@partnering.example';
  const account = await post(`${partner.path}/accounts`, partner.key, {
    email,
    firstName: 'Grace',
    lastName: 'Person',
  });
  const group = await post(`${partner.path}/groups`, partner.key, { name: 'For customers' });
  await post(`${partner.path}/groups/${group.body.id}/members`, partner.key, { accountIds: [account.body.id] });
  const mail = await until('the invitation', async () => {
    const { body } = await product.asOperator('GET', '/v1/operator/outbox?limit=200');
    return body.items.find(({ to }: { to: string }) => to === email);
  });
  const token = /\/accept#(\S+)/.exec(mail.body)?.[1];
  expect((await product.send('POST', '/v1/invitations/accept', { body: { token, password } })).status).toBe(200);
  const signedIn = await product.send('POST', '/v1/sessions', { body: { email, password, tenantId: partner.id } });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] as string;

  const asked = await post(`${partner.path}/delegations`, partner.key, {
    customerTenantId: customer.id,
    groupId: group.body.id,
    permissions: ['tenant.view', 'tenant.change'],
    days: 30,
    purpose: 'Run it for them',
  });
  const delegation = `/delegations/${asked.body.id}`;
  await until('the request', async () => {
    const { status } = await product.send('GET', customer.path + delegation, { key: customer.key });
    return status === 200;
  });
  const approved = await post(`${customer.path}${delegation}/approve`, customer.key);
  expect(approved.body.state, approved.text).toBe('active');

  let acknowledged = 0;
  let at = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    let isOver = false;
    const acting = (async () => {
      while (!isOver) {
        const reply = await product
          .send('PATCH', customer.path, {
            body: { legalName: `Act ${at++}` },
            headers: { cookie, origin: product.url, 'x-bailiwick-csrf': '1', 'if-match': '*' },
          })
          .catch(() => undefined);
        if (reply?.status === 200) acknowledged++;
        else if (reply && reply.status !== 503) throw new Error(`${reply.status} ${reply.text}`);
      }
    })();
    const before = acknowledged;
    await until('some acts', () => acknowledged >= before + ACTS, 90_000);
    await new Promise((resolve) => setTimeout(resolve, randomInt(300)));
    if (round % 2 === 1) await product.killNode();
    else await product.killAll();
    isOver = true;
    await acting;
    const { data, port } = product;
    product = await start({ data, port });
  }

  const acts = (await everyEntry(product, customer.path, customer.key, 'tenants.change')).filter(
    ({ onBehalfOf }) => onBehalfOf === asked.body.id,
  );
  expect(acts.length).toBeGreaterThanOrEqual(acknowledged);
  await until(
    'both audits',
    async () => {
      const reports = [partner, customer].map(({ path, key }) =>
        product.send('GET', `${path}${delegation}/acts?limit=1`, { key }),
      );
      return (await Promise.all(reports)).every(
        ({ body }) => body.agrees === true && body.acts === acts.length && body.outstanding === 0,
      );
    },
    180_000,
  );
  const twins = await everyEntry(product, partner.path, partner.key, 'delegations.act');
  expect(twins.map(({ details }) => details.entryId).sort()).toEqual(acts.map(({ id }) => id).sort());
  await product.stop();
});

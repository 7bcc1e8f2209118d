import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { newTenant } from './http.ts';
import { type Product, start, until } from './process.ts';

/** P35: `kill -9` after home agreed to an import and before the receiver has it: home's side ends by itself. */

/** SQL as the databases' own account, beside the product. */
async function sql({ data }: Product, region: string, text: string) {
  const lines = readFileSync(join(data, region, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const client = new pg.Client({ host: lines[4], port: Number(lines[3]), user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('kill -9 between the two sides of an import', { timeout: 600_000 }, async () => {
  let product = await start();
  const tenant = async (region: string, name: string) => {
    const { status, body, text } = await product.asOperator('POST', '/v1/tenants', { body: newTenant(region, name) });
    expect(status, text).toBe(201);
    return { id: body.tenant.id as string, path: `/v1/tenants/${body.tenant.id}`, key: body.ownerKey as string };
  };
  const [home, receiver] = [await tenant('au', 'lending'), await tenant('eu', 'receiving')];
  const post = (at: string, key: string, body: unknown = {}) => product.send('POST', at, { key, body });
  const group = await post(`${home.path}/groups`, home.key, { name: 'Lent' });
  const share = async () => {
    const asked = { groupId: group.body.id, receivingTenantId: receiver.id };
    const made = await post(`${home.path}/import-keys`, home.key, asked);
    expect(made.status, made.text).toBe(201);
    return made.body.value as string;
  };
  const of = async ({ path, key }: typeof home, query = '') =>
    (await product.send('GET', `${path}/group-imports?limit=200${query}`, { key })).body.items;

  // The receiver's commit takes so long that the kill comes before its end.
  await sql(
    product,
    'eu',
    `create function wait_for_the_kill() returns trigger language plpgsql as $$
     begin perform pg_sleep(60); return null; end $$;
     create constraint trigger wait_for_the_kill after insert on delegations deferrable initially deferred
       for each row when (new.kind = 'import') execute function wait_for_the_kill()`,
  );
  const importing = post(`${receiver.path}/group-imports`, receiver.key, { key: await share() }).catch(() => undefined);
  await until('home agreed', async () => (await of(home)).length === 1);
  await product.killAll();
  expect((await importing)?.status).not.toBe(201);

  const { data, port } = product;
  product = await start({ data, port });
  await sql(product, 'eu', 'drop trigger wait_for_the_kill on delegations; drop function wait_for_the_kill');
  expect(await of(receiver)).toEqual([]);
  expect(await of(home)).toMatchObject([{ state: 'active' }]);
  await sql(product, 'au', `update due_jobs set due_at = now() where kind = 'group-imports.confirm'`);
  await until('home ends it', async () => (await of(home))[0].state === 'ended');

  const again = await post(`${receiver.path}/group-imports`, receiver.key, { key: await share() });
  expect(again.status, again.text).toBe(201);
  await sql(product, 'au', `update due_jobs set due_at = now() where kind = 'group-imports.confirm'`);
  await until('it was looked at', async () => {
    const waiting = await sql(product, 'au', `select from due_jobs where kind = 'group-imports.confirm'`);
    return waiting.length === 0;
  });
  expect(await of(home, '&state=active')).toMatchObject([{ id: again.body.id }]);
  expect(await of(receiver, '&state=active')).toMatchObject([{ id: again.body.id }]);
  await product.stop();
});

import { expect, test, vi } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';

const counted = vi.hoisted(() => ({ hashes: 0 }));
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>();
  return {
    ...real,
    verify: (...input: Parameters<typeof real.verify>) => {
      counted.hashes++;
      return real.verify(...input);
    },
  };
});

const platform = await aPlatform({ env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const password = 'lantern orbit plum ferry';

/** What a sign-in computes and writes: hashes, counts of guesses (three limits each), audit entries. */
async function costOf(body: object, source = '198.51.100.1') {
  const written = async () => {
    const [row] = await platform.sql(
      'au',
      `select (select coalesce(sum(count), 0)::int from guesses) as guesses,
              (select count(*)::int from audit_entries) as entries`,
    );
    return row;
  };
  counted.hashes = 0;
  const before = await written();
  const { status } = await platform.anyone.post('/v1/sessions', body, { 'x-forwarded-for': source });
  const after = await written();
  expect(await platform.sql('au', `select 1 from refusal_counts where minute < '2000-01-01'`)).toEqual([]);
  return {
    status,
    hashes: counted.hashes,
    guesses: after.guesses - before.guesses,
    entries: after.entries - before.entries,
  };
}

test('A3: each sign-in computes three hashes, whoever asks and whatever there is', async () => {
  const tenant = await aTenant(platform);
  const { email, id } = await tenant.given.person(password);
  const nobody = `${aName('nobody')}@example.com`;
  expect(await costOf({ email: nobody, password })).toEqual({ status: 401, hashes: 3, guesses: 3, entries: 0 });
  expect(await costOf({ email, password: `${password}!` })).toEqual({ status: 401, hashes: 3, guesses: 3, entries: 1 });
  expect(await costOf({ email, password })).toEqual({ status: 201, hashes: 3, guesses: 0, entries: 1 });
  expect(await costOf({ email, password, tenantId: id })).toMatchObject({ status: 401, hashes: 3, guesses: 3 });
  expect(await costOf({ email: 'nonsense', password })).toEqual({ status: 400, hashes: 0, guesses: 0, entries: 0 });

  for (let at = 0; at < 9; at++) await costOf({ email: nobody, password });
  expect(await costOf({ email: nobody, password })).toEqual({ status: 429, hashes: 0, guesses: 0, entries: 0 });
});

/** Accounts of one address and password in four tenants. @param lastUsed as SQL */
async function fourTimes(email: string, lastUsed: string): Promise<string[]> {
  const tenants: string[] = [];
  for (let at = 0; at < 4; at++) {
    const tenant = await aTenant(platform);
    const { id } = await tenant.given.account({ email });
    // Accepted below the server: what is tried here is sign-in, and one mail each would have to be told apart.
    await platform.sql('au', `insert into passwords select $1, $2, hash from passwords where tenant_id <> $1 limit 1`, [
      tenant.id,
      id,
    ]);
    await platform.sql('au', `update accounts set status = 'enabled', verified_at = now() where id = $1`, [id]);
    await platform.sql('au', `update sign_in_index set last_used_at = ${lastUsed} where account_id = $1`, [id]);
    tenants.push(tenant.id);
  }
  return tenants;
}

test('of many tenants the three that were used last are tried', async () => {
  const email = `${aName('busy')}@example.com`;
  const tenants = await fourTimes(email, 'now()');
  const [first, ...later] = tenants;
  const choice = await platform.anyone.post('/v1/sessions', { email, password });
  expect(choice.body.choices.map((each: { tenantId: string }) => each.tenantId).sort()).toEqual(later.sort());
  expect(await costOf({ email, password, tenantId: first })).toMatchObject({ status: 201, hashes: 3 });
  const again = await platform.anyone.post('/v1/sessions', { email, password });
  expect(again.body.choices[0].tenantId).toBe(first);
});

test('of many whose mailbox was never proved the three that were used last are tried, after each that was', async () => {
  const email = `${aName('unproved')}@example.com`;
  const tenants = await fourTimes(email, 'to_timestamp(0)');
  const tried = async (): Promise<string[]> => {
    const { body } = await platform.anyone.post('/v1/sessions', { email, password });
    return body.choices.map(({ tenantId }: { tenantId: string }) => tenantId);
  };
  const before = await tried();
  const own = tenants.find((id) => !before.includes(id)) as string;
  expect((await platform.anyone.post('/v1/sessions', { email, password, tenantId: own })).status).toBe(201);
  expect((await tried())[0]).toBe(own);

  const [proved] = tenants.filter((id) => id !== own);
  await platform.sql('au', `update sign_in_index set last_used_at = '2001-01-01' where tenant_id = $1`, [proved]);
  expect((await platform.anyone.post('/v1/sessions', { email, password, tenantId: own })).status).toBe(201);
  expect((await tried()).slice(0, 2)).toEqual([proved, own]);
});

test('invitations of other tenants to an address do not keep its person from signing in', async () => {
  const tenant = await aTenant(platform);
  const { email } = await tenant.given.person(password);
  for (let at = 0; at < 3; at++) await (await aTenant(platform)).given.account({ email });
  expect((await platform.anyone.post('/v1/sessions', { email, password })).status).toBe(201);

  const first = await aTenant(platform);
  const { email: another } = await first.given.account();
  for (let at = 0; at < 3; at++) await (await aTenant(platform)).given.account({ email: another });
  const mails = await platform.outbox(another);
  const theirs = mails.filter(({ subject }) => subject.includes(first.name));
  const token = /\/accept#(\S+)/.exec(theirs[0]?.body ?? '')?.[1];
  expect((await platform.anyone.post('/v1/invitations/accept', { token, password })).status).toBe(200);
  expect((await platform.anyone.post('/v1/sessions', { email: another, password })).status).toBe(201);
});

import { expect, test, vi } from 'vitest';
import { aPlatform, aTenant, signIn } from './harness.ts';
const password = 'six grey geese cross the lake';
test('measure', { timeout: 600_000 }, async () => {
  const platform = await aPlatform({ regions: ['au'] });
  const tenant = await aTenant(platform);
  const { client, given } = tenant;
  const groups: string[] = [];
  for (let at = 0; at < 200; at++) groups.push((await given.group()).id);
  const who = await given.person(password);
  const owners = (await client.get('/groups?q=Owners')).body.items[0].id;
  await client.post(`/groups/${owners}/members`, { accountIds: [who.id] });
  const session = platform.session(await signIn(platform, who.email, password, tenant.id));
  await platform.sql('au', `with named as (select gen_random_uuid() as id, n from generate_series(1, 20000) n),
        people as (insert into principals (tenant_id, id, kind) select $1, id, 'account' from named),
        made as (insert into accounts (tenant_id, id, email, email_canonical, username, username_canonical, first_name,
                   last_name, display_name, status, last_sign_in_at)
                 select $1, id, n || '@m.example', n || '@m.example', n || '@m.example', n || '@m.example', 'M', n,
                        'M ' || n, 'enabled', now() - n * interval '1 hour' from named)
   insert into memberships (tenant_id, group_id, principal_id)
   select $1, ($2::uuid[])[(n * 5 + k * 37) % 200 + 1], id from named, generate_series(1, 5) k`, [tenant.id, groups]);
  await platform.sql('au', 'analyze');
  const timed = async <T>(what: string, work: () => Promise<T>) => {
    const t = performance.now();
    const r = await work();
    process.stderr.write(`MEASURED ${what}: ${Math.round(performance.now() - t)} ms\n`);
    return r;
  };
  const path = `${tenant.path}/review-campaigns`;
  const made = await session.post(path, { name: 'Spring', reviewers: 'accounts', reviewerIds: [who.id], dueAt: new Date(Date.now() + 864e5).toISOString() });
  expect(made.status, made.text).toBe(201);
  const one = `${path}/${made.body.id}`;
  const settled = { timeout: 400_000, interval: 200 };
  await timed('gather', () => vi.waitFor(async () => expect((await session.get(one)).body.state).toBe('open'), settled));
  const { body } = await timed('read', () => session.get(one));
  process.stderr.write(JSON.stringify(body.counts) + '\n');
  await timed('list', () => session.get(path));
  const page1 = await timed('page', () => session.get(`${one}/items?limit=50`));
  await timed('page 2', () => session.get(`${one}/items?limit=50&cursor=${encodeURIComponent(page1.body.nextCursor)}`));
  await timed('page yours', () => session.get(`${one}/items?limit=50&yours=true`));
  await timed('page state', () => session.get(`${one}/items?limit=50&state=undecided`));
  await timed('page group', () => session.get(`${one}/items?limit=50&groupId=${groups[3]}`));
  await timed('page unused', () => session.get(`${one}/items?limit=50&unusedDays=400`));
  await timed('search', () => session.get(`${one}/items?limit=50&q=777`));
  await timed('search none', () => session.get(`${one}/items?limit=50&q=zzzz`));
  await timed('report', () => session.get(`${one}/report`));
  await timed('look group', () => session.post(`${one}/look`, { groupId: groups[3] }));
  const done = async (reply: { body: { id: string }; status: number; text: string }) => {
    expect(reply.status, reply.text).toBe(202);
    return vi.waitFor(async () => { const t = await session.get(`${tenant.path}/tasks/${reply.body.id}`); expect(t.body.state).toBe('done'); return t; }, settled);
  };
  await timed('remove a group of 500', async () => done(await session.post(`${one}/decide`, { decision: 'remove', reason: 'no', groupId: groups[3] })));
  await timed('remove unused 700 days', async () => done(await session.post(`${one}/decide`, { decision: 'remove', reason: 'no', unusedDays: 700 })));
  process.stderr.write(JSON.stringify((await session.get(one)).body.counts) + '\n');
  await timed('keep the rest', async () => done(await session.post(`${one}/decide`, { decision: 'keep', reason: 'yes' })));
  await timed('end', async () => { const r = await session.post(`${one}/close`, { undecided: 'keep' }); expect(r.status, r.text).toBeLessThan(300);
    await vi.waitFor(async () => expect((await session.get(one)).body.state).toBe('closed'), settled); });
  await timed('export', async () => done(await session.post(`${one}/export`, { format: 'csv' })));
});

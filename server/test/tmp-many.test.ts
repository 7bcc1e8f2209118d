import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { aPlatform, aTenant, signIn } from './harness.ts';

const password = 'seven quiet herons walk home';
test('many', { timeout: 200_000 }, async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '1000000' } });
  const home = await aTenant(platform);
  const sessions: Record<number, ReturnType<typeof platform.session>> = {};
  for (const count of [10, 1000]) {
    const account = await home.given.person(password);
    await platform.sql('au', `
      with made as (select gen_random_uuid() as id, n from generate_series(1, ${count}) n),
      i as (insert into tenant_index (tenant_id, status, created_at, changed_at) select id, 'active', now() - n * interval '1 minute', now() from made),
      v as (insert into visits (tenant_id, id, account_id, visited_tenant_id, visited_region) select '${home.id}', gen_random_uuid(), '${account.id}', id, 'au' from made)
      insert into shown_tenants (tenant_id, account_id, shown_tenant_id, name, display_name, legal_name, type, created_at)
      select '${home.id}', '${account.id}', id, 'name-' || md5(n::text), 'Display ' || md5(n::text), 'Legal ' || n, 'customer', now() - n * interval '1 minute' from made`);
    sessions[count] = platform.session(await signIn(platform, account.email, password, home.id));
  }
  await platform.sql('au', 'analyze');
  const out: string[] = [];
  for (const query of ['limit=20', 'limit=20&q=display%20a', 'limit=10', 'limit=10&sort=displayName', 'limit=10&q=legal%205', 'limit=10&sort=name&q=name']) {
    const times: Record<number, number[]> = { 10: [], 1000: [] };
    for (let round = 0; round < 150; round++)
      for (const count of [10, 1000]) {
        const before = performance.now();
        const reply = await sessions[count]!.get(`/v1/tenants?${query}`);
        times[count]!.push(performance.now() - before);
        expect(reply.status).toBe(200);
      }
    const median = (list: number[]) => list.slice(30).sort((a, b) => a - b)[60]!;
    out.push(`${query}: 10: ${median(times[10]!).toFixed(2)} ms, 1000: ${median(times[1000]!).toFixed(2)} ms, ratio ${(median(times[1000]!) / median(times[10]!)).toFixed(2)}`);
  }
  const r = await sessions[1000]!.get('/v1/tenants?limit=10');
  out.push(String(r.body.total));
  writeFileSync('/tmp/guests-many.txt', out.join('\n'));
});

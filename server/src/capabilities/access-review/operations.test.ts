import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

async function exported(format: string): Promise<string> {
  const started = await client.post('/access-review/export', { format });
  expect(started).toMatchObject({ status: 202 });
  for (;;) {
    const task = await client.get(`/tasks/${started.body.id}`);
    if (task.body.state === 'done') return (await client.get(`/tasks/${started.body.id}/result`)).text;
    expect(task.body.state).not.toBe('failed');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('who has what is exported as JSON and CSV, with when it ends and when it was last used', async () => {
  const namespace = await given.namespace();
  const machine = await given.machine([{ permission: 'namespaces.view', namespaceId: namespace.id }]);
  const person = await given.account({ firstName: '=cmd' });
  const endsAt = new Date(Date.now() + 5 * 86_400_000).toISOString();
  await client.post(`/groups/${machine.groupId}/members`, { accountIds: [person.id], endsAt });
  await client.post(`/service-accounts/${machine.id}/keys`, { name: 'second' });
  // The use of the newest key counts, whichever it is.
  await platform.sql(
    'au',
    `update credentials set last_used_at = case when name = 'second' then now() - interval '2 days' else now() end
     where principal_id = $1`,
    [machine.id],
  );
  const rows = JSON.parse(await exported('json')).filter(({ groupId }: Any) => groupId === machine.groupId);
  expect(rows).toHaveLength(2);
  expect(rows.find((row: Any) => row.principalId === person.id)).toMatchObject({
    kind: 'account',
    email: person.email,
    grants: [`namespaces.view@${namespace.id}`],
    endsAt,
    lastUsedAt: null,
  });
  const { lastUsedAt } = rows.find((row: Any) => row.principalId === machine.id);
  expect(Date.now() - Date.parse(lastUsedAt)).toBeLessThan(86_400_000);
  const csv = await exported('csv');
  expect(csv.split('\r\n')[0]).toContain('"principalId","kind"');
  expect(csv).toContain(`"'=cmd`);
  const entries = (await client.get('/audit-entries?limit=5')).body.items;
  expect(entries.map((each: Any) => each.action)).toContain('access-review.export');
});

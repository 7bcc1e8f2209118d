import { until } from '../process.ts';
import { randomPartOf, run, secrets } from './product.ts';
import { first, inTenant } from './tenants.ts';

/** A group of one tenant that another imports by key, ended by each side. */
export async function imports() {
  const groupId: string = (await run('groups.create', { ...inTenant(), given: { template: undefined } })).body.id;
  const receiver = (more: Record<string, string> = {}) => ({
    cookie: first.cookie,
    at: { tenantId: first.tenantId, ...more },
  });
  const share = async () => {
    const given = { groupId, receivingTenantId: first.tenantId, days: 5 };
    const { body } = await run('import-keys.create', { ...inTenant(), given });
    secrets.add(randomPartOf(body.value));
    return { id: body.id as string, key: body.value as string };
  };
  await run('import-keys.revoke', inTenant({ id: (await share()).id }));
  const make = async () => {
    const { key } = await share();
    await run('group-imports.ask', { ...receiver(), given: { key } });
    return (await run('group-imports.create', { ...receiver(), given: { key } })).body.id as string;
  };
  const ended = (at: object) =>
    until('the import is over', async () => (await run('group-imports.read', at)).body.state === 'ended');

  const id = await make();
  await run('import-keys.list', inTenant());
  await run('group-imports.list', receiver());
  await run('group-imports.list-members', receiver({ id }));
  for (const side of [receiver({ id }), inTenant({ id })]) {
    await run('group-imports.preview', { ...side, given: { names: { side: 'loses' } } });
    await run('group-imports.report', side);
  }
  await run('group-imports.end', inTenant({ id }));
  await ended(receiver({ id }));
  const other = await make();
  await run('group-imports.end', receiver({ id: other }));
  await ended(inTenant({ id: other }));
}

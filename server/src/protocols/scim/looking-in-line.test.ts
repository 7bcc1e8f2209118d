import { afterEach, expect, test, vi } from 'vitest';
import { aTenantThatLooks } from '../../../test/bulk-looks.ts';
import { bulkOf, patchOf } from '../../../test/conformance/scim/scim.ts';
import { aTenant, type TestTenant } from '../../../test/harness.ts';
import { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { Line } from '../../kernel/line.ts';
import { unavailable } from '../../kernel/problem.ts';

/** Whom a look at a Bulk waits for: other looks of its cell in turn, and homes of guests before it holds anything. */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const home = vi.hoisted(() => ({ answer: async (): Promise<unknown> => undefined }));
vi.mock('../../kernel/region-messages.ts', async (original) => {
  const real = await original<typeof import('../../kernel/region-messages.ts')>();
  const askFor: typeof real.askFor = (ctx, to, kind, body) =>
    kind === 'standing' ? (home.answer() as Promise<Any>) : real.askFor(ctx, to, kind, body);
  return { ...real, askFor };
});

const looks = await aTenantThatLooks();
const { platform, tenant, sql, token, user, auditors, previewed, outcomesOf, unhurried } = looks;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Is told of each rehearsal that begins, by the tenant, and holds it up as long as it takes. */
function watchRehearsals(seen: (tenantId: string) => Promise<void> | void) {
  const { rehearse } = TenantContext.prototype;
  vi.spyOn(TenantContext.prototype, 'rehearse').mockImplementation(async function (this: TenantContext, work) {
    if (!this.isRehearsing) await seen(this.tenantId);
    return rehearse.call(this, work);
  });
}

test('tenants look one after another, in the order in which they came; of one tenant one waits at most', async () => {
  const others: TestTenant[] = [];
  for (let made = 0; made < 4; made++) {
    const other = await aTenant(platform);
    await other.given.token();
    others.push(other);
  }
  const body = bulkOf([{ method: 'DELETE', path: '/Users/nobody' }]);
  const lookOf = ({ client }: TestTenant) => client.post('/provisioning/bulk/preview', body);
  const order: string[] = [];
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  unhurried();
  watchRehearsals((tenantId) => {
    order.push(tenantId);
    return order.length === 1 ? held : undefined;
  });
  const lining = vi.spyOn(Line.prototype, 'run');
  const first = lookOf(tenant);
  await vi.waitFor(() => expect(order).toEqual([tenant.id]), { timeout: 20_000 });
  const ofTheCell = lining.mock.contexts.at(-1);
  const inLine = () => lining.mock.contexts.filter((line) => line === ofTheCell).length;
  expect(await lookOf(tenant)).toMatchObject({
    status: 429,
    body: { detail: expect.stringMatching(/^Another Bulk is looked at/) },
  });
  const waiting = [];
  for (const other of others.slice(0, 3)) {
    waiting.push(lookOf(other));
    await vi.waitFor(() => expect(inLine()).toBe(1 + waiting.length), { timeout: 20_000 });
  }
  expect(await lookOf(others[3] as TestTenant)).toMatchObject({
    status: 429,
    body: { detail: expect.stringMatching(/^Others look at what Bulks would do/) },
  });
  expect(order).toEqual([tenant.id]);
  letGo();
  expect((await Promise.all([first, ...waiting])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(order).toEqual([tenant, ...others.slice(0, 3)].map(({ id }) => id));
  expect((await lookOf(others[3] as TestTenant)).status).toBe(200);
});

test('the home of a guest who issued the token is asked before anything is held, once, and not within', async () => {
  const stays = [await user(), await user()];
  const group = await auditors(stays);
  const guest = newId();
  await sql(`insert into principals (tenant_id, id, kind, created_at) values ($1, $2, 'guest', platform_time())`, [
    tenant.id,
    guest,
  ]);
  await sql(
    `insert into guests (tenant_id, id, home_tenant_id, home_region, home_account_id) values ($1, $2, $3, 'us', $4)`,
    [tenant.id, guest, newId(), newId()],
  );
  await sql('insert into memberships (tenant_id, group_id, principal_id) values ($1, $2, $3)', [
    tenant.id,
    group,
    guest,
  ]);
  const [{ created_by: issuer }] = await sql('select created_by from credentials where id = $1', [token.id]);
  await sql('update credentials set created_by = $2 where id = $1', [token.id, guest]);
  const body = bulkOf(
    stays.map((id) => ({
      method: 'PATCH',
      path: `/Users/${id}`,
      data: patchOf({ op: 'replace', path: 'password', value: 'lantern orbit plum ferry' }),
    })),
  );
  const steps: string[] = [];
  unhurried();
  watchRehearsals(() => {
    steps.push('holds');
  });
  try {
    home.answer = async () => {
      steps.push('asks');
      throw unavailable('The region does not answer.');
    };
    expect(outcomesOf(await previewed(body))).toEqual([
      ['refused', 'credentials-held'],
      ['refused', 'credentials-held'],
    ]);
    expect(steps.splice(0)).toEqual(['asks', 'holds']);
    home.answer = async () => {
      steps.push('asks');
      return { isInvited: true, groupIds: [] };
    };
    expect(outcomesOf(await previewed(body))).toEqual([
      ['changed', null],
      ['changed', null],
    ]);
    expect(steps).toEqual(['asks', 'holds']);
  } finally {
    await sql('update credentials set created_by = $2 where id = $1', [token.id, issuer]);
  }
});

import { expect, vi } from 'vitest';
import { flushCalls } from '../src/capabilities/provisioning/service.ts';
import { TenantContext } from '../src/kernel/context.ts';
import { Quota } from '../src/kernel/quota.ts';
import { aModel, type Person } from './brute.ts';
import { patchOf, unlimited } from './conformance/scim/scim.ts';
import { urn } from './conformance/scim/urn.ts';
import { aName, aPlatform, aTenant } from './harness.ts';

/** What a Bulk would do is seen before it is done: held against what it then does. */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

/** What a look itself moves: the request, the session that asks, and what the product does by itself. */
const movedAnyway = ['jobs', 'due_jobs', 'outbox', 'sessions', 'credentials', 'quota_blocks', 'quota_shares'];

const holdColumns =
  'kind, account_id, group_id, asked_for, user_name, external_id, taken_name, taken_email, changes, email, token_id, attempts';

/** What a rehearsal had done before it was taken back. */
interface Rehearsed {
  entries: Any[];
  holds: Any[];
}

/** A tenant with a token, and looks at what its Bulks would do. */
export async function aTenantThatLooks() {
  const platform = await aPlatform({ regions: ['au'], env: unlimited });
  const [node] = platform.nodes as Any;
  const tenant = await aTenant(platform);
  const { client, given } = tenant;
  const { groupIds, state, brute, asBrute } = await aModel(platform, tenant);
  const sql = (text: string, values: unknown[] = []): Promise<Any[]> => platform.sql('au', text, values);
  const token = await given.token();
  const base = `/scim/v2/${tenant.id}`;
  const scim = platform.client(token.value);

  const preview = (body: object, query = '', by = client) => by.post(`/provisioning/bulk/preview${query}`, body);
  const previewed = async (body: object, query = '') => {
    const reply = await preview(body, query);
    expect(reply.status, reply.text).toBe(200);
    return reply.body;
  };
  const sent = async (body: object, by = scim) => (await by.post(`${base}/Bulk`, body)).body.Operations as Any[];
  const made = async (path: string, body: object) => {
    const reply = await scim.post(base + path, body);
    expect(reply.status, reply.text).toBe(201);
    return reply.body.id as string;
  };
  const user = (more: object = {}) => made('/Users', { schemas: [urn.user], userName: aName('user'), ...more });
  const group = async (members: string[], grants: object[] = []) => {
    const id = await made('/Groups', {
      schemas: [urn.group],
      displayName: aName('group'),
      members: members.map((value) => ({ value })),
    });
    const reply = await client.put(`/groups/${id}/grants`, { grants }, '*');
    expect(reply.status, reply.text).toBe(200);
    return id;
  };
  const guard = async (guardPercent: number) =>
    expect((await client.patch('/provisioning', { guardPercent }, '*')).status).toBe(200);

  const kept = (
    await sql(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
    )
  )
    .map(({ name }) => name as string)
    .filter((name) => !movedAnyway.includes(name));

  /** Of each table how many rows the tenant has there, and what they add up to. */
  async function traces(): Promise<Record<string, string>> {
    await flushCalls(node.platform);
    const sums = kept.map(
      (name) =>
        `(select count(*) || ' ' || coalesce(sum(hashtextextended((to_jsonb(r) - 'sent_at' - 'body')::text, 0)), 0) from ${name} r where tenant_id = $1) as ${name}`,
    );
    const [found] = await sql(`select ${sums.join(', ')}`, [tenant.id]);
    return found as Record<string, string>;
  }

  const holds = () => sql(`select ${holdColumns} from provisioning_holds where tenant_id = $1`, [tenant.id]);

  /** Looks, and sees what was there when all of it was done. */
  async function watched(look: () => Promise<Any>): Promise<{ reply: Any; rehearsed: Rehearsed; spent: number }> {
    const rehearsed: Rehearsed = { entries: [], holds: [] };
    const spending = vi.spyOn(Quota.prototype, 'spend');
    const rehearse = TenantContext.prototype.rehearse;
    const watching = vi.spyOn(TenantContext.prototype, 'rehearse').mockImplementation(async function (
      this: TenantContext,
      work,
    ) {
      if (this.isRehearsing) return rehearse.call(this, work);
      rehearsed.entries = await rehearse.call(this, async () => {
        await work();
        const query = this.db.selectFrom('provisioningHolds').selectAll().compile();
        rehearsed.holds = await this.ask({ ...query, sql: query.sql.replace('*', holdColumns) } as typeof query);
      });
      return rehearsed.entries;
    });
    try {
      return { reply: await look(), rehearsed, spent: spending.mock.calls.length };
    } finally {
      watching.mockRestore();
      spending.mockRestore();
    }
  }

  /** Has looks go on as long as they take: a machine that is busy is no matter of what they see. */
  function unhurried(): () => void {
    const wait = TenantContext.prototype.waitAtMost;
    const waiting = vi.spyOn(TenantContext.prototype, 'waitAtMost').mockImplementation(function (
      this: TenantContext,
      forRowsMs,
    ) {
      return wait.call(this, forRowsMs, 60_000);
    });
    const timeout = AbortSignal.timeout;
    const timing = vi
      .spyOn(AbortSignal, 'timeout')
      .mockImplementation((ms) => timeout.call(AbortSignal, ms === 2_000 ? 60_000 : ms));
    return () => {
      waiting.mockRestore();
      timing.mockRestore();
    };
  }

  /** Looks, sees that nothing is left behind, sends, and sees that it was as it looked. */
  async function lookedAndSent(body: object, by: { id: string; value: string } = token) {
    const before = { ...(await state()), traces: await traces() };
    const last = (await sql('select coalesce(max(id::text), $1) as id from audit_entries', [noId]))[0].id;
    const { reply, rehearsed, spent } = await watched(() => preview(body, `?tokenId=${by.id}`));
    expect(reply.status, reply.text).toBe(200);
    const seen = reply.body;
    expect(await traces()).toEqual(before.traces);
    // Others are done meanwhile.
    expect(await sql('select kind from jobs where request_id = $1', [reply.headers.get('x-request-id')])).toEqual([]);
    const spending = vi.spyOn(Quota.prototype, 'spend');
    const answers = await sent(body, platform.client(by.value));
    const spentBySending = spending.mock.calls.length;
    spending.mockRestore();
    const after = await state();
    const come = after.everybody.filter(({ id }) => !before.everybody.some((each) => each.id === id));
    const { namespaces: _counted, ...expected } = brute(
      before.groups,
      after.groups,
      after.everybody,
      undefined,
      // Who is made without being active holds nothing yet, and would once they are.
      [...before.everybody, ...come.map((each): Person => ({ ...each, mayAct: false }))],
    );
    const { namespaces: _said, ...said } = asBrute(seen.effect);
    expect(said, JSON.stringify(body)).toEqual(expected);
    const reached = seen.operations.filter(({ status }: Any) => status !== null);
    expect(
      reached.map(({ status, detail }: Any) => [String(status), detail]),
      JSON.stringify(body),
    ).toEqual(answers.map(({ status, response }) => [status, response?.detail ?? null]));

    const known = new Set([...before.everybody, ...before.groups].map(({ id }) => id));
    const written = await sql(
      `select action, target_kind as "targetKind", target_id as "targetId", target_name as "targetName", changes
       from audit_entries where tenant_id = $1 and id::text > $2 and door = 'scim' and outcome = 'success' order by id`,
      [tenant.id, last],
    );
    expect(comparable(rehearsed.entries, known), JSON.stringify(body)).toEqual(comparable(written, known));
    expect(unordered(rehearsed.holds, known), JSON.stringify(body)).toEqual(unordered(await holds(), known));
    expect(spent, JSON.stringify(body)).toBe(spentBySending);
    return { seen, expected, before, after, come };
  }

  const deactivating = (id: string, ...more: object[]) => ({
    method: 'PATCH',
    path: `/Users/${id}`,
    data: patchOf(...more, { op: 'replace', path: 'active', value: false }),
  });
  const outcomesOf = ({ operations }: Any) => operations.map(({ outcome, code }: Any) => [outcome, code]);
  /** A group of the tenant's own, in which they see the audit. */
  const auditors = async (accountIds: string[]) => {
    const { id } = await given.group();
    expect((await client.put(`/groups/${id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*')).status).toBe(
      200,
    );
    expect((await client.post(`/groups/${id}/members`, { accountIds })).status).toBe(200);
    return id as string;
  };

  return {
    platform,
    node,
    tenant,
    client,
    given,
    groupIds,
    sql,
    token,
    base,
    scim,
    preview,
    previewed,
    user,
    group,
    guard,
    unhurried,
    traces,
    lookedAndSent,
    deactivating,
    outcomesOf,
    auditors,
  };
}

const noId = '00000000-0000-0000-0000-000000000000';
const anId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const aTime = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** Who gains and loses by an act is not worked out while it is rehearsed. */
function withoutEffect(value: Any): Any {
  if (!value?.details?.effect) return value;
  const { details, ...rest } = value;
  const { effect: _effect, ...others } = details;
  return Object.keys(others).length > 0 ? { ...rest, details: others } : rest;
}

/** Entries without what differs from one doing to the next: times, the order of lists, and ids of what is made, which are numbered. */
function comparable(entries: Any[], known: ReadonlySet<string>) {
  const made = new Map<string, string>();
  for (const { targetId } of entries)
    if (!known.has(targetId) && !made.has(targetId)) made.set(targetId, `made ${made.size}`);
  return entries.map(({ action, targetKind, targetId, targetName, changes }) => {
    const text = JSON.stringify({ action, targetKind, targetId, targetName, changes });
    return JSON.parse(text.replaceAll(anId, (id) => made.get(id) ?? id).replaceAll(aTime, 'then'), (_, value) =>
      Array.isArray(value) ? value.sort() : withoutEffect(value),
    );
  });
}

/** Holds in no order; who is made has no id that lasts. */
const unordered = (rows: Any[], known: ReadonlySet<string>) =>
  rows
    .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [snake(name), value])))
    .map((row) =>
      JSON.stringify(row.asked_for && !known.has(row.asked_for as string) ? { ...row, asked_for: 'made' } : row),
    )
    .sort();
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

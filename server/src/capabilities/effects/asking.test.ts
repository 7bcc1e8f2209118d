import { beforeEach, describe, expect, test, vi } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { unavailable } from '../../kernel/problem.ts';
import { ask } from './asking.ts';

/** What is asked of other tenants, in which order, and what an effect says of those who were not asked or did not answer. */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

interface Question {
  of: string;
  to: string;
  guests: string[];
}

/** Stands in for the other tenants: what they were asked, in that order, and what they answer. */
const others = vi.hoisted(() => ({
  asked: [] as Question[],
  answer: async (_question: Question): Promise<unknown> => [],
}));

vi.mock('../../kernel/region-messages.ts', async (original) => {
  const real = await original<typeof import('../../kernel/region-messages.ts')>();
  const sayToTenant: typeof real.sayToTenant = async (ctx, other, kind, said) => {
    if (kind !== 'delegation-people') return real.sayToTenant(ctx, other, kind, said);
    const question = { of: ctx.tenantId, to: other.tenantId, guests: (said as { guests?: string[] }).guests ?? [] };
    others.asked.push(question);
    return others.answer(question) as Promise<Any>;
  };
  return { ...real, sayToTenant };
});

const platform = await aPlatform({ regions: ['au'] });

/** A machine that stands still for two seconds is no home that does. */
const asLongAsItTakes = () => vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal);

beforeEach(() => {
  vi.restoreAllMocks();
  others.asked = [];
  others.answer = async () => [];
});

/** Answers nobody until it is told to, one after another in the order of the questions. */
function holdingBack() {
  const waiting: (() => void)[] = [];
  others.answer = () => new Promise((resolve) => waiting.push(() => resolve([])));
  return { next: () => waiting.shift()?.() };
}

describe('the line of who asks', () => {
  const askOf = (tenantId: string, to: string, late?: AbortSignal) =>
    ask({ tenantId } as TenantContext, { otherTenantId: to, otherRegion: 'au' }, 'delegation-people', {}, late);
  const askedInOrder = () => others.asked.map(({ to }) => to);

  test('three of a tenant ask at once, three wait in their order, and another is told; other tenants do not wait', async () => {
    const { next } = holdingBack();
    const six = ['1', '2', '3', '4', '5', '6'].map((to) => askOf('first', to));
    await vi.waitFor(() => expect(askedInOrder()).toEqual(['1', '2', '3']));
    await expect(askOf('first', '7')).rejects.toMatchObject({ status: 429 });
    // Who holds rows goes on without.
    expect(await askOf('first', '8', new AbortController().signal)).toEqual({ unheard: 'busy' });
    const elsewhere = askOf('second', '9');
    await vi.waitFor(() => expect(askedInOrder()).toEqual(['1', '2', '3', '9']));
    for (const to of ['4', '5', '6']) {
      next();
      await vi.waitFor(() => expect(askedInOrder().at(-1)).toBe(to));
    }
    for (let left = 0; left < 4; left++) next();
    expect(await Promise.all([...six, elsewhere])).toEqual(Array.from({ length: 7 }, () => ({ said: [] })));
    expect(askedInOrder()).toEqual(['1', '2', '3', '9', '4', '5', '6']);
  });

  test('who is late while it waits in the line asks nobody any more, and leaves its place', async () => {
    const { next } = holdingBack();
    const three = ['1', '2', '3'].map((to) => askOf('third', to));
    await vi.waitFor(() => expect(askedInOrder()).toEqual(['1', '2', '3']));
    const late = new AbortController();
    const given = askOf('third', '4', late.signal);
    const behind = askOf('third', '5');
    late.abort();
    expect(await given).toEqual({ unheard: 'busy' });
    expect(await askOf('third', '6', late.signal)).toEqual({ unheard: 'late' });
    next();
    await vi.waitFor(() => expect(askedInOrder()).toEqual(['1', '2', '3', '5']));
    for (let left = 0; left < 3; left++) next();
    await Promise.all([...three, behind]);
  });
});

describe('an effect says of whom it is not known what they hold besides', () => {
  /** A tenant with a group of guests of so many other tenants, each of which is let in by a delegation too. */
  async function withGuestsOf(homes: number, guestsOfEach = 1) {
    const tenant = await aTenant(platform);
    const { client, given, id: tenantId } = tenant;
    /** Who is in it may see the audit. */
    const giving = async () => {
      const { id } = await given.group();
      const reply = await client.put(`/groups/${id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
      expect(reply.status, reply.text).toBe(200);
      return id as string;
    };
    const group = await giving();
    const imported = (await given.group()).id as string;
    const ids = Array.from({ length: homes }, () => newId());
    await platform.sql(
      'au',
      `insert into delegations (tenant_id, id, side, other_tenant_id, other_region, partner_group_id, group_id, relation,
                                asked_permissions, asked_days, state, created_at, request_ends_at)
       select $1, gen_random_uuid(), 'customer', home, 'au', gen_random_uuid(), $2, 'partner', '{}', 30, 'active',
              platform_time(), platform_time()
       from unnest($3::uuid[]) home`,
      [tenantId, imported, ids],
    );
    await platform.sql(
      'au',
      `with made as materialized (
         select gen_random_uuid() as id, home from unnest($2::uuid[]) home, generate_series(1, $3::int)),
       principal as (
         insert into principals (tenant_id, id, kind, created_at) select $1, id, 'guest', platform_time() from made returning id),
       guest as (
         insert into guests (tenant_id, id, home_tenant_id, home_region, home_account_id)
         select $1, made.id, home, 'au', gen_random_uuid() from made join principal using (id) returning id)
       insert into memberships (tenant_id, group_id, principal_id) select $1, $4, id from guest`,
      [tenantId, ids, guestsOfEach, group],
    );
    return {
      homes: ids,
      looked: async () => {
        const reply = await client.post(`/groups/${group}/preview`, { status: 'disabled' });
        expect(reply.status, reply.text).toBe(200);
        return reply.body;
      },
      /** Disables it. @returns what the entry keeps */
      disabled: async () => {
        expect((await client.post(`/groups/${group}/disable`)).status).toBe(200);
        const [entry] = (await client.get(`/audit-entries?targetId=${group}&limit=1`)).body.items;
        expect(entry.action).toBe('groups.disable');
        return entry.details.effect;
      },
      /** Another group gives them the same. */
      alsoHeldBy: async () => {
        const id = await giving();
        await platform.sql(
          'au',
          'insert into memberships (tenant_id, group_id, principal_id) select tenant_id, $2, principal_id from memberships where group_id = $1',
          [group, id],
        );
      },
    };
  }

  test('twenty homes are asked, each once and no other, and how many guests the others have is said', async () => {
    const { homes, looked, disabled } = await withGuestsOf(22, 2);
    asLongAsItTakes();
    const effect = await looked();
    expect(others.asked).toHaveLength(20);
    expect(new Set(others.asked.map(({ to }) => to)).size).toBe(20);
    expect(others.asked.every(({ to, guests }) => homes.includes(to) && guests.length === 2)).toBe(true);
    expect(effect.loses.guests).toBe(44);
    expect(effect.uncounted).toEqual([{ guests: 4, reason: 'too-many', text: expect.stringContaining('more') }]);
    expect(await disabled()).toEqual(effect);
  });

  test('a thousand guests are asked about, and how many there are besides is said', async () => {
    const { looked } = await withGuestsOf(1, 1_003);
    asLongAsItTakes();
    const effect = await looked();
    expect(others.asked.map(({ guests }) => guests.length)).toEqual([1_000]);
    expect(effect.loses.guests).toBe(1_003);
    expect(effect.uncounted).toMatchObject([{ guests: 3, reason: 'too-many' }]);
  });

  test('a home that does not answer is named as such, the others count, and of a whole answer nothing is said', async () => {
    const { homes, looked, disabled } = await withGuestsOf(3, 2);
    expect(await looked()).not.toHaveProperty('uncounted');
    others.answer = async ({ to }) => {
      if (to === homes[1]) throw unavailable('The region does not answer.');
      return [];
    };
    const effect = await looked();
    expect(effect.uncounted).toEqual([{ guests: 2, reason: 'silent', text: 'Their organisation does not answer.' }]);
    expect(await disabled()).toEqual(effect);
  });

  test('of a home that keeps it waiting nothing is awaited for long, and those behind it are not asked', async () => {
    const { looked } = await withGuestsOf(3);
    others.answer = () => new Promise(() => {});
    const effect = await looked();
    expect(others.asked).toHaveLength(1);
    expect(effect.uncounted).toMatchObject([
      { guests: 1, reason: 'silent' },
      { guests: 2, reason: 'late' },
    ]);
  });

  test('while a home is waited for others change what they like, and what they did by then counts', async () => {
    const { looked, disabled, alsoHeldBy } = await withGuestsOf(1);
    expect(await looked()).toMatchObject({ loses: { guests: 1 } });
    asLongAsItTakes();
    others.asked = [];
    const { next } = holdingBack();
    const effect = disabled();
    await vi.waitFor(() => expect(others.asked).toHaveLength(1));
    await alsoHeldBy(); // the entry of its grants takes the turn, too
    next();
    expect(await effect).toMatchObject({ loses: { guests: 0 } });
  });

  test('guests who neither gain nor lose are not named', async () => {
    const { looked, alsoHeldBy } = await withGuestsOf(1);
    others.answer = async () => {
      throw unavailable('The region does not answer.');
    };
    expect(await looked()).toMatchObject({ loses: { guests: 1 }, uncounted: [{ guests: 1 }] });
    await alsoHeldBy();
    const effect = await looked();
    expect(effect.loses.guests).toBe(0);
    expect(effect).not.toHaveProperty('uncounted');
  });
});

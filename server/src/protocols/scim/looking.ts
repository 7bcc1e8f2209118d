import type { z } from 'zod';
import { changeOfPeople, standingOfPeople } from '../../capabilities/accounts/service.ts';
import { effectOf, type GroupChange, namesOfEffect } from '../../capabilities/effects/service.ts';
import { changesOfGroups } from '../../capabilities/groups/service.ts';
import { tokenToLookBy } from '../../capabilities/provisioning/service.ts';
import { Rights } from '../../kernel/access.ts';
import type { Entry } from '../../kernel/audit.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import { type Asked as AskedOfKernel, parseInput } from '../../kernel/input.ts';
import { Reply } from '../../kernel/operation.ts';
import { isOvertaken, Problem, problemOf, tooMany } from '../../kernel/problem.ts';
import type { Inner, Outcome } from '../../kernel/serve.ts';
import { type Bulk, type Performed, readBulk } from './bulk.ts';
import { type PreviewQuery, previewed, type ScimPreview } from './schema.ts';

/**
 * What a Bulk would do: it is done, by the code that does it, in a transaction that is taken back
 * (docs/decisions/0029). Rows that it touches are held meanwhile, so it takes no longer than it may.
 */

const LONGEST_MS = 10_000;
/** Less than the second after which PostgreSQL looks for a deadlock, so that nobody else is refused for it. */
const LONGEST_WAIT_MS = 200;

/** Tenants of this node for which one is looked at. */
const underWay = new Set<string>();

type Preview = z.output<typeof ScimPreview>;
type Previewed = (typeof previewed)[number];

/** What was done, and taken back. */
interface Rehearsed {
  bulk: Bulk;
  entries: readonly Entry[];
  /** Those of each operation. */
  entriesOf: ReadonlyMap<number, readonly Entry[]>;
  /** Those whom it touched, as they stood then. */
  people: Awaited<ReturnType<typeof standingOfPeople>>;
}

/**
 * Who would gain and lose what by a Bulk, and what each of its operations would be answered, without doing it.
 *
 * @throws {Problem} 403 without the permission to see what it shows; 400 or 413 as for a Bulk; 400 that names the token;
 *   409 `no-token`; 413 when it takes longer than 10 seconds; 429 while another one is looked at
 */
export async function previewBulk(
  ctx: TenantContext,
  body: Record<string, unknown>,
  { tokenId, side, permission, namespaceId, after, limit }: z.output<typeof PreviewQuery>,
  performed: Performed,
): Promise<Preview> {
  for (const needed of ['groups.view', 'accounts.view'] as const)
    if (!ctx.rights.may(needed))
      throw new Problem(403, 'forbidden', `To look at this needs the permission ${needed} too.`, {
        members: { permission: needed, operation: 'provisioning.preview-bulk' },
      });
  const token = await tokenToLookBy(ctx, tokenId);
  if (underWay.has(ctx.tenantId))
    throw tooMany('Another Bulk of this tenant is looked at. Look at this one when that is answered.', 1);
  underWay.add(ctx.tenantId);
  let rehearsed: Rehearsed;
  try {
    rehearsed = await rehearse(ctx, body, performed, token.id);
  } finally {
    underWay.delete(ctx.tenantId);
  }

  // From here on all is as it was.
  const { bulk, entries, entriesOf, people } = rehearsed;
  const outcomes = bulk.outcomes();
  const named = outcomes.flatMap(({ asked }) => asked?.id ?? []);
  const before = await standingOfPeople(ctx, [...new Set([...people.keys(), ...named.filter(isId)])]);
  const groups = await changesOfGroups(ctx, groupsIn(entries, named.filter(isId)));
  const change = { ...changeOfPeople(before, people), groups: groups.filter(isChange) };
  const names = new Map([
    ...[...people, ...before].map(([id, { displayName }]) => [id, displayName] as const),
    ...groups.map(({ group }) => [group.id, group.name] as const),
  ]);

  const counts: Preview['counts'] = { users: noneOfAny(), groups: noneOfAny() };
  const operations = outcomes.map(({ asked, done }, at) => {
    const recorded = entriesOf.get(at) ?? [];
    const outcome = outcomeOf(asked?.method, done, recorded);
    if (asked) counts[asked.endpoint === 'Users' ? 'users' : 'groups'][outcome]++;
    return {
      method: asked?.method ?? '',
      path: asked ? `/${asked.endpoint}${asked.id === undefined ? '' : `/${asked.id}`}` : '',
      bulkId: asked?.bulkId ?? null,
      outcome,
      status: done?.status ?? null,
      code: done?.problem?.code ?? null,
      detail: done?.problem?.message ?? null,
      name: names.get(asked?.id ?? recorded[0]?.targetId ?? '') ?? recorded[0]?.targetName ?? nameIn(asked?.data),
    };
  });
  return {
    token: { id: token.id, name: token.name },
    counts,
    effect: await effectOf(ctx, change),
    names: side ? await namesOfEffect(ctx, change, { side, permission, namespaceId, after, limit }) : null,
    operations,
    warnings: warningsOf(ctx),
  };
}

async function rehearse(
  ctx: TenantContext,
  body: Record<string, unknown>,
  performed: Performed,
  tokenId: string,
): Promise<Rehearsed> {
  const late = AbortSignal.timeout(LONGEST_MS);
  const entriesOf = new Map<number, Entry[]>();
  const bulk = readBulk(ctx, body, performed, async (inner, at) => {
    if (late.aborted)
      throw new Problem(
        413,
        'too-large',
        'Looking at this takes longer than 10 seconds, and holds what it touches. Look at it in parts.',
      );
    const recorded = ctx.recorded.length;
    const outcome = await perform(ctx, inner, tokenId);
    entriesOf.set(at, [...(entriesOf.get(at) ?? []), ...ctx.recorded.slice(recorded)]);
    return outcome;
  });
  let people: Rehearsed['people'] = new Map();
  const entries = await ctx.rehearse(async () => {
    await ctx.waitAtMost(LONGEST_WAIT_MS);
    await bulk.run();
    const touched = ctx.recorded.flatMap(({ targetKind, targetId }) =>
      targetKind === 'account' ? (targetId ?? []) : [],
    );
    people = await standingOfPeople(ctx, [...new Set(touched)]);
  });
  return { bulk, entries, entriesOf, people };
}

/** Does an operation as the kernel does it: once more when somebody came between, and with what follows a refusal. */
async function perform(
  ctx: TenantContext,
  { operation, params, body, ifMatch }: Inner,
  tokenId: string,
  isAgain = false,
): Promise<Outcome> {
  const actor = { kind: 'provisioning-token', id: tokenId, credentialId: tokenId, door: 'scim' } as const;
  const as = <T>(work: () => Promise<T>) =>
    ctx.attempt(() =>
      ctx.asAnother({ actor, rights: new Rights(false, []) }, { action: operation.id, ifMatch, isAgain }, work),
    );
  try {
    const input = parseInput(operation, { params, query: {}, body } as AskedOfKernel);
    try {
      const result = await as(() => operation.handle(ctx as never, input as never));
      const { status, headers = {} } = result instanceof Reply ? result : {};
      return { status: status ?? operation.status, headers, body: undefined };
    } catch (error) {
      const problem = problemOf(error);
      if (operation.holdsNothing && !isAgain && isOvertaken(error)) throw error;
      if (operation.afterRefusal && problem && (problem.status === 409 || problem.status === 429))
        await as(async () => operation.afterRefusal?.(ctx, problem, input as never));
      throw error;
    }
  } catch (error) {
    if (operation.holdsNothing && !isAgain && isOvertaken(error))
      return perform(ctx, { operation, params, body, ifMatch, url: '' }, tokenId, true);
    const problem = problemOf(error);
    if (!problem || problem.status >= 500) throw error;
    return problem;
  }
}

/** What the entries say of groups, the last word on each member, and groups of these ids, of which they may say nothing. */
function groupsIn(entries: readonly Entry[], ids: readonly string[]): Map<string, GroupChange> {
  const found = new Map<string, { members: Map<string, boolean>; isDeleted: boolean }>();
  const at = (id: string) => {
    const group = found.get(id) ?? { members: new Map<string, boolean>(), isDeleted: false };
    found.set(id, group);
    return group;
  };
  for (const id of ids) at(id);
  for (const { action, targetKind, targetId, changes } of entries) {
    if (targetId === null) continue;
    const { added = [], removed = [], groupIds = [] } = (changes as { details?: Moved }).details ?? {};
    // Somebody who is deleted leaves all of them.
    if (targetKind === 'account') for (const id of groupIds) at(id).members.set(targetId, false);
    if (targetKind !== 'group') continue;
    const group = at(targetId);
    for (const id of added) group.members.set(id, true);
    for (const id of removed) group.members.set(id, false);
    group.isDeleted ||= action === 'scim.delete-group';
  }
  return new Map(
    [...found].map(([id, { members, isDeleted }]) => {
      const thoseWho = (join: boolean) => [...members].flatMap(([member, joins]) => (joins === join ? member : []));
      return [id, { joining: thoseWho(true), leaving: thoseWho(false), ...(isDeleted ? { isDeleted } : {}) }];
    }),
  );
}

const noneOfAny = () => Object.fromEntries(previewed.map((each) => [each, 0])) as Record<Previewed, number>;

/** What the resource calls itself. */
function nameIn(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const said = new Map(Object.entries(data).map(([name, value]) => [name.toLowerCase(), value]));
  const name = said.get('displayname') ?? said.get('username');
  return typeof name === 'string' ? name : null;
}

const warningsOf = ({ identity: { provisioning } }: TenantContext) =>
  provisioning === 'on'
    ? []
    : [
        provisioning === 'paused'
          ? 'Provisioning is paused: what is sent now is told to come again later. This is what it would do then.'
          : 'Provisioning is off: what is sent now is refused. This is what it would do if it were on.',
      ];

interface Moved {
  added?: string[];
  removed?: string[];
  groupIds?: string[];
}

const isChange = ({ joining = [], leaving = [], isDeleted }: GroupChange) =>
  isDeleted || joining.length + leaving.length > 0;

interface Changes {
  before?: { status?: string; source?: string };
  after?: { status?: string };
}

function outcomeOf(
  method: string | undefined,
  done: { problem?: Problem } | undefined,
  recorded: readonly Entry[],
): Previewed {
  const [first] = recorded;
  if (!done) return 'not-reached';
  if (!first) return done.problem ? 'refused' : 'nothing';
  const { before, after } = first.changes as Changes;
  if (method === 'POST') return before ? 'taken-over' : 'created';
  if (method === 'DELETE') return 'deleted';
  if (first.targetKind === 'account' && before?.status !== after?.status)
    return after?.status === 'enabled' ? 'activated' : 'deactivated';
  return 'changed';
}

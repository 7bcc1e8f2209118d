import type { z } from 'zod';
import { changeOfPeople, standingOfPeople } from '../../capabilities/accounts/service.ts';
import { type GroupChange, lookAt, namesOfEffect } from '../../capabilities/effects/service.ts';
import { changesOfGroups } from '../../capabilities/groups/service.ts';
import { hearOfAnswerable, tokenToLookBy } from '../../capabilities/provisioning/service.ts';
import type { Entry } from '../../kernel/audit.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import { Line, Lines } from '../../kernel/line.ts';
import { lacking, type Problem } from '../../kernel/problem.ts';
import type { Place } from '../../kernel/regions.ts';
import type { Performed } from './bulk.ts';
import { rehearseBulk } from './rehearsing.ts';
import { type PreviewQuery, previewed, type ScimPreview } from './schema.ts';

/**
 * What a Bulk would do: it is done, by the code that does it, in a transaction that is taken back
 * (docs/decisions/0029). Rows that it touches are held meanwhile, so it takes no longer than it may.
 */

/** One of a tenant at a time, so that each tenant that waits has its turn before any has a second. */
const ofTenants = new Lines(1, 0, 'Another Bulk is looked at. Look at this one in a moment.');
/** One of a cell of this node at a time; so many tenants wait, without a connection, in the order in which they came. */
const MOST_WAITING = 3;
const ofCells = new WeakMap<Place['cell'], Line>();

function lineOf(cell: Place['cell']): Line {
  const line =
    ofCells.get(cell) ?? new Line(1, MOST_WAITING, 'Others look at what Bulks would do. Look at this one in a moment.');
  ofCells.set(cell, line);
  return line;
}

type Preview = z.output<typeof ScimPreview>;
type Previewed = (typeof previewed)[number];

/**
 * Who would gain and lose what by a Bulk, and what each of its operations would be answered, without doing it.
 *
 * @throws {Problem} 403 without the permission to see what it shows; 400 or 413 as for a Bulk; 400 that names the token;
 *   409 `no-token`; 413 beyond 2 seconds; 429 while another one of the tenant is looked at, or many tenants wait; 503 when somebody waits for
 *   what it holds
 */
export async function previewBulk(
  ctx: TenantContext,
  body: Record<string, unknown>,
  { tokenId, side, permission, namespaceId, after, limit }: z.output<typeof PreviewQuery>,
  performed: Performed,
): Promise<Preview> {
  for (const permission of ['provisioning.view', 'groups.view', 'accounts.view'] as const)
    if (!ctx.rights.may(permission))
      throw lacking(`To look at this needs the permission ${permission} too.`, { permission });
  const [token, rehearsed] = await ofTenants.run(ctx.tenantId, async () => {
    // In a unit of its own, so that who waits in the line of the cell holds no connection and no home is waited for there.
    const found = await ctx.again(async (reading) => {
      const one = await tokenToLookBy(reading, tokenId);
      await hearOfAnswerable(reading, one.id);
      return one;
    });
    return [found, await lineOf(ctx.place.cell).run(() => rehearseBulk(ctx, body, performed, found.id))] as const;
  });

  // From here on all is as it was.
  const { bulk, entries, entriesOf, people } = rehearsed;
  const outcomes = bulk.outcomes();
  const named = outcomes.flatMap(({ asked }) => asked?.id ?? []);
  const before = await standingOfPeople(ctx, [...new Set([...people.keys(), ...named.filter(isId)])]);
  const groups = await changesOfGroups(ctx, groupsIn(entries, named.filter(isId)));
  const change = withLastingIds(
    { ...changeOfPeople(before, people), groups: groups.filter(isChange) },
    [...people.keys()].filter((id) => !before.has(id)),
  );
  const names = new Map([
    ...[...people, ...before].map(([id, { displayName }]) => [id, displayName] as const),
    ...groups.map(({ group }) => [group.id, group.name] as const),
  ]);

  const counts: Preview['counts'] = { users: noneOfAny(), groups: noneOfAny(), unreadable: 0 };
  const operations = outcomes.map(({ asked, done }, at) => {
    const recorded = entriesOf.get(at) ?? [];
    const outcome = outcomeOf(asked?.method, done, recorded);
    if (asked) counts[asked.endpoint === 'Users' ? 'users' : 'groups'][outcome]++;
    else counts.unreadable++;
    return {
      method: asked?.method ?? '',
      path: asked ? `/${asked.endpoint}${asked.id === undefined ? '' : `/${asked.id}`}` : '',
      bulkId: asked?.bulkId ?? null,
      outcome,
      status: done?.status ?? null,
      code: done?.problem?.code ?? null,
      detail: done?.problem?.message ?? null,
      name:
        names.get((asked?.id && isId(asked.id) ? asked.id : recorded[0]?.targetId) ?? '') ??
        recorded[0]?.targetName ??
        nameIn(asked?.data),
    };
  });
  return {
    token: { id: token.id, name: token.name },
    counts,
    effect: await lookAt(ctx, change),
    names: side ? await namesOfEffect(ctx, change, { side, permission, namespaceId, after, limit }) : null,
    operations,
    warnings: warningsOf(ctx),
  };
}

/** Who would be made gets another id each time that it is looked at; pages of names need one that lasts. */
function withLastingIds<T extends ReturnType<typeof changeOfPeople> & { groups: GroupChange[] }>(
  change: T,
  newcomers: readonly string[],
): T {
  const lasting = new Map(
    newcomers.map((id, at) => [id, `ffffffff-ffff-7fff-bfff-${at.toString(16).padStart(12, '0')}`]),
  );
  const lastingOf = (ids: readonly string[] = []) => ids.map((id) => lasting.get(id) ?? id);
  return {
    ...change,
    coming: change.coming.map((each) => ({ ...each, id: lasting.get(each.id) ?? each.id })),
    groups: change.groups.map((each) => ({
      ...each,
      joining: lastingOf(each.joining),
      leaving: lastingOf(each.leaving),
    })),
  };
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

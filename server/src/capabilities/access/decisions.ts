import { grantsThatGive } from '../../kernel/access.ts';
import { isPermission, permissions } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { type Door, passages } from '../../kernel/doors.ts';
import { isLetThrough } from '../../kernel/guards.ts';
import { isId } from '../../kernel/ids.ts';
import { declaredOperations } from '../../kernel/operation.ts';
import { type Holder, holderOf, holdersOf, isWay, type Path, rightsOf } from './giving.ts';
import { asTheyStand, guestsActing, noGuests } from './guests.ts';
import { membersOf } from './holders-store.ts';
import * as store from './store.ts';

export type PrincipalKind = Holder['kind'];

/** Whether somebody holds a permission in the tenant, or in a namespace of it. */
export interface Question {
  principalId: string;
  permission: string;
  /** Null for the tenant. */
  namespaceId: string | null;
  /** Where it is known: a principal of another kind is not found. */
  kind?: PrincipalKind | undefined;
}

export interface Decision {
  allowed: boolean;
  /** Of whom it is about; undefined when there is nobody. */
  kind: PrincipalKind | undefined;
  reason:
    | 'granted'
    | 'not-granted'
    | 'no-such-principal'
    | 'no-such-permission'
    | 'principal-not-active'
    | 'no-such-namespace'
    | 'tenant-not-open';
  /** Where they are asked for, each grant that alone is enough; one without a permission is the Owner Group's. */
  paths: Path[];
}

/** What they name, each once: of a thousand questions few name another permission or namespace than the one before. */
const distinct = <T>(questions: readonly Question[], named: (question: Question) => T) => [
  ...new Set(questions.map(named)),
];

/** Undefined when it is not one question that may be a yes. */
function queryOfOne([question, another]: readonly Question[], tellsPaths: boolean) {
  if (!question || another || !isId(question.principalId) || !isPermission(question.permission)) return undefined;
  if (question.namespaceId !== null && !isId(question.namespaceId)) return undefined;
  return store.decisionQuery(question, grantsThatGive(question.permission), tellsPaths ? 'which' : 'whether');
}

const grantsAsked = (questions: readonly Question[]) =>
  distinct(questions, ({ permission }) => permission).flatMap((permission) =>
    isPermission(permission) ? grantsThatGive(permission) : [],
  );

/** Which paths there are costs much where thousands of groups give the same. */
function toldOf(questions: readonly Question[], tellsPaths: boolean): store.Told {
  if (tellsPaths) return 'which';
  return distinct(questions, ({ permission, namespaceId }) => `${permission} ${namespaceId}`).length === 1
    ? 'whether'
    : 'what';
}

function queriesOfMany(questions: readonly Question[], tellsPaths: boolean) {
  const principals = distinct(questions, ({ principalId }) => principalId).filter(isId);
  const grants = grantsAsked(questions);
  const namespaces = distinct(questions, ({ namespaceId }) => namespaceId).flatMap((id) =>
    id && isId(id) ? [id] : [],
  );
  return {
    principals,
    facts: store.decisionsQuery(principals, grants, namespaces, toldOf(questions, tellsPaths)),
    present: namespaces.length === 0 ? undefined : store.presentQuery(namespaces),
  };
}

/** What is foreseen is asked with what others foresee, who would wait for a statement about more. */
const MOST_FORESEEN = 200;

/** What `decide` asks, by the questions alone: to be foreseen. */
export function decisionQueries(questions: readonly Question[], tellsPaths = false) {
  const one = queryOfOne(questions, tellsPaths);
  if (one) return [one];
  const { principals, facts, present } = queriesOfMany(questions, tellsPaths);
  if (principals.length > MOST_FORESEEN) return [];
  return present ? [facts, present] : [facts];
}

/** Whether an operation that needs the permission passes the door that somebody of this kind comes by. */
export function isTenantOpen({ identity }: TenantContext, kind: PrincipalKind, permission: string): boolean {
  const door: Door = kind === 'service-account' ? 'api-key' : 'console';
  const passage = passages[identity.tenantStatus][door];
  if (passage === 'open' || passage === 'shut') return passage === 'open';
  for (const operation of declaredOperations())
    if (
      operation.access.kind === 'allow' &&
      operation.access.permission === permission &&
      isLetThrough(passage, operation)
    )
      return true;
  return false;
}

/**
 * Decides as the kernel decides about a request of theirs that comes at this moment: by the same conditions, the same
 * rule of grants, the same doors, in one statement however many are asked. A permission, a principal or a namespace that
 * is not there is a no.
 */
export async function decide(
  ctx: TenantContext,
  questions: readonly Question[],
  tellsPaths = false,
): Promise<Decision[]> {
  const one = queryOfOne(questions, tellsPaths);
  if (one) {
    const [question] = questions as [Question];
    const rows = await ctx.ask(one);
    const [holder] = await asTheyStand(ctx, holderOf(rows), grantsThatGive(question.permission));
    return [decided(ctx, question, holder, { isThere: rows[0]?.isThere === true, tellsPaths })];
  }
  const { facts, present } = queriesOfMany(questions, tellsPaths);
  const [rows, namespaces] = await Promise.all([ctx.ask(facts), present ? ctx.ask(present) : []]);
  const holders = new Map<string, Holder>();
  for (const each of await asTheyStand(ctx, holdersOf(rows), grantsAsked(questions))) holders.set(each.id, each);
  const there = new Set(namespaces.map(({ id }) => id));
  return questions.map((question) => {
    const { principalId, namespaceId } = question;
    const isThere = namespaceId !== null && there.has(namespaceId);
    return decided(ctx, question, holders.get(principalId), { isThere, tellsPaths });
  });
}

const no = (reason: Decision['reason'], kind?: PrincipalKind): Decision => ({
  allowed: false,
  kind,
  reason,
  paths: [],
});

function decided(
  ctx: TenantContext,
  { permission, namespaceId }: Question,
  holder: Holder | undefined,
  /** `isThere`: the namespace, when one is named. */
  { isThere, tellsPaths }: { isThere: boolean; tellsPaths: boolean },
): Decision {
  if (!holder) return no('no-such-principal');
  const { kind, mayAct, giving } = holder;
  if (!isPermission(permission)) return no('no-such-permission', kind);
  if (!mayAct) return no('principal-not-active', kind);
  if (namespaceId && !isThere) return no('no-such-namespace', kind);
  const isGiven = (path: Path) => isWay(path, permission, namespaceId);
  if (!giving.some((paths) => paths.some(isGiven))) return no('not-granted', kind);
  if (!isTenantOpen(ctx, kind, permission)) return no('tenant-not-open', kind);
  return { allowed: true, kind, reason: 'granted', paths: tellsPaths ? giving.flat().filter(isGiven) : [] };
}

interface Paged {
  limit: number;
  /** The last id of the page before. */
  after?: string | undefined;
  /** Only this namespace, if it is one of them. */
  only?: string;
}

/** Namespaces in which somebody holds a permission, and where the next page begins. */
export async function namespacesFor(
  ctx: TenantContext,
  { principalId, permission }: Omit<Question, 'namespaceId'>,
  { limit, after, only }: Paged,
): Promise<{ kind: PrincipalKind; ids: string[]; next: string | null } | undefined> {
  if (!isId(principalId)) return undefined;
  const names = grantsThatGive(permission);
  const facts = await ctx.ask(store.decisionsQuery([principalId], names, null, 'what'));
  const [holder] = await asTheyStand(ctx, holdersOf(facts), names);
  if (!holder?.mayAct || !isTenantOpen(ctx, holder.kind, permission)) return undefined;
  const everywhere = rightsOf(holder).namespacesWith(permission);
  const where = !only ? everywhere : everywhere === 'all' || everywhere.includes(only) ? [only] : [];
  if (where !== 'all' && where.length === 0) return { kind: holder.kind, ids: [], next: null };
  const found = await store.namespacesAfter(ctx, where, after, limit + 1);
  const ids = found.slice(0, limit);
  return { kind: holder.kind, ids, next: found.length > limit ? (ids.at(-1) ?? null) : null };
}

/** Who may do something, of these kinds, a page of them by id and name; nobody where there is no such namespace. */
export async function principalsFor(
  ctx: TenantContext,
  { permission, namespaceId }: Omit<Question, 'principalId'>,
  kinds: readonly PrincipalKind[],
  { limit, cursor }: { limit: number; cursor?: string | undefined },
) {
  const nobody = { items: [], nextCursor: null, total: 0, totalIsAtLeast: false };
  const open = kinds.filter((kind) => isTenantOpen(ctx, kind, permission));
  if (open.length === 0 || (namespaceId !== null && !isId(namespaceId))) return nobody;
  if (namespaceId && (await ctx.ask(store.presentQuery([namespaceId]))).length === 0) return nobody;
  const groupIds = await store.givingGroups(ctx, grantsThatGive(permission), namespaceId);
  // Who came by a delegation has an id here and may be asked about; who did not come yet has none.
  const guests = open.includes('guest') ? await guestsActing(ctx, groupIds) : noGuests;
  return membersOf(ctx, groupIds, { limit, cursor }, open, guests);
}

/** What somebody may do in the tenant or in a namespace of it. */
export async function permissionsOf(ctx: TenantContext, principalId: string, namespaceId: string | null) {
  const decisions = await decide(
    ctx,
    permissions.map((permission) => ({ principalId, permission, namespaceId })),
  );
  return { kind: decisions[0]?.kind, names: permissions.filter((_, at) => decisions[at]?.allowed) };
}

/** Whether the group is enabled and gives the permission there. */
export const givesPermission = async (
  ctx: TenantContext,
  groupId: string,
  { permission, namespaceId }: Omit<Question, 'principalId'>,
): Promise<boolean> => (await store.givingGroups(ctx, grantsThatGive(permission), namespaceId)).includes(groupId);

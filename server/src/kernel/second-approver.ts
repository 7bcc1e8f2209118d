import { sql } from 'kysely';
import { z } from 'zod';
import { type Rights, sharedRights } from './access.ts';
import { type Entry, noteOf } from './audit.ts';
import type { TenantContext } from './context.ts';
import { newId } from './ids.ts';
import { type Asked, Reading } from './input.ts';
import { declaredOperations, type Operation, Reply } from './operation.ts';
import { conflict, Problem, problemOf } from './problem.ts';
import { protectedOnes } from './protection.ts';
import { encoderOf, Id, Timestamp } from './schema.ts';

/**
 * Where a second person approves the changes of a namespace, an operation in it is done and taken back, so that what is
 * wrong with it is said at once, and kept: what it would have recorded, to be looked at, and what was sent, sealed. Who
 * approves has it done again, by what both may do.
 */

export const changeStates = ['pending', 'approved', 'refused', 'withdrawn', 'lapsed', 'expired'] as const;

/** The answer to a change that waits for a second person: nothing is changed yet. */
export const ChangeAsked = z
  .strictObject({
    kind: z.literal('change-request'),
    id: Id,
    namespaceId: Id,
    state: z.enum(changeStates),
    href: z.string(),
    expiresAt: Timestamp,
  })
  .meta({ id: 'ChangeAsked', description: 'Nothing is changed yet: it waits for a second person.' });

/** What an operation would record. */
export interface ChangeEffect {
  action: string;
  target: { kind: string; id: string | null; name: string | null };
  before?: unknown;
  after?: unknown;
  details?: unknown;
}

/** What was sent, as it is sealed. */
interface KeptInput {
  params: unknown;
  query: unknown;
  body: string | null;
  ifMatch?: string;
}

const KEPT_SECONDS = 7 * 86_400;
const MOST_OF_AUTHOR = 10;
const MOST_OF_NAMESPACE = 50;
/** Of what is shown; a larger change says how many entries it left out. */
const MOST_EFFECT_BYTES = 128 * 1024;

/** The work of an operation: its handler, which holds the version where it has to. */
export async function doing(ctx: TenantContext, operation: Operation, input: unknown, handed: unknown = ctx) {
  const result = await operation.handle(handed as never, input as never);
  const changes = operation.method === 'PATCH' || operation.method === 'PUT' || operation.method === 'DELETE';
  if (changes && !operation.withoutVersion && !ctx.versionAsked)
    throw new Error(`${operation.id} did not hold the version against If-Match; nothing was committed.`);
  return result;
}

const hrefOf = ({ tenantId }: TenantContext, namespaceId: string, id: string) =>
  `/v1/tenants/${tenantId}/namespaces/${namespaceId}/change-requests/${id}`;

/** Of what is made anew: when it is approved, it has others. */
const ofTrial = new Set(['lastFour', 'successorId']);
const lasting = (fields: object | undefined) =>
  fields && Object.fromEntries(Object.entries(fields).filter(([name]) => !ofTrial.has(name)));

/** An object that was to be made has no id yet. Of secrets an entry says only that they changed. */
function effectOf({ action, targetKind, targetId, targetName, changes }: Entry): ChangeEffect {
  const { before, after, details } = (changes ?? {}) as { before?: object; after?: object; details?: object };
  const isNew = after !== undefined && before === undefined;
  return {
    action,
    target: { kind: targetKind, id: isNew ? null : targetId, name: targetName },
    before: lasting(before),
    after: isNew ? { ...lasting(after), id: undefined } : lasting(after),
    details,
  };
}

function effectsOf(entries: Entry[]) {
  const effects: ChangeEffect[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const effect = effectOf(entry);
    bytes += Buffer.byteLength(JSON.stringify(effect));
    if (bytes > MOST_EFFECT_BYTES) break;
    effects.push(effect);
  }
  return { effects: JSON.stringify(effects), effectsLeftOut: entries.length - effects.length };
}

async function requireRoomFor({ db, actor }: TenantContext, namespaceId: string) {
  const { own, all } = await db
    .selectFrom('changeRequests')
    .where('namespaceId', '=', namespaceId)
    .where('state', '=', 'pending')
    .where(sql<boolean>`expires_at > platform_time()`)
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      eb.fn.countAll<number>().filterWhere('askedBy', '=', actor.id).as('own'),
    ])
    .executeTakeFirstOrThrow();
  if (own >= MOST_OF_AUTHOR || all >= MOST_OF_NAMESPACE)
    throw conflict(
      'too-many-open',
      own >= MOST_OF_AUTHOR
        ? `You have ${MOST_OF_AUTHOR} changes waiting in this namespace. Withdraw one, or wait for a decision.`
        : `${MOST_OF_NAMESPACE} changes wait in this namespace. Some have to be decided first.`,
    );
}

/**
 * Keeps a change until a second person decides about it.
 *
 * @throws {Problem} whatever the operation would answer; 409 `too-many-open`, `nothing-to-approve`
 */
export async function keepChange(
  ctx: TenantContext,
  { operation, request, namespaceId }: { operation: Operation; request: Asked; namespaceId: string },
  work: () => Promise<unknown>,
) {
  const { tenantId, actor, now } = ctx;
  const entries = await ctx.rehearse(work);
  if (entries.length === 0)
    throw conflict('nothing-to-approve', 'It is so already: nothing would change, so nobody has to approve it.');
  await requireRoomFor(ctx, namespaceId);
  const id = newId();
  const expiresAt = ctx.later(KEPT_SECONDS);
  const { params, query, body } = request;
  const kept: KeptInput = {
    params,
    query,
    body: body instanceof Buffer ? body.toString() : null,
    // What was looked at, and not whatever is there later.
    ...(ctx.versionAsked ? { ifMatch: `"${ctx.versionAsked}"` } : {}),
  };
  const row = {
    tenantId,
    id,
    namespaceId,
    operation: operation.id,
    askedBy: actor.id as string,
    keyId: actor.kind === 'service-account' ? actor.credentialId : null,
    ...effectsOf(entries),
    createdAt: now,
    expiresAt,
  };
  const sealed = await ctx.keys.seal(JSON.stringify(kept), 'change_request_inputs', id, 'sealed');
  ctx.defer(ctx.db.insertInto('changeRequests').values(row));
  ctx.defer(ctx.db.insertInto('changeRequestInputs').values({ tenantId, requestId: id, sealed, expiresAt }));
  const note = noteOf('change-requests.ask', { kind: 'change-request', id });
  ctx.record({ ...note, changes: { details: { namespaceId, operation: operation.id } } }, actor);
  ctx.enqueue('change-requests.tell', { id });
  return answerOf(ctx, { id, namespaceId, state: 'pending', expiresAt });
}

type Kept = Pick<z.output<typeof ChangeAsked>, 'id' | 'namespaceId' | 'state'> & { expiresAt: Date };

/** As it is, whatever the operation replies with. */
function answerOf(ctx: TenantContext, kept: Kept) {
  const href = hrefOf(ctx, kept.namespaceId, kept.id);
  return {
    status: 202,
    headers: { location: href, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(encoderOf(ChangeAsked)({ kind: 'change-request', href, ...kept })),
    kept,
  };
}

/** Whether an earlier request was kept: a task that was started is another 202. */
export const wasKept = (operation: Operation, status: number | null) => status === 202 && operation.status !== 202;

/** The answer to a repeat of a request that was kept. */
export const keptBefore = (ctx: TenantContext, kept: Kept) => {
  const answer = answerOf(ctx, kept);
  return { ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } };
};

export const stateNow = sql<z.output<typeof ChangeAsked>['state']>`
  case when change_requests.state = 'pending' and change_requests.expires_at <= platform_time()
       then 'expired' else change_requests.state end`;

export const rereadChange = ({ db }: TenantContext, id: string): Promise<Kept | undefined> =>
  db
    .selectFrom('changeRequests')
    .select(['id', 'namespaceId', 'expiresAt', stateNow.as('state')])
    .where('id', '=', id)
    .executeTakeFirst();

export const operationOf = (id: string): Operation | undefined => declared().get(id);
let byId: Map<string, Operation> | undefined;
const declared = () => {
  byId ??= new Map([...declaredOperations()].map((each) => [each.id, each]));
  return byId;
};

const overtaken = (detail: string) =>
  conflict('change-overtaken', `It cannot be made as it was asked any more. ${detail} Have it asked again.`);

/** Refusals that say nothing of what is asked for: rights are asked for, and a busy platform does it later. */
const isForNow = ({ status }: Problem) => status === 403 || status === 429 || status >= 500;

/**
 * Makes a kept change, by what its author and the caller both may do at this moment. Requires its row to be held.
 *
 * @returns what the operation replies
 * @throws {Problem} 409 `change-overtaken` when what it is about is not as it was; 403 when the caller may not do it, or
 *   sees less of it than the author, who could have it made still
 */
export async function makeChange(
  ctx: TenantContext,
  { id, namespaceId, operation: operationId, askedBy }: Record<'id' | 'namespaceId' | 'operation' | 'askedBy', string>,
  authorsRights: Rights,
): Promise<unknown> {
  const operation = operationOf(operationId);
  const row = await ctx.db
    .selectFrom('changeRequestInputs')
    .select('sealed')
    .where('requestId', '=', id)
    .executeTakeFirst();
  if (!operation || !row) throw overtaken('What was sent is not kept any more.');
  const kept = JSON.parse(await ctx.keys.open(row.sealed, 'change_request_inputs', id, 'sealed')) as KeptInput;
  const { params, query, body, ifMatch } = kept;
  const asked = { params, query, body: body === null ? undefined : Buffer.from(body) };
  const facts = { askedBy, changeRequestId: id, action: operationId, ifMatch };
  const makeBy = (rights: Rights) =>
    ctx.onRequestOf({ ...facts, rights }, async () => {
      const { input } = new Reading(operation, asked as Asked);
      const found = await protectedOnes(ctx, operation, asked as Asked, input);
      if (found.some((each) => each.protection === 'approval' && each.id !== namespaceId))
        throw conflict(
          'several-approvals',
          'In another namespace that it changes a second person approves too by now.',
        );
      return doing(ctx, operation, input);
    });
  const shared = sharedRights(ctx.rights, authorsRights);
  try {
    const result = await ctx.attempt(() => makeBy(shared));
    if (operation.reply === null) return undefined;
    return encoderOf(operation.reply)(result instanceof Reply ? result.body : result);
  } catch (error) {
    const problem = problemOf(error);
    if (!problem || isForNow(problem)) throw error;
    await ctx
      .rehearse(() => makeBy(authorsRights))
      .catch((alone) => {
        const still = problemOf(alone);
        throw !still || isForNow(still) ? alone : overtaken(problem.message);
      });
    throw lackingOf(shared.lacking);
  }
}

/** In words only: they may be several, of the namespace or of the tenant. */
const lackingOf = (permissions: Set<string>) =>
  new Problem(
    403,
    'forbidden',
    permissions.size > 0
      ? `It is made by what both may do. You lack what its author may: ${[...permissions].sort().join(', ')}. Ask for it, or have somebody else approve it.`
      : 'It is made by what both may do, and that is too little. Have somebody approve it who may do more.',
  );

/** Forgets what was sent, once it is decided. */
export const forgetInput = (ctx: TenantContext, id: string): void =>
  ctx.defer(ctx.db.deleteFrom('changeRequestInputs').where('requestId', '=', id));

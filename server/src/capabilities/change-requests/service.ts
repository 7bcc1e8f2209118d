import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { standingNow } from '../../kernel/guests.ts';
import { conflict, forbidden, lacking, notFound, type Problem } from '../../kernel/problem.ts';
import { forgetInput, makeChange, operationOf } from '../../kernel/second-approver.ts';
import { principalsFor } from '../access/service.ts';
import { isLiveKey, isPausedKey, thoseBackedBy, whoStandsBehind } from '../credentials/service.ts';
import { type ChangeRefusal, ChangeRequest, type ChangeRequestQuery } from './schema.ts';
import * as store from './store.ts';

/** What somebody asked for in a protected namespace, and the second person who decides about it. */

/** So many of those who may decide are told. */
const MOST_TOLD = 50;
const APPROVE = 'namespaces.approve';

const mayApprove = (ctx: TenantContext, namespaceId: string) => ctx.rights.may(APPROVE, namespaceId);
const maySee = (ctx: TenantContext, namespaceId: string) =>
  mayApprove(ctx, namespaceId) || ctx.rights.may('namespaces.view', namespaceId);
/** What a change does beyond the namespace is for who may make such changes. */
function seesEffects(ctx: TenantContext, { namespaceId, operation }: store.ChangeRow) {
  const access = operationOf(operation)?.access;
  const isWithin = access?.kind === 'allow' && access.namespaceParam !== undefined;
  return mayApprove(ctx, namespaceId) && (isWithin || (access?.kind === 'allow' && ctx.rights.may(access.permission)));
}
const isOwn = (ctx: TenantContext, { askedBy }: { askedBy: string }) => askedBy === ctx.actor.id;

/** @param backed machines behind whom the caller stands */
function shown(ctx: TenantContext, row: store.ChangeRow, backed: string[]) {
  const { askedBy, askedByKind, askedByName, decidedBy, decidedByKind, decidedByName, keyId: _, ...change } = row;
  const { namespaceId } = row;
  const own = isOwn(ctx, row);
  const over = row.state === 'pending' ? null : 'It is decided, or over.';
  const people = ctx.actor.kind === 'account' ? null : 'People of this tenant decide about changes.';
  const isTheirs = own || backed.includes(askedBy);
  const blocked = over ?? people ?? (isTheirs ? 'Nobody approves their own change.' : null);
  return {
    summary: operationOf(row.operation)?.summary ?? row.operation,
    actions: [
      ...actionsOf(ctx, [
        { name: 'change-requests.approve', permission: APPROVE, namespaceId, blocked },
        { name: 'change-requests.refuse', permission: APPROVE, namespaceId, blocked },
      ]),
      {
        name: 'change-requests.withdraw',
        allowed: own && !over,
        reason: over ?? (own ? null : 'Only who asked withdraws it.'),
      },
    ],
    effects: null as Awaited<ReturnType<typeof store.effectsOf>> | null,
    askedBy: { id: askedBy, kind: askedByKind, displayName: askedByName },
    decidedBy: decidedBy === null ? null : { id: decidedBy, kind: decidedByKind, displayName: decidedByName },
    ...change,
  };
}

/** Of the machines whose changes wait, those behind which the caller stands. */
async function backedIn(ctx: TenantContext, rows: store.ChangeRow[]): Promise<string[]> {
  const waiting = rows.filter(({ state, askedByKind }) => state === 'pending' && askedByKind === 'service-account');
  const machines = [...new Set(waiting.map(({ askedBy }) => askedBy))];
  return machines.length > 0 ? thoseBackedBy(ctx, ctx.actor.id, machines) : [];
}

/** @throws {Problem} 404 for one of somebody else, to who may not see the namespace */
export async function readChange(ctx: TenantContext, at: store.ChangePath) {
  const row = await store.find(ctx, at);
  const own = isOwn(ctx, row);
  if (!own && !maySee(ctx, at.namespaceId)) throw notFound('change request');
  const change = shown(ctx, row, await backedIn(ctx, [row]));
  if (own || seesEffects(ctx, row)) change.effects = await store.effectsOf(ctx, row.id);
  return change;
}

/** All of a namespace to who may see it, to others their own. */
export async function listChanges(ctx: TenantContext, namespaceId: string, query: z.output<typeof ChangeRequestQuery>) {
  const seesAll = maySee(ctx, namespaceId);
  if (seesAll && !(await store.namespaceIsThere(ctx, namespaceId))) throw notFound('namespace');
  const found = await store.list(ctx, namespaceId, query, seesAll ? undefined : (ctx.actor.id ?? ''));
  const backed = await backedIn(ctx, found.items);
  return { ...found, items: found.items.map((row) => shown(ctx, row, backed)) };
}

/** Tells those who may approve, but for who asked. */
export async function tellApprovers(ctx: TenantContext, { id }: { id: string }): Promise<void> {
  const row = await store.findAnywhere(ctx, id);
  if (row?.state !== 'pending') return;
  const { namespaceId, namespaceName } = row;
  const asking = await whoStandsBehind(ctx, row.askedBy);
  const found = await principalsFor(ctx, { permission: APPROVE, namespaceId }, ['account'], { limit: MOST_TOLD });
  for (const { id: accountId } of found.items)
    if (!asking.includes(accountId))
      ctx.notify({
        kind: 'change-asked',
        text: `Somebody asks for a change in the protected namespace ${namespaceName}. You may decide about it.`,
        to: { accountId },
        target: { kind: 'namespace', id: namespaceId },
      });
}

/**
 * Holds one for a decision of somebody else.
 *
 * @throws {Problem} 403 `people-only`, `own-request`; 409 `already-decided`
 */
async function lockPending(ctx: TenantContext, at: store.ChangePath) {
  const row = await store.lock(ctx, at);
  if (ctx.actor.kind !== 'account') throw forbidden('people-only', 'People of this tenant decide about changes.');
  if ((await whoStandsBehind(ctx, row.askedBy)).includes(ctx.actor.id as string))
    throw forbidden(
      'own-request',
      'Nobody approves a change that they, or a machine of theirs, asked for. Ask another person.',
    );
  if (row.state !== 'pending') throw conflict('already-decided', 'This change is decided, withdrawn or over.');
  return row;
}

const factsOf = ({ id, namespaceId, operation, askedBy }: store.ChangeRow) => ({
  target: { kind: 'change-request', id },
  details: { namespaceId, operation, askedBy },
});

const note = (ctx: TenantContext, row: store.ChangeRow) => ctx.audit(ChangeRequest, factsOf(row));

/** @param names accounts of whose words there are some in the text */
function tell(ctx: TenantContext, row: store.ChangeRow, text: string, names: string[] = []) {
  const { namespaceId, askedBy, askedByKind } = row;
  if (askedByKind === 'account')
    ctx.notify({
      kind: 'change-decided',
      text,
      to: { accountId: askedBy },
      target: { kind: 'namespace', id: namespaceId },
      names,
    });
}

/**
 * Makes the change, by what the approver and the author both may do at this moment.
 *
 * @throws {Problem} 403 as `lockPending`, or when the approver may not do it; 409 `change-overtaken` when it cannot be
 *   made as it was asked, `author-not-allowed` when who asked may not do it any more, `author-paused` while its key is
 */
export async function approveChange(ctx: TenantContext, at: store.ChangePath) {
  const row = await lockPending(ctx, at);
  const { id, askedBy, operation, namespaceName } = row;
  const access = operationOf(operation)?.access;
  const { rights } = await standingNow(ctx, askedBy);
  const hasKey = row.keyId === null || (await isLiveKey(ctx, row.keyId));
  if (!hasKey && (await isPausedKey(ctx, row.keyId as string)))
    throw conflict(
      'author-paused',
      'The key by which this was asked for is paused. Have it resumed, then approve this.',
    );
  const mayStill = access?.kind === 'allow' && rights.may(access.permission, at.namespaceId) && hasKey;
  if (!mayStill) throw conflict('author-not-allowed', 'Who asked for this may not do it any more, so it is not made.');
  if (!ctx.rights.may(access.permission, at.namespaceId))
    throw lacking(`This needs the permission ${access.permission} too: it is made by what both may do.`, {
      permission: access.permission,
      namespaceId: at.namespaceId,
    });
  await store.decide(ctx, id, { state: 'approved' });
  note(ctx, row);
  const result = await makeChange(ctx, row, rights);
  forgetInput(ctx, id);
  tell(ctx, row, `The change that you asked for in ${namespaceName} was approved, and made.`);
  return { result, ...(await readChange(ctx, at)) };
}

export async function refuseChange(
  ctx: TenantContext,
  at: store.ChangePath,
  { reason }: z.output<typeof ChangeRefusal>,
) {
  const row = await lockPending(ctx, at);
  await store.decide(ctx, row.id, { state: 'refused', decision: reason });
  forgetInput(ctx, row.id);
  note(ctx, row);
  tell(ctx, row, `The change that you asked for in ${row.namespaceName} was refused: "${reason}"`, [
    ctx.actor.id as string,
  ]);
  return readChange(ctx, at);
}

/** @throws {Problem} 404 for one of somebody else, to who may not see it; 403 `not-yours`; 409 `already-decided` */
export async function withdrawChange(ctx: TenantContext, at: store.ChangePath) {
  const row = await store.lock(ctx, at);
  if (!isOwn(ctx, row)) throw notFound('change request');
  if (row.state !== 'pending') throw conflict('already-decided', 'This change is decided, withdrawn or over.');
  await store.decide(ctx, row.id, { state: 'withdrawn' });
  forgetInput(ctx, row.id);
  note(ctx, row);
  return readChange(ctx, at);
}

/** What cannot be made any more is over, and who asked is told to ask again. */
export async function lapse(ctx: TenantContext, { code, message }: Problem, at: store.ChangePath): Promise<void> {
  if (code !== 'change-overtaken' && code !== 'author-not-allowed') return;
  const row = await store.lock(ctx, at);
  if (row.state !== 'pending') return;
  await store.decide(ctx, row.id, { state: 'lapsed', decision: message });
  forgetInput(ctx, row.id);
  const { target, details } = factsOf(row);
  ctx.audit(ChangeRequest, { action: 'change-requests.lapse', target, details: { ...details, problem: code } });
  if (code === 'change-overtaken')
    tell(ctx, row, `The change that you asked for in ${row.namespaceName} was not made. ${message}`);
}

import type { TenantContext } from '../../kernel/context.ts';
import { countGuess, type GuessLimit } from '../../kernel/guesses.ts';
import { lacking, notFound } from '../../kernel/problem.ts';
import { countEntries, nextEntries } from '../audit/service.ts';
import { groupsOf, holdOwners, leaveAllGroups, requireNotStronger, requireUsableOwner } from '../groups/service.ts';
import { endSessionsOf, forgetSessionsOf, keptSessionsOf } from '../sessions/service.ts';
import { accepted, type Batch, forgetFiles, startTask, taskKind } from '../tasks/service.ts';
import { endVisitsOf } from '../visits/service.ts';
import { emailOf } from './making.ts';
import { besideAccount } from './person-data-store.ts';
import { AboutPerson } from './schema.ts';
import { requireManagedHere } from './shown.ts';
import { requireDisabled } from './status.ts';
import * as store from './store.ts';
import * as waysIn from './ways-in-store.ts';

/** What is held of one person: handed out as a file, and erased. */

const BATCH = 500;

interface Asked {
  accountId: string;
  until: string;
}

/** Entries that are about the person, then those of what the person did. */
const parts = ['about', 'by'] as const;
type Part = (typeof parts)[number];

const filtersOf = (part: Part, { accountId, until }: Asked) =>
  part === 'about' ? { targetId: accountId, until } : { actorId: accountId, until };

type Entry = Awaited<ReturnType<typeof nextEntries>>['items'][number];

/** Of other people no name and no value: who acted by kind and id, what the person did by its object. */
function entryFor(part: Part, accountId: string, entry: Entry) {
  const { id, at, action, outcome, actor, target, sourceAddress } = entry;
  const isOwn = actor.id === accountId;
  const common = { id, at, action, outcome, ...(isOwn ? { sourceAddress } : {}) };
  if (part === 'by') return { ...common, target: { kind: target.kind, id: target.id } };
  const { before, after, details } = entry;
  return { ...common, actor: isOwn ? 'self' : actor.kind, before, after, details };
}

const asJson = (value: unknown) => JSON.stringify(value, null, 2);

/** All but the entries, as the first lines of the file: an object that is not closed yet. */
async function head(ctx: TenantContext, { accountId }: Asked): Promise<string> {
  const { version: _version, ...account } = await store.find(ctx, accountId);
  const { displayName } = await store.tenant(ctx);
  const { factors, identities } = await waysIn.waysIn(ctx, accountId);
  const groups = (await groupsOf(ctx, [accountId])).get(accountId) ?? [];
  const text = asJson({
    exportedAt: ctx.now,
    tenant: { id: ctx.tenantId, displayName, region: ctx.place.region.code },
    account,
    groups: groups.map(({ id, name }) => ({ id, name })),
    factors,
    identities,
    sessions: await keptSessionsOf(ctx, accountId),
    ...(await besideAccount(ctx, accountId)),
  });
  return `${text.slice(0, text.lastIndexOf('\n}'))},\n  "auditEntries": {\n    "about": [`;
}

/** The file of a person, a part of the audit after the other. */
async function batch(ctx: TenantContext, asked: Asked, cursor: string | null): Promise<Batch> {
  const [part, at, count] = cursor === null ? ['about', '', '0'] : (cursor.split('~') as [Part, string, string]);
  const found = await nextEntries(ctx, filtersOf(part as Part, asked), at || null, BATCH);
  const lines = found.items.map((entry) => JSON.stringify(entryFor(part as Part, asked.accountId, entry)));
  const before = cursor === null ? await head(ctx, asked) : '';
  const comma = count !== '0' && lines.length > 0 ? ',' : '';
  const text = `${before}${comma}${lines.map((line) => `\n      ${line}`).join(',')}`;
  const rows = lines.length;
  if (found.cursor !== null) return { text, rows, cursor: [part, found.cursor, '1'].join('~') };
  if (part === 'about') return { text: `${text}\n    ],\n    "by": [`, rows, cursor: 'by~~0' };
  return { text: `${text}\n    ]\n  }\n}\n`, rows, cursor: null };
}

const count = async (ctx: TenantContext, asked: Asked) =>
  (await countEntries(ctx, filtersOf('about', asked))) + (await countEntries(ctx, filtersOf('by', asked)));

const common = { fileName: 'personal-data.json', contentType: 'application/json', count, batch } as const;

/** For an administrator. */
export const exportingAccount = taskKind<Asked>({
  ...common,
  kind: 'accounts.export',
  permission: 'audit.export',
});
/** For the person. */
export const exportingOwn = taskKind<Asked>({ ...common, kind: 'me.export', permission: null });

async function startExport(ctx: TenantContext, kind: typeof exportingOwn, accountId: string) {
  const task = await startTask(ctx, kind, { accountId, until: ctx.now.toISOString() });
  ctx.audit(AboutPerson, { after: {}, target: { kind: 'account', id: accountId }, details: { taskId: task.id } });
  return accepted(ctx, task);
}

/**
 * Starts gathering what is held of a person into a file: the account and what the directory said of it, groups, sessions,
 * browsers, ways in, notices, requests for access, audit entries.
 *
 * @throws {Problem} 403 without `accounts.view`, `stronger-principal`; 429 as `startTask`
 */
export async function exportAccount(ctx: TenantContext, id: string) {
  if (!ctx.rights.may('accounts.view'))
    throw lacking('The file holds the account, so this needs the permission accounts.view too.', {
      permission: 'accounts.view',
    });
  await store.find(ctx, id);
  return startExport(ctx, exportingAccount, id);
}

/** The same for the person themselves; nobody else can read the file. @throws {Problem} 404 for a machine */
export async function exportOwn(ctx: TenantContext) {
  const { actor } = ctx;
  if (actor.kind !== 'account' || !actor.id) throw notFound('account');
  return startExport(ctx, exportingOwn, actor.id);
}

/** A day's, so that nobody fills the bell of the owners. */
const askingLimits = (ctx: TenantContext, accountId: string): GuessLimit[] => [
  { purpose: 'erasure-request', of: [ctx.tenantId, accountId], limit: 3, windowSeconds: 86_400 },
];

/**
 * Tells the owners that a person asks to be erased; who may erase accounts then decides. The person is told that it was
 * passed on.
 *
 * @throws {Problem} 404 for a machine; 429 after three in a day
 */
export async function askErasure(ctx: TenantContext): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== 'account' || !actor.id) throw notFound('account');
  await countGuess(ctx.platform, askingLimits(ctx, actor.id));
  const { displayName } = await store.find(ctx, actor.id);
  const target = { kind: 'account', id: actor.id };
  ctx.audit(AboutPerson, { after: {}, target });
  ctx.notify({
    kind: 'erasure-asked',
    text: `${displayName} asks that what is held of them be erased. Disable the account, then erase it, or tell them why not.`,
    to: 'owners',
    target,
  });
  ctx.notify({
    kind: 'erasure-asked',
    text: 'You asked that what is held of you be erased. The owners of this organisation were told.',
    to: { accountId: actor.id },
    target,
  });
}

/**
 * Erases a person: deletes the account if it still is there, takes away what lies beside it and what others were told
 * that names them, and forgets the key that the audit's personal parts are encrypted with. The entries stay, without
 * anything of the person, and verify as before. Files that tasks made go too, since they may name them. Nothing brings
 * it back.
 *
 * @throws {Problem} 409 `not-disabled`, `managed-elsewhere`; 403 `stronger-principal`; 404 when nothing is left
 */
export async function eraseAccount(ctx: TenantContext, id: string): Promise<void> {
  const isDeleted = (await store.lockTombstone(ctx, id)) !== undefined;
  const { email } = isDeleted ? { email: null } : await deleteForErasure(ctx, id);
  forgetSessionsOf(ctx, id);
  const recoveryIds = await store.recoveriesOf(ctx, id, email && emailOf(email, 'email').canonical);
  store.eraseTraces(ctx, id, { email, recoveryIds });
  for (const subjectId of [id, ...recoveryIds]) ctx.keys.forgetSubject(subjectId);
  forgetFiles(ctx);
  // Nothing personal in it: that would need a key again.
  ctx.audit(AboutPerson, { before: {}, target: { kind: 'account', id }, details: { wasDeleted: isDeleted } });
}

async function deleteForErasure(ctx: TenantContext, id: string) {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  requireManagedHere(ctx, before);
  requireDisabled(before);
  await holdOwners(ctx, id);
  await endSessionsOf(ctx, id);
  await leaveAllGroups(ctx, id);
  endVisitsOf(ctx, id);
  store.eraseSubjects(ctx, id);
  store.entomb(ctx, before);
  await requireUsableOwner(ctx);
  return before;
}

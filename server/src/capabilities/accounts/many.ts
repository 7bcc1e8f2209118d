import type { TenantContext } from '../../kernel/context.ts';
import { requireFreshSignIn } from '../../kernel/guards.ts';
import { invalid, lacking, Problem, problemOf } from '../../kernel/problem.ts';
import { csvLine } from '../audit/service.ts';
import { lookAt } from '../effects/service.ts';
import { addMembers, readGroup, removeMember } from '../groups/service.ts';
import { accepted, type Batch, type RunnableTaskKind, startTask, taskKind } from '../tasks/service.ts';
import { hasInvitationsLeft, inviteAgain } from './invitations.ts';
import * as listing from './list-store.ts';
import { changeByMany, whichOf } from './looking.ts';
import { ActOnMany, type ManyAccounts } from './schema.ts';
import { deleteAccount, disableAccount, enableAccount } from './status.ts';
import type * as store from './store.ts';

/**
 * One act on many accounts, as a task of whoever asked, with what they hold at each batch. Each account is an act of
 * its own: what a rule refuses for one is skipped with the reason, and the others go on.
 */

const BATCH = 25;
/** When invitations of the hour are used up. */
const WAIT_SECONDS = 300;
const columns = ['id', 'email', 'displayName', 'outcome', 'reason'];

type Asked = listing.Which & { groupId?: string; askedBy: string };

interface Act {
  /** The operation that does it to many. */
  kind: string;
  /** The operation that does it to one, as which each is recorded. */
  action: string;
  permission: 'accounts.change' | 'accounts.delete' | 'groups.change';
  /** Why there is nothing to do for this one. */
  skip?: (account: store.AccountRow, asked: Asked) => string | null;
  /** Sends mail, of which a tenant sends so many in an hour. */
  isInvitation?: boolean;
  act: (ctx: TenantContext, id: string, asked: Asked) => Promise<unknown>;
}

const own = (what: string) => `This is your own account. ${what} it by itself, if you mean it.`;

const acts = {
  enable: {
    kind: 'accounts.enable-many',
    action: 'accounts.enable',
    permission: 'accounts.change',
    skip: ({ status }) => (status === 'enabled' ? 'It is enabled already.' : null),
    act: enableAccount,
  },
  disable: {
    kind: 'accounts.disable-many',
    action: 'accounts.disable',
    permission: 'accounts.change',
    skip: ({ id, status }, { askedBy }) =>
      id === askedBy ? own('Disable') : status === 'disabled' ? 'It is disabled already.' : null,
    act: disableAccount,
  },
  resend: {
    kind: 'accounts.invite-again-many',
    action: 'accounts.invite',
    permission: 'accounts.change',
    isInvitation: true,
    act: inviteAgain,
  },
  delete: {
    kind: 'accounts.delete-many',
    action: 'accounts.delete',
    permission: 'accounts.delete',
    act: deleteAccount,
  },
  addToGroup: {
    kind: 'accounts.add-to-group',
    action: 'groups.add-members',
    permission: 'groups.change',
    act: async (ctx, id, { groupId }) => {
      const { added } = await addMembers(ctx, groupId as string, { accountIds: [id] });
      if (added === 0) throw new Problem(409, 'member-already', 'It is a member already.');
    },
  },
  removeFromGroup: {
    kind: 'accounts.remove-from-group',
    action: 'groups.remove-member',
    permission: 'groups.change',
    act: (ctx, id, { groupId }) => removeMember(ctx, groupId as string, id),
  },
} satisfies Record<string, Act>;

/** Why a rule refused. A fault of ours or a lost database goes on, so that the batch is tried again. */
export function refusalIn(error: unknown): Problem {
  const problem = problemOf(error);
  if (problem && problem.status < 500) return problem;
  throw error;
}

async function doBatch(ctx: TenantContext, { skip, act, isInvitation }: Act, asked: Asked, cursor: string | null) {
  const accounts = await listing.lockNext(ctx, asked, cursor === FIRST ? null : cursor, BATCH);
  const lines = cursor === null ? [csvLine(columns)] : [];
  const counts = { done: 0, skipped: 0 };
  let last = cursor ?? FIRST;
  let isWaiting = false;
  for (const account of accounts) {
    if (isInvitation && !(await hasInvitationsLeft(ctx))) {
      isWaiting = true;
      break;
    }
    const { id, email, displayName } = account;
    let reason = skip?.(account, asked) ?? null;
    if (reason === null) {
      try {
        await ctx.attempt(() => act(ctx, id, asked));
      } catch (error) {
        reason = refusalIn(error).message;
      }
    }
    counts[reason === null ? 'done' : 'skipped']++;
    lines.push(csvLine([id, email, displayName, reason === null ? 'done' : 'skipped', reason]));
    last = id;
  }
  const isOver = accounts.length < BATCH && !isWaiting;
  return {
    text: lines.join(''),
    rows: counts.done + counts.skipped,
    cursor: isOver ? null : last,
    counts,
    ...(isWaiting ? { notBefore: ctx.later(WAIT_SECONDS) } : {}),
  } satisfies Batch;
}

/** The cursor of a batch that did nothing yet and is not the first. */
const FIRST = 'first';

const kindOf = (definition: Act): RunnableTaskKind<Asked> =>
  taskKind<Asked>({
    kind: definition.kind,
    permission: definition.permission,
    fileName: `${definition.kind.replace('.', '-')}.csv`,
    actsAs: definition.action,
    count: (ctx, asked) => listing.countOf(ctx, asked),
    batch: (ctx, asked, cursor) => doBatch(ctx, definition, asked, cursor),
  });

export type ActName = keyof typeof acts;
const kinds = Object.fromEntries(Object.entries(acts).map(([name, each]) => [name, kindOf(each)])) as Record<
  ActName,
  RunnableTaskKind<Asked>
>;
export const jobsOnMany = Object.values(kinds).map(({ job }) => job);

/**
 * Starts an act on many accounts; the result says of each whether it was done, or why not.
 *
 * @throws {Problem} 400 that names an id or a filter; 404 for the group; 429 as `startTask`
 */
export async function startActOnMany(
  ctx: TenantContext,
  name: ActName,
  { ids, filter, groupId }: ManyAccounts & { groupId?: string },
) {
  if (groupId && !ctx.rights.may('accounts.view'))
    throw lacking('The result names accounts, so this needs the permission accounts.view too.', {
      permission: 'accounts.view',
    });
  const { which, accounts } = await whichOf(ctx, { ids, filter });
  if (groupId) await requireGroup(ctx, groupId);
  const effect =
    name === 'resend'
      ? undefined
      : await lookAt(ctx, (await changeByMany(ctx, { act: name, ids, filter, groupId })).change);
  const task = await startTask(ctx, kinds[name], {
    ...which,
    ...(groupId ? { groupId } : {}),
    askedBy: ctx.actor.id as string,
  });
  ctx.audit(ActOnMany, {
    after: { accounts, ...(groupId ? { groupId } : {}) },
    target: { kind: 'task', id: task.id },
    ...(effect ? { details: { effect } } : {}),
  });
  return accepted(ctx, task);
}

/** P16: what is asked of who changes owners one by one is asked before the work begins. */
async function requireGroup(ctx: TenantContext, id: string) {
  const group = await readGroup(ctx, id).catch((error) => {
    throw refusalIn(error).status === 404
      ? invalid({ path: 'groupId', message: 'names a group that does not exist' })
      : error;
  });
  if (group.isOwnerGroup) requireFreshSignIn(ctx.identity);
}

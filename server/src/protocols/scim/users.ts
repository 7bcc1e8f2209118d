import {
  adopt,
  changedCredentials,
  createProvisioned,
  deleteProvisioned,
  foreseenOfState,
  foundProvisioned,
  groupsIn,
  lockedProvisioned,
  lockProvisioned,
  type ProvisionedPerson,
  type ProvisionedRow,
  personOf as personBefore,
  readProvisioned,
  replaceProvisioned,
  storedHash,
  switchProvisioned,
} from '../../capabilities/accounts/service.ts';
import {
  adoptionFor,
  type Credential,
  CredentialsHeld,
  foreseenOfRemoval,
  type Leaving,
  noteClash,
  noteHeldCredentials,
  noteHold,
  requireMayTouch,
  requireRemovalAllowed,
} from '../../capabilities/provisioning/service.ts';
import { foldCase } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { hashPassword, verifyPassword } from '../../kernel/hashing.ts';
import { isId } from '../../kernel/ids.ts';
import { checkPassword } from '../../kernel/passwords.ts';
import { invalid, Problem } from '../../kernel/problem.ts';
import { subjectKeyOf } from '../../kernel/tenant-keys.ts';
import { userType } from './attributes.ts';
import { baseUrlOf } from './base-url.ts';
import { isOfStateOnly, passwordIn, patchUser, readPatch } from './patch.ts';
import { isKnown, notModified, projectionOf, resourceReply } from './replies.ts';
import {
  type Incoming,
  names,
  type Projection,
  primaryEmail,
  readResource,
  writeResource,
  writeWholeUser,
} from './resource.ts';

/** Users (RFC 7644 section 3.3 to 3.6): accounts of source `scim`. */

type Query = Record<string, unknown>;

const stored = (row: ProvisionedRow) => ({
  id: row.id,
  externalId: row.externalId,
  userName: row.username,
  active: row.status === 'enabled',
  attributes: row.attributes,
  groups: groupsIn(row),
  version: row.version,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

/** A user as it is shown. */
export const writeUser = (ctx: TenantContext, row: ProvisionedRow, projection: Projection | undefined) =>
  writeResource(userType, stored(row), { baseUrl: baseUrlOf(ctx), projection });

function replyOf(ctx: TenantContext, row: ProvisionedRow, projection: Projection | undefined, status: 200 | 201 = 200) {
  const baseUrl = baseUrlOf(ctx);
  const user = projection ? writeUser(ctx, row, projection) : writeWholeUser(stored(row), baseUrl);
  return resourceReply(user, row.version, `${baseUrl}/Users/${row.id}`, status);
}

type Described = Pick<Incoming['User'], 'userName' | 'externalId' | 'attributes'> & { active: boolean };

const personOf = (
  { userName, externalId, active, attributes }: Described,
  passwordHash: string | null | undefined,
): ProvisionedPerson => ({
  userName,
  externalId,
  active,
  attributes,
  email: primaryEmail(attributes),
  ...names(userName, attributes),
  ...(passwordHash === undefined ? {} : { passwordHash }),
});

/** What a rehearsal puts in place of a hash: it takes no time, and tells nobody whether a password is the one that is there. */
const NEVER_KEPT = 'never kept';

/**
 * The identity provider's own policy decides about its people's passwords; here only what is never good is refused
 * (decision 0008).
 */
function hashOf(
  { tenantId, isRehearsing }: TenantContext,
  password: string | undefined,
  userName: string,
  ready?: { password: string; hash: string },
) {
  if (!password) return undefined;
  const checked = checkPassword(password, { names: [userName], minLength: 8 });
  if (!checked.ok) throw invalid({ path: 'password', message: checked.message });
  if (isRehearsing) return NEVER_KEPT;
  return ready?.password === password ? ready.hash : hashPassword(tenantId, password);
}

/**
 * The password that a change brings, hashed while nothing is held: a hash waits for its turn, and no row and no
 * connection is to wait with it. The one that is there keeps its hash. Undefined when there is none, or one that will be
 * refused.
 */
async function hashedFirst(ctx: TenantContext, id: string, body: unknown) {
  const password = passwordIn(body);
  if (!password || ctx.isRehearsing || !isId(id) || !checkPassword(password, { minLength: 8 }).ok) return undefined;
  const stored = await ctx.again((reading) => storedHash(reading, id));
  const isThere = stored !== undefined && (await verifyPassword(ctx.tenantId, stored, password));
  return { password, hash: isThere ? stored : await hashPassword(ctx.tenantId, password) };
}

/** What the held account's password becomes. Pushed again, the one that is there changes nothing, and no session ends. */
const unlessThere = async (ctx: TenantContext, id: string, hash: string | undefined) =>
  hash === undefined || hash === (await storedHash(ctx, id)) ? undefined : hash;

/** A body is foreseen and then done: it is read once. */
const read = new WeakMap<object, Incoming['User']>();

function newUserIn(body: object): Incoming['User'] {
  const incoming = read.get(body) ?? readResource(userType, body);
  read.set(body, incoming);
  return incoming;
}

const wantedOf = ({
  userName,
  externalId,
  attributes,
}: Pick<Incoming['User'], 'userName' | 'externalId' | 'attributes'>) => ({
  userName,
  externalId,
  email: primaryEmail(attributes),
});

/** A user who has the name or the address of a local account waits for an administrator's word. */
export const noteUserClash = (ctx: TenantContext, problem: Problem, body: object, id?: string) =>
  noteClash(ctx, problem, wantedOf(newUserIn(body)), id);

/** So does one who was to get it by a PATCH. */
export async function noteUserClashOfPatch(ctx: TenantContext, problem: Problem, id: string, body: unknown) {
  if (problem.status !== 409) return;
  const patched = patchUser(patchableOf(await readProvisioned(ctx, id)), readPatch(userType, body));
  await noteClash(ctx, problem, wantedOf(patched), id);
}

/** So does a removal that the guard held back. */
export const noteUserRemoval = (ctx: TenantContext, problem: Problem, id: string, kind: 'deactivation' | 'deletion') =>
  noteHold(ctx, problem, id, kind);

/**
 * A change of credentials that waits is noted. Who was to become inactive by it does so all the same, alone, as far as
 * the guard lets them: nobody stays in because of a name.
 */
export async function noteUserCredentials(ctx: TenantContext, problem: Problem, id: string) {
  if (!(problem instanceof CredentialsHeld)) return;
  const { leaving } = problem;
  if (leaving === true) await deactivateAlone(ctx, id);
  else if (leaving) await noteUserRemoval(ctx, leaving, id, 'deactivation');
  await noteHeldCredentials(ctx, problem);
}

async function deactivateAlone(ctx: TenantContext, id: string) {
  const before = await lockProvisioned(ctx, id);
  ctx.honourVersion(before);
  if (before.status !== 'enabled') return;
  const heldBack = await refusalOfRemoval(ctx, before);
  if (heldBack) await noteUserRemoval(ctx, heldBack, id, 'deactivation');
  else await switchProvisioned(ctx, before, false);
}

export async function createUser(ctx: TenantContext, body: object, query: Query) {
  const projection = projectionOf(userType, query);
  const incoming = newUserIn(body);
  ctx.request.about = foldCase(incoming.userName);
  const passwordHash = await hashOf(ctx, incoming.password, incoming.userName);
  const person = personOf({ ...incoming, active: incoming.active ?? true }, passwordHash);
  // Whoever may be taken over has the name already, so that the creation fails first.
  const adoption = ctx.request.isAgain ? await adoptionFor(ctx, incoming) : undefined;
  const adopted = adoption && (await adopt(ctx, adoption.id, person, adoption.isAllowed));
  const row = adopted ?? (await createProvisioned(ctx, person));
  return replyOf(ctx, row, projection, 201);
}

export async function readUser(ctx: TenantContext, id: string, query: Query) {
  const projection = projectionOf(userType, query);
  ctx.request.about = id;
  const row = await readProvisioned(ctx, id);
  return isKnown(ctx, row) ? notModified(row.version) : replyOf(ctx, row, projection);
}

/**
 * What a change of a user asks, to be foreseen: the row, and the key of the person's part of the audit, in which the
 * state is not; of the state whether it moves any rights. Nothing when there is a password to be hashed first.
 */
export const foreseenOfUserChange = (id: string, body: unknown) =>
  passwordIn(body) ? [] : [foundProvisioned(id), ...(isOfStateOnly(body) ? [foreseenOfState(id)] : auditKeyOf(id))];
const auditKeyOf = (id: string) => (isId(id) ? [subjectKeyOf({ subjectId: id })] : []);

/** The row that a change is about. It is written only as it was read, or held when somebody came between before. */
const readToChange = (ctx: TenantContext, id: string) =>
  ctx.request.isAgain ? lockProvisioned(ctx, id) : readProvisioned(ctx, id);

export const foreseenOfUser = (id: string) => [foundProvisioned(id)];

/** RFC 7644 section 3.5.1: all that is not sent is unassigned, but for `active` and the password. */
export async function replaceUser(ctx: TenantContext, id: string, body: unknown, query: Query) {
  const projection = projectionOf(userType, query);
  ctx.request.about = id;
  const ready = await hashedFirst(ctx, id, body);
  const before = await readToChange(ctx, id);
  ctx.honourVersion(before);
  const incoming = readResource(userType, body);
  const active = incoming.active ?? before.status === 'enabled';
  const hash = await hashOf(ctx, incoming.password, incoming.userName, ready);
  const passwordHash = await unlessThere(ctx, before.id, hash);
  return replyOf(ctx, await write(ctx, before, { ...incoming, active }, passwordHash), projection);
}

/** RFC 7644 section 3.5.2. */
export async function changeUser(ctx: TenantContext, id: string, body: unknown, query: Query) {
  const projection = projectionOf(userType, query);
  ctx.request.about = id;
  const ready = await hashedFirst(ctx, id, body);
  const before = await readToChange(ctx, id);
  ctx.honourVersion(before);
  const patched = patchUser(patchableOf(before), readPatch(userType, body));
  const passwordHash =
    patched.password === null
      ? (await storedHash(ctx, before.id))
        ? null
        : undefined
      : await unlessThere(ctx, before.id, await hashOf(ctx, patched.password, patched.userName, ready));
  if (!patched.isChanged && passwordHash === undefined) return replyOf(ctx, before, projection);
  return replyOf(ctx, await write(ctx, before, patched, passwordHash), projection);
}

const patchableOf = ({ username: userName, externalId, status, attributes }: ProvisionedRow) => ({
  userName,
  externalId,
  active: status === 'enabled',
  attributes,
});

async function write(
  ctx: TenantContext,
  before: ProvisionedRow,
  next: Described,
  passwordHash: string | null | undefined,
) {
  const isLeaving = !next.active && before.status === 'enabled';
  const heldBack = isLeaving ? await refusalOfRemoval(ctx, before) : undefined;
  const isAsBefore =
    next.attributes === before.attributes && next.userName === before.username && next.externalId === before.externalId;
  if (isAsBefore && passwordHash === undefined) {
    if (heldBack) throw heldBack;
    return switchProvisioned(ctx, before, next.active);
  }
  const person = isAsBefore
    ? { ...personBefore(before), active: next.active, passwordHash }
    : personOf(next, passwordHash);
  await requireMayChangeCredentials(ctx, before, person, heldBack ?? isLeaving);
  if (heldBack) throw heldBack;
  return replaceProvisioned(ctx, before, person);
}

/** The guard's refusal. Credentials that wait are told first, so that nobody waits for one and then for the other. */
async function refusalOfRemoval(ctx: TenantContext, before: ProvisionedRow): Promise<Problem | undefined> {
  try {
    await requireRemovalAllowed(ctx, before);
    return undefined;
  } catch (error) {
    if (error instanceof Problem && error.code === 'removal-held') return error;
    throw error;
  }
}

/** Asks nothing of a change of anything else. */
async function requireMayChangeCredentials(
  ctx: TenantContext,
  before: ProvisionedRow,
  person: ProvisionedPerson,
  leaving: Leaving,
) {
  const { changes, email } = changedCredentials(before, person);
  const all: Credential[] = person.passwordHash === undefined ? changes : ['password', ...changes];
  if (all.length === 0) return;
  const { userName, externalId } = person;
  await requireMayTouch(ctx, before, { accountId: before.id, changes: all, userName, externalId, email }, leaving);
}

/** What a deletion asks, to be foreseen: the guard as well. */
export const foreseenOfUserDeletion = (id: string) => [
  lockedProvisioned(id),
  ...auditKeyOf(id),
  foreseenOfRemoval(),
  foreseenOfState(id),
];

/** RFC 7644 section 3.6. */
export async function deleteUser(ctx: TenantContext, id: string) {
  ctx.request.about = id;
  const before = await lockProvisioned(ctx, id);
  ctx.honourVersion(before);
  await requireRemovalAllowed(ctx, before);
  await deleteProvisioned(ctx, before);
}

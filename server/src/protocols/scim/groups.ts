import {
  changeProvisionedGroup,
  createProvisionedGroup,
  deleteProvisionedGroup,
  foreseenOfChange,
  foundMembers,
  foundProvisionedGroup,
  type GroupChange,
  lockedProvisionedGroup,
  lockProvisionedGroup,
  membersOfProvisioned,
  type Named,
  readProvisionedGroup,
} from '../../capabilities/groups/service.ts';
import { noteGroupClash } from '../../capabilities/provisioning/service.ts';
import { foldCase } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { Reply } from '../../kernel/operation.ts';
import type { Problem } from '../../kernel/problem.ts';
import { groupType } from './attributes.ts';
import { baseUrlOf } from './base-url.ts';
import { inTurn, requireRoomInLine } from './large-replies.ts';
import { readPatch } from './patch.ts';
import { compileGroupPatch } from './patch-group.ts';
import { contentType } from './rendering.ts';
import { isKnown, notModified, projectionOf, resourceReply } from './replies.ts';
import { isWanted, type Projection, readResource, writeResource, writeVersion } from './resource.ts';

/** Groups (RFC 7644 section 3.3 to 3.6): groups of source `scim`, whose members are rows. */

type Query = Record<string, unknown>;
type Row = Awaited<ReturnType<typeof readProvisionedGroup>>;

/** Members that are read in one query. A group with more leaves in parts. */
const PAGE = 500;

const stored = (row: Row, members: readonly string[] | undefined) => ({
  id: row.id,
  externalId: row.externalId,
  displayName: row.name,
  version: row.version,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  members,
});

export const writeGroup = (
  ctx: TenantContext,
  row: Row,
  members: readonly string[] | undefined,
  projection: Projection | undefined,
) => writeResource(groupType, stored(row, members), { baseUrl: baseUrlOf(ctx), projection });

const locationOf = (ctx: TenantContext, id: string) => `${baseUrlOf(ctx)}/Groups/${id}`;

/**
 * A group as JSON in parts: its members are read a page at a time, each page as it is then. Who was a member all the
 * while is in it once.
 *
 * @param first the members of the first page, when they were read, and how many were asked for
 */
export async function* partsOfGroup(
  ctx: TenantContext,
  row: Row,
  projection: Projection | undefined,
  first?: { members: readonly string[]; asked: number },
): AsyncGenerator<string> {
  const read = (after: string) => ctx.again((again) => membersOfProvisioned(again, row.id, after, PAGE));
  const { members: _none, ...head } = writeGroup(ctx, row, [], projection);
  const opening = JSON.stringify(head).slice(0, -1);
  let page = first?.members ?? (await read(''));
  let asked = first?.asked ?? PAGE;
  let before = `${opening}${opening === '{' ? '' : ','}"members":[`;
  while (page.length > 0) {
    const { members = [] } = writeGroup(ctx, row, page, projection) as { members?: unknown[] };
    yield before + JSON.stringify(members).slice(1, -1);
    before = ',';
    page = page.length < asked ? [] : await read(page.at(-1) as string);
    asked = PAGE;
  }
  yield before === ',' ? ']}' : `${before}]}`;
}

/** Many are read again when the group leaves in parts. */
const listed = (members: Named) => (Array.isArray(members) ? members : undefined);

/** A group with the members that are in hand, or in parts when there are more. */
function replyOf(
  ctx: TenantContext,
  row: Row,
  members: readonly string[] | undefined,
  projection: Projection | undefined,
  status: 200 | 201 = 200,
  first?: readonly string[],
) {
  const wanted = isWanted(projection, 'members');
  if (!wanted || (members && members.length < PAGE)) {
    const resource = writeGroup(ctx, row, wanted ? members : undefined, projection);
    return resourceReply(resource, row.version, locationOf(ctx, row.id), status);
  }
  requireRoomInLine(ctx.tenantId);
  const begun = first && { members: first, asked: PAGE };
  const parts = inTurn(ctx.tenantId, partsOfGroup(ctx, row, projection, begun));
  return new Reply(parts, {
    status,
    headers: {
      etag: writeVersion(row.version),
      'content-type': contentType,
      ...(status === 201 ? { location: locationOf(ctx, row.id) } : {}),
    },
  });
}

export async function createGroup(ctx: TenantContext, body: unknown, query: Query) {
  const projection = projectionOf(groupType, query);
  const { displayName, externalId, members = [] } = readResource(groupType, body);
  ctx.request.about = foldCase(displayName);
  const row = await createProvisionedGroup(ctx, { displayName, externalId, memberIds: members });
  return replyOf(ctx, row, listed(members), projection, 201);
}

export const foreseenOfGroup = (id: string, query: Query) => [
  foundProvisionedGroup(id),
  ...(isWanted(projectionOf(groupType, query), 'members') ? [foundMembers(id, '', PAGE)] : []),
];

export async function readGroup(ctx: TenantContext, id: string, query: Query) {
  const projection = projectionOf(groupType, query);
  ctx.request.about = id;
  const row = await readProvisionedGroup(ctx, id);
  if (isKnown(ctx, row)) return notModified(row.version);
  const members = isWanted(projection, 'members') ? await membersOfProvisioned(ctx, id, '', PAGE) : undefined;
  return replyOf(ctx, row, members, projection, 200, members);
}

/** What a PUT comes to. Members that are not mentioned stay: RFC 7644 section 3.5.1 lets us assume either. */
function changesOfReplacement(body: unknown): GroupChange[] {
  const { displayName, externalId, members } = readResource(groupType, body);
  return [{ set: { displayName, externalId } }, ...(members ? [{ replaceWith: members }] : [])];
}

export const foreseenOfReplacement = (id: string, body: object) => foreseenOfChange(id, replacementIn(id, body));
export const foreseenOfPatch = (id: string, body: object) => foreseenOfChange(id, patchIn(id, body));
export const foreseenOfDeletion = (id: string) => [lockedProvisionedGroup(id)];

/** A body is foreseen and then done: it is read once. */
const once = (read: (body: unknown) => GroupChange[]) => {
  const known = new WeakMap<object, GroupChange[]>();
  return (_id: string, body: object): GroupChange[] => {
    const changes = known.get(body) ?? read(body);
    known.set(body, changes);
    return changes;
  };
};
const replacementIn = once(changesOfReplacement);
const patchIn = once((body) => compileGroupPatch(readPatch(groupType, body)));

/** A group that has the name of a local one waits for an administrator, who renames one of them. */
export const noteNewGroupClash = (ctx: TenantContext, problem: Problem, body: unknown) =>
  noteGroupClash(ctx, problem, readResource(groupType, body));

export const noteReplacementClash = (ctx: TenantContext, problem: Problem, id: string, body: object) =>
  noteRenaming(ctx, problem, id, replacementIn(id, body));

export const notePatchClash = (ctx: TenantContext, problem: Problem, id: string, body: object) =>
  noteRenaming(ctx, problem, id, patchIn(id, body));

async function noteRenaming(ctx: TenantContext, problem: Problem, id: string, changes: GroupChange[]) {
  for (const change of changes) {
    if (!('set' in change) || change.set.displayName === undefined) continue;
    const { displayName, externalId = null } = change.set;
    await noteGroupClash(ctx, problem, { displayName, externalId }, id);
  }
}

export async function replaceGroup(ctx: TenantContext, id: string, body: object, query: Query) {
  const projection = projectionOf(groupType, query);
  ctx.request.about = id;
  const changes = await afterVersion(ctx, id, () => replacementIn(id, body));
  const { group } = await changeProvisionedGroup(ctx, id, changes, (before) => ctx.honourVersion(before));
  const named = changes.find((change) => 'replaceWith' in change);
  return replyOf(ctx, group, named && listed(named.replaceWith), projection);
}

/** RFC 7644 section 3.5.2: 204 unless the client asks for attributes, so that a big group is not read for one member. */
export async function changeGroup(ctx: TenantContext, id: string, body: object, query: Query) {
  const asksForBody = query.attributes !== undefined || query.excludedAttributes !== undefined;
  const projection = projectionOf(groupType, query);
  ctx.request.about = id;
  const changes = await afterVersion(ctx, id, () => patchIn(id, body));
  const { group } = await changeProvisionedGroup(ctx, id, changes, (before) => ctx.honourVersion(before));
  if (!asksForBody) return new Reply(undefined, { status: 204, headers: { etag: writeVersion(group.version) } });
  return replyOf(ctx, group, undefined, projection);
}

/** A body that is not valid is said after a group that is not there, or has another version. */
async function afterVersion(ctx: TenantContext, id: string, read: () => GroupChange[]): Promise<GroupChange[]> {
  try {
    return read();
  } catch (error) {
    ctx.honourVersion(await lockProvisionedGroup(ctx, id));
    throw error;
  }
}

export async function deleteGroup(ctx: TenantContext, id: string) {
  ctx.request.about = id;
  const before = await lockProvisionedGroup(ctx, id);
  ctx.honourVersion(before);
  await deleteProvisionedGroup(ctx, before);
}

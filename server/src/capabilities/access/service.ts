import type { z } from 'zod';
import { grantsThatGive, Rights } from '../../kernel/access.ts';
import { isDelegable, isNamespaced, permissions } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { type Door, passages } from '../../kernel/doors.ts';
import { isLetThrough, keptFrom, keptPermission } from '../../kernel/guards.ts';
import { declaredOperations, type Operation } from '../../kernel/operation.ts';
import { invalid, lacking } from '../../kernel/problem.ts';
import { comingInBy } from '../delegations/service.ts';
import { guestNames, nameGuests } from '../visits/service.ts';
import { decide } from './decisions.ts';
import { asGuest, doorOf, type GuestStanding, guestStanding, guestsActing } from './guests.ts';
import { membersOf } from './holders-store.ts';
import type { EvaluateBody, ExplainQuery, Explanation, HoldersQuery } from './schema.ts';
import * as store from './store.ts';

export * from './decisions.ts';

type Explained = z.output<typeof Explanation>;
type Condition = Explained['conditions'][number];
type Change = Explained['remedies'][number]['changes'][number];

/** What is asked: a permission somewhere, as one operation asks for it or any that does. */
interface Question {
  permission: string;
  operation: Operation | undefined;
  namespaceId: string | null;
  /** A grant in any one namespace is enough. */
  isAnywhere: boolean;
}

/** @throws {Problem} 400 that names `query.operation` */
function questionOf(ctx: TenantContext, query: z.output<typeof ExplainQuery>): Question {
  const isTenant = query.resource === undefined || query.resource === ctx.tenantId;
  const namespaceId = isTenant ? null : (query.resource ?? null);
  if (query.permission) return { permission: query.permission, operation: undefined, namespaceId, isAnywhere: false };
  const operation = [...declaredOperations()].find(({ id }) => id === query.operation);
  if (operation?.access.kind !== 'allow')
    throw invalid({ path: 'query.operation', message: 'must be the id of an operation that needs a permission' });
  const { permission, namespaceParam, inAnyNamespace } = operation.access;
  return {
    permission,
    operation,
    namespaceId: namespaceParam ? namespaceId : null,
    isAnywhere: inAnyNamespace === true,
  };
}

interface Subject {
  kind: Explained['principal']['kind'];
  id: string;
  name: string;
  door: Door;
  /** Whose groups count; nobody's for a credential that stands for no principal. */
  principalId: string | null;
  conditions: Condition[];
  /** What would mend the conditions that are not met; undefined when nothing does. */
  mending: Change[] | undefined;
  guest?: GuestStanding;
  /** Of an account: who made it. */
  source?: string | null;
}

const credentialKinds = {
  sa: 'service-account-key',
  pt: 'provisioning-token',
  sk: 'service-key',
  ak: 'agent-key',
} as const;

const change = (kind: Change['kind'], text: string, more: Partial<Change> = {}): Change => ({
  kind,
  text,
  group: null,
  grant: null,
  ...more,
});

const accepting = 'The person accepts the invitation, or sets the account up with it.';
const invitedAgain = 'Invite the person again; they accept the invitation.';

/** What each condition says when it is met, when it is not, and what mends it. */
const said: Record<
  string,
  { met: string; unmet: string; mend?: (subject: store.PrincipalRow | undefined) => Change[] }
> = {
  'account-enabled': {
    met: 'The account is enabled.',
    unmet: 'The account is not enabled.',
    mend: (principal) => [
      ...(principal?.isAccepting
        ? [change('accept-invitation', principal.status === 'disabled' ? invitedAgain : accepting)]
        : []),
      ...(principal?.isEnabling ? [change('enable-account', 'Enable the account.')] : []),
    ],
  },
  'service-account-enabled': {
    met: 'The service account is enabled.',
    unmet: 'The service account is disabled.',
    mend: () => [change('enable-service-account', 'Enable the service account.')],
  },
  'credential-not-revoked': { met: 'It is not revoked.', unmet: 'It is revoked, for good. Issue another one.' },
  'credential-not-over': { met: 'It has not expired.', unmet: 'It has expired. Issue another one.' },
  'credential-not-paused': {
    met: 'It is not paused.',
    unmet: 'It is paused.',
    mend: () => [change('resume-credential', 'Resume it.')],
  },
  'namespace-there': { met: 'Its namespace is there.', unmet: 'Its namespace is deleted.' },
};

function judged(facts: Record<string, boolean | null>, principal?: store.PrincipalRow) {
  const conditions: Condition[] = [];
  const changes: Change[] = [];
  let isMendable = true;
  for (const [name, met] of Object.entries(facts)) {
    const texts = said[name];
    if (!texts || met === null) continue;
    conditions.push({ name, met, text: met ? texts.met : texts.unmet });
    if (met) continue;
    if (texts.mend) changes.push(...texts.mend(principal));
    else isMendable = false;
  }
  return { conditions, mending: isMendable ? changes : undefined };
}

const letInTexts: Record<`${boolean | null}`, string> = {
  true: 'Its own organisation lets it in.',
  false:
    'Nothing lets it in now: the invitation or partner access is over, it left the group that was let in, or at home the account, its group or the tenant is disabled.',
  null: 'Its own organisation does not answer now, and without its word nobody is let in.',
};

/** The owners' one switch, of whom nothing but a group of another tenant lets in. What opens it is part of each way in. */
function partnerAccess(delegated: store.DelegatedRow[]): Condition {
  const met = !delegated.some(({ isStopped }) => isStopped);
  const text = met
    ? 'Partner access is open.'
    : 'Partner access is stopped: an owner of this tenant lets no partner in.';
  return { name: 'partner-access-open', met, text };
}

/** @throws {Problem} 400 that names `query.principal` */
async function subjectOf(ctx: TenantContext, id: string): Promise<Subject> {
  const principal = await store.principal(ctx, id);
  if (principal) {
    const { kind, facts } = principal;
    const name = (kind === 'guest' && (await guestNames(ctx, [id])).get(id)) || principal.name;
    const found = judged(facts, principal);
    if (kind !== 'guest')
      return {
        kind,
        id,
        name,
        door: kind === 'service-account' ? 'api-key' : 'console',
        principalId: id,
        source: principal.source,
        ...found,
      };
    const guest = await guestStanding(ctx, id);
    found.conditions.push({
      name: 'let-in-at-home',
      met: guest.isLetIn,
      text: letInTexts[`${guest.isLetIn}`],
    });
    if (!guest.isInvited && guest.delegated.length > 0) found.conditions.push(partnerAccess(guest.delegated));
    const mending = guest.isLetIn ? found.mending : undefined;
    return { kind, id, name, door: doorOf(guest), principalId: id, ...found, mending, guest };
  }
  const credential = await store.credential(ctx, id);
  if (!credential) throw invalid({ path: 'query.principal', message: 'names nobody, and no key or token' });
  const kind = credentialKinds[credential.kind];
  const own = judged(credential.facts);
  if (credential.kind === 'sa') {
    const holder = await store.principal(ctx, credential.principalId ?? '');
    const of = judged(holder?.facts ?? { 'service-account-enabled': false }, holder);
    return {
      kind,
      id,
      name: credential.name,
      door: 'api-key',
      principalId: credential.principalId,
      conditions: [...own.conditions, ...of.conditions],
      mending: holder && own.mending && of.mending && [...own.mending, ...of.mending],
    };
  }
  const opens = { pt: 'SCIM', sk: 'decisions about its namespace', ak: 'its gateway' }[credential.kind];
  return {
    kind,
    id,
    name: credential.name,
    door: credential.kind === 'pt' ? 'scim' : 'gateway',
    principalId: null,
    conditions: [...own.conditions, { name: 'of-this-door', met: false, text: `It opens ${opens} and nothing else.` }],
    mending: undefined,
  };
}

/** Whether the tenant's state lets it through: for a permission, whether any operation that needs it passes. */
function tenantCondition(ctx: TenantContext, door: Door, { permission, operation }: Question) {
  const { tenantStatus } = ctx.identity;
  const passage = passages[tenantStatus][door];
  const asking = operation
    ? [operation]
    : [...declaredOperations()].filter(({ access }) => access.kind === 'allow' && access.permission === permission);
  const met = passage === 'open' || asking.some((each) => isLetThrough(passage, each));
  const condition = {
    name: 'tenant-open',
    met,
    text: met ? `The tenant is ${tenantStatus}.` : `The tenant is ${tenantStatus}, which does not let this through.`,
  };
  const mending = met
    ? []
    : tenantStatus === 'closing'
      ? [change('restore-tenant', 'An owner restores the tenant.')]
      : tenantStatus === 'closed'
        ? undefined
        : [change('resume-tenant', 'The operator of the platform resumes the tenant.')];
  return { condition, mending };
}

/** Acts that take a seat: of each account, or of one that has none, by what tells that others have theirs. */
const takingSeats: Record<string, 'each' | 'canEnable' | 'canInvite'> = {
  'accounts.create': 'each',
  'accounts.enable': 'canEnable',
  'accounts.invite': 'canInvite',
};

/** Whether the licences leave a seat for it; nothing where they do not limit them, and of what takes none. */
async function seatCondition(ctx: TenantContext, { operation }: Question) {
  const takes = takingSeats[operation?.id ?? ''];
  const seats = takes && (await store.freeSeats(ctx));
  if (!seats) return { conditions: [], mending: [] };
  const isOfSome = !seats.isFree && takes !== 'each' && seats[takes];
  const met = seats.isFree || (isOfSome ? null : false);
  const text = seats.isFree
    ? 'The licences leave a seat free.'
    : isOfSome
      ? 'The licences leave no seat free, so it can be done of accounts only that have theirs already.'
      : 'The licences leave no seat free.';
  const mend = change('free-seat', 'Disable an account that is not needed, or have the licences allow more.');
  return { conditions: [{ name: 'seat-free', met, text }], mending: met === false ? [mend] : [] };
}

/** What whoever comes by a door meets, and what mends it: nothing mends that an operation is kept from partners. */
function atDoor(ctx: TenantContext, door: Door, question: Question) {
  const { condition, mending } = tenantCondition(ctx, door, question);
  const kept = question.operation ? keptFrom({ door }, question.operation) : null;
  if (kept === null) return { conditions: [condition], mending };
  return { conditions: [condition, { name: 'for-partners', met: false, text: kept }], mending: undefined };
}

/** What depends on the request and not on who asks. */
async function openConditions(ctx: TenantContext, { kind }: Subject, { operation }: Question): Promise<Condition[]> {
  const found: Condition[] = [];
  if (await store.hasNetworks(ctx))
    found.push({ name: 'allowed-network', met: null, text: 'It must come from a network that the tenant allows.' });
  const asksFresh = operation && 'freshSignIn' in operation.access && operation.access.freshSignIn;
  if (asksFresh && (kind === 'account' || kind === 'guest'))
    found.push({
      name: 'fresh-sign-in',
      met: null,
      text: 'The person must have proved within 15 minutes to be there.',
    });
  return found;
}

const groupOf = ({ id, name, isOwnerGroup, source }: store.GroupRow) => ({ id, name, isOwnerGroup, source });
const grantOf = ({ permission, namespaceId }: store.GroupRow) =>
  permission === null ? null : { permission, namespaceId };
const gives = (row: store.GroupRow) => row.isOwnerGroup || row.permission !== null;

/** How many rights come with a group besides, each permission in each place: an Owner Group gives everything. */
const othersGivenBy = ({ isOwnerGroup, rights, givesAsked }: store.GroupRow) =>
  isOwnerGroup ? permissions.length - 1 : givesAsked ? rights - 1 : rights;

/**
 * The smallest changes that make a right reach somebody: one of a group of the tenant, of one that others let in all that
 * is in its way.
 */
function waysTo(
  rows: store.GroupRow[],
  { permission, namespaceId }: Question,
  { kind, guest, source: madeBy }: Subject,
  isProvisioned: boolean,
) {
  const where = namespaceId ? ' in this namespace' : '';
  const wanted = { permission, namespaceId: isNamespaced(permission) ? namespaceId : null };
  const ways = new Map<string, { changes: Change[]; alsoGives: number; isPartners?: boolean }>();
  const isGrantable = ({ source }: store.GroupRow) => source !== 'imported' || isDelegable(permission);
  // Members of an imported group are its home's to choose, and whoever no invitation let in is no member of any.
  // Those of a provisioned group are its provider's, which sees whom it made.
  const isKeptThere = ({ source }: store.GroupRow) => isProvisioned && source === 'scim';
  const mayJoin = (row: store.GroupRow) =>
    row.source !== 'imported' && (guest?.isInvited ?? true) && (!isKeptThere(row) || madeBy === 'scim');
  const joining = (row: store.GroupRow) =>
    isKeptThere(row)
      ? `Have the identity provider add the person to the group ${row.name}.`
      : kind === 'account' || kind === 'guest'
        ? `Add the person to the group ${row.name}.`
        : `Add it to the group ${row.name}.`;
  for (const row of rows) {
    const group = groupOf(row);
    const isMember = row.memberSince !== null;
    const granting = change('grant', `Grant ${permission}${where} to the group ${row.name}.`, { group, grant: wanted });
    const enabling = change('enable-group', `Enable the group ${row.name}.`, { group });
    if (row.delegation) {
      const opening = [...lettingIn(row.delegation, group), ...(row.isEnabled ? [] : [enabling])];
      const changes = gives(row) ? opening : [...opening, granting];
      if (changes.length > 0 && (gives(row) || isGrantable(row)))
        ways.set(`let in ${row.id}`, {
          changes,
          alsoGives: opening.length > 0 ? othersGivenBy(row) : 0,
          isPartners: true,
        });
      continue;
    }
    if (isMember && row.isEnabled && !gives(row) && isGrantable(row))
      ways.set(`grant ${row.id}`, { changes: [granting], alsoGives: 0 });
    if (isMember && !row.isEnabled && gives(row))
      ways.set(`enable ${row.id}`, { changes: [enabling], alsoGives: othersGivenBy(row) });
    if (!isMember && row.isEnabled && gives(row) && mayJoin(row))
      ways.set(`join ${row.id}`, {
        changes: [change('join-group', joining(row), { group })],
        alsoGives: othersGivenBy(row),
      });
  }
  return withoutLonger([...ways.values()]).sort(
    (a, b) => Number(isOwners(a)) - Number(isOwners(b)) || a.alsoGives - b.alsoGives,
  );
}

/** To make somebody an owner gives most, whatever it counts. */
const isOwners = ({ changes }: { changes: Change[] }) => changes.some(({ group }) => group?.isOwnerGroup);

/** Of ways each of which is enough those that hold no other: one is left of several that are the same. */
function withoutLonger<W extends { changes: Change[] }>(ways: W[]): W[] {
  const keysOf = ({ changes }: W) => changes.map(({ kind, group }) => `${kind} ${group?.id ?? ''}`).sort();
  const all = new Set(ways.map((way) => keysOf(way).join()));
  const kept = new Set<string>();
  return ways.filter((way) => {
    const keys = keysOf(way);
    // A way has a few changes: what it could hold is tried, and not each other way.
    const parts = Array.from({ length: 2 ** keys.length - 1 }, (_, part) =>
      keys.filter((_key, at) => part & (1 << at)).join(),
    );
    const own = keys.join();
    if (kept.has(own) || parts.some((part) => all.has(part))) return false;
    kept.add(own);
    return true;
  });
}

/** What makes a delegation give what its group does. */
const lettingIn = ({ isStopped, isActivated }: store.DelegatedRow, group: Change['group']): Change[] => [
  ...(isStopped ? [change('resume-partner-access', 'An owner lets partners in again.')] : []),
  ...(isActivated
    ? []
    : [change('approve-activation', 'The person asks for an activation, and it is approved.', { group })]),
];

const MOST_REMEDIES = 20;

/**
 * A decision with its reasons. The facts are read as the decision about a request reads them: the same conditions
 * (`kernel/conditions.ts`), the same rule of grants (`Rights`), the same table of doors.
 *
 * @throws {Problem} 403 about somebody else without `groups.view`; 400 that names what is not there
 */
export async function explain(ctx: TenantContext, query: z.output<typeof ExplainQuery>) {
  const { actor, rights, tenantId } = ctx;
  const seesGroups = rights.may('groups.view');
  const id = query.principal ?? actor.id ?? '';
  if (!seesGroups && id !== actor.id && id !== actor.credentialId)
    throw lacking('This needs the permission groups.view. Without it, ask about yourself.', {
      permission: 'groups.view',
    });
  const question = questionOf(ctx, query);
  const { permission, operation, namespaceId, isAnywhere } = question;
  const seesNamespace = namespaceId !== null && (seesGroups || rights.may('namespaces.view', namespaceId));
  const namespaceName = seesNamespace ? await store.namespaceName(ctx, namespaceId) : null;
  if (namespaceName === undefined)
    throw invalid({ path: 'query.resource', message: 'names no namespace, and not this tenant' });

  const subject = await subjectOf(ctx, id);
  const ownDoor = atDoor(ctx, subject.door, question);
  const seats = await seatCondition(ctx, question);
  const conditions = [
    ...ownDoor.conditions,
    ...seats.conditions,
    ...subject.conditions,
    ...(await openConditions(ctx, subject, question)),
  ];

  const places = isAnywhere ? null : namespaceId ? [namespaceId] : [];
  const { guest, principalId } = subject;
  const besides = guest?.delegated.map(({ groupId }) => groupId) ?? [];
  const around = principalId
    ? await store.groupsAround(ctx, principalId, grantsThatGive(permission), places, besides)
    : [];
  const rows = guest ? asGuest(around, guest) : around;
  const reaching = rows.filter((row) => row.memberSince !== null && row.isEnabled && gives(row));
  const held = Rights.of(
    reaching.some(({ isOwnerGroup }) => isOwnerGroup),
    reaching.flatMap((row) => grantOf(row) ?? []),
  );
  const holds = held.may(permission, namespaceId) || (isAnywhere && held.namespacesWith(permission).length > 0);
  const allowed = holds && conditions.every(({ met }) => met !== false) && guest?.isLetIn !== null;

  if (!holds && subject.door === 'partner' && !isDelegable(permission))
    conditions.push({ name: 'for-partners', met: false, text: keptPermission(permission) });
  const mendingAt = (door: typeof ownDoor) =>
    door.mending && subject.mending ? [...door.mending, ...seats.mending, ...subject.mending] : undefined;
  const mending = mendingAt(ownDoor);
  // Whom a delegation comes to let in comes as a partner's person.
  const asPartner = mendingAt(atDoor(ctx, 'partner', question));
  const remedies = remediesOf(
    holds ? [] : waysTo(rows, question, subject, ctx.identity.provisioning !== 'off'),
    { mending, asPartner },
    { holds, allowed },
  );
  const shown = seesGroups ? remedies : withoutNames(remedies, rows, mending);
  return {
    principal: { id, kind: subject.kind, name: subject.name },
    permission,
    operation: operation?.id ?? null,
    resource: namespaceId
      ? { kind: 'namespace', id: namespaceId, name: namespaceName }
      : { kind: 'tenant', id: tenantId, name: ctx.identity.tenantDisplayName },
    allowed,
    conditions,
    paths: reaching.map(pathOf),
    remedies: shown.slice(0, MOST_REMEDIES),
    remedyCount: shown.length,
    mayAsk: subject.kind === 'account' || (guest?.isInvited ?? false),
  };
}

const pathOf = (row: store.GroupRow) => ({
  group: groupOf(row),
  memberSince: row.memberSince,
  memberUntil: row.memberUntil,
  grant: row.isOwnerGroup ? null : grantOf(row),
  delegation: row.delegation
    ? {
        id: row.delegation.delegationId,
        partnerTenantId: row.delegation.partnerTenantId,
        activationId: row.delegation.activationId,
      }
    : null,
});

/** Each condition that is not met must be mended, and where the right is missing one way to it is enough. */
function remediesOf(
  ways: ReturnType<typeof waysTo>,
  { mending, asPartner }: Record<'mending' | 'asPartner', Change[] | undefined>,
  { holds, allowed }: { holds: boolean; allowed: boolean },
): Explained['remedies'] {
  if (allowed) return [];
  if (holds) return mending ? [{ changes: mending, alsoGives: 0 }] : [];
  return ways.flatMap(({ changes, alsoGives, isPartners }) => {
    const first = isPartners ? asPartner : mending;
    return first ? [{ changes: [...first, ...changes], alsoGives }] : [];
  });
}

/** Who may not see groups learns nothing of those that it is not in: through them there is one way, and it names none. */
function withoutNames(
  remedies: Explained['remedies'],
  rows: store.GroupRow[],
  mending: Change[] = [],
): Explained['remedies'] {
  const own = new Set(
    rows.flatMap(({ id, memberSince, delegation }) => (memberSince === null && !delegation ? [] : [id])),
  );
  const named = remedies.filter(({ changes }) => changes.every(({ group }) => !group || own.has(group.id)));
  if (named.length === remedies.length) return remedies;
  const some = change(
    'join-some-group',
    'Somebody who may change groups adds it to one that gives this, or makes one that does.',
  );
  return [...named, { changes: [...mending, some], alsoGives: 0 }];
}

const kinds = ['account', 'service-account', 'guest'] as const;

/**
 * Everybody who may act and holds the permission, each with the paths by which it does.
 *
 * @throws {Problem} 400 that names `query.resource`
 */
export async function listHolders(ctx: TenantContext, query: z.output<typeof HoldersQuery>) {
  const { permission, resource, ...list } = query;
  const namespaceId = resource === undefined || resource === ctx.tenantId ? null : resource;
  if (namespaceId && (await store.namespaceName(ctx, namespaceId)) === undefined)
    throw invalid({ path: 'query.resource', message: 'names no namespace, and not this tenant' });
  const names = grantsThatGive(permission);
  const groupIds = await store.givingGroups(ctx, names, namespaceId);
  const { out } = await guestsActing(ctx, groupIds);
  const found = await membersOf(ctx, groupIds, list, kinds, { out, delegated: [] });
  const rows = await store.pathsOf(
    ctx,
    found.items.map(({ id }) => id),
    groupIds,
    names,
    namespaceId,
  );
  const items = (await nameGuests(ctx, found.items)).map((item) => ({
    ...item,
    paths: rows.filter(({ principalId }) => principalId === item.id).map(pathOf),
  }));
  const comingIn = list.cursor ? [] : await comingInBy(ctx, groupIds);
  const giving = comingIn.length > 0 ? await store.groupsGiving(ctx, comingIn, names, namespaceId) : [];
  const keyOf = (home: { homeTenantId: string; homeAccountId: string }) => `${home.homeTenantId} ${home.homeAccountId}`;
  const homes = comingIn.flatMap(({ otherTenantId: homeTenantId, names: who }) =>
    who.map(({ homeAccountId }) => ({ homeTenantId, homeAccountId })),
  );
  const guests = new Map(
    (homes.length > 0 ? await store.guestsOfHomes(ctx, homes) : []).map((each) => [keyOf(each), each.id]),
  );
  const byGroupsOfOthers = comingIn.map(
    ({ id, otherTenantId, groupId, since, until, people, afterApproval, names: who }) => ({
      partnerTenantId: otherTenantId,
      people,
      afterApproval,
      names: who.map((person) => ({
        id: guests.get(keyOf({ homeTenantId: otherTenantId, ...person })) ?? null,
        ...person,
      })),
      paths: giving
        .filter((row) => row.id === groupId)
        .map((row) => ({
          ...pathOf({ ...row, memberSince: since, memberUntil: until }),
          delegation: { id, partnerTenantId: otherTenantId, activationId: null },
        })),
    }),
  );
  return { byGroupsOfOthers, ...found, items };
}

/**
 * Many decisions at once, without their reasons.
 *
 * @throws {Problem} 403 about somebody else without `groups.evaluate` and `groups.view`
 */
export async function evaluate(ctx: TenantContext, { questions }: z.output<typeof EvaluateBody>) {
  const own = ctx.actor.id ?? '';
  const seesOthers = ctx.rights.may('groups.evaluate') || ctx.rights.may('groups.view');
  if (!seesOthers && questions.some(({ principal = own }) => principal !== own))
    throw lacking('This needs the permission groups.evaluate. Without it, ask about yourself.', {
      permission: 'groups.evaluate',
    });
  const decisions = await decide(
    ctx,
    questions.map(({ principal = own, permission, resource }) => ({
      principalId: principal,
      permission,
      namespaceId: resource === undefined || resource === ctx.tenantId ? null : resource,
    })),
  );
  return { items: decisions.map(({ allowed, reason }) => ({ allowed, reason })) };
}

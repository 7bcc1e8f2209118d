import { timingSafeEqual } from 'node:crypto';
import { CompiledQuery, type Kysely } from 'kysely';
import { type Given, Rights } from './access.ts';
import { allOf, conditions } from './conditions.ts';
import {
  type CredentialKind,
  fingerprintOf,
  parseCredential,
  parseLinkSecret,
  parseSessionSecret,
} from './credential-text.ts';
import type { Prepared } from './database/pool.ts';
import type { Tables } from './database/tables.gen.ts';
import type { Door, TenantState } from './doors.ts';
import { type RequestSignature, readSignature } from './http-signature.ts';
import { unauthenticated } from './problem.ts';
import type { Platform } from './regions.ts';

/**
 * What a request claims to be, before any query: a credential of a form and checksum that we issue. The tenant in it
 * is a claim; it sets the context in which the secret is then looked up by hash.
 */
export type Claim =
  | { kind: 'operator' }
  | SessionClaim
  | BearerClaim
  | { kind: 'ak'; tenantId: string; signature: RequestSignature };

export interface BearerClaim {
  kind: Exclude<CredentialKind, 'op' | 'ak'>;
  tenantId: string;
  secretHash: Buffer;
}

export interface SessionClaim {
  kind: 'session';
  tenantId: string;
  secretHash: Buffer;
  /** Of a guest whose home is in another region. */
  isGuest: boolean;
}

export const cookieName = (region: string) => `__Host-bailiwick-${region}`;
/** Of a sign-in that is not finished, and of a browser that was seen before: neither is a credential. */
export const unfinishedCookieName = (region: string) => `__Host-bailiwick-unfinished-${region}`;
export const deviceCookieName = (region: string) => `__Host-bailiwick-device-${region}`;

interface Headers {
  authorization?: string | undefined;
  cookie?: string | undefined;
  'signature-input'?: string | string[] | undefined;
  [name: string]: string | string[] | undefined;
}

/**
 * Reads the credential of a request: a bearer first, then a signature, then a session cookie.
 *
 * @returns undefined when there is none
 * @throws {Problem} 401 when there is one that we never issued; no query was made
 */
export function readClaim(
  platform: Platform,
  headers: Headers,
  cookies: Record<string, string | undefined> = {},
): Claim | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const token = /^Bearer +([!-~]+)$/i.exec(authorization)?.[1];
    if (!token) throw unauthenticated('The Authorization header must be: Bearer <credential>.');
    const fingerprint = fingerprintOf(token);
    const known = platform.claims.get(fingerprint);
    if (known) return known;
    const secretHash = Buffer.from(fingerprint, 'latin1');
    if (timingSafeEqual(secretHash, platform.operatorKeyHash)) return { kind: 'operator' };
    const parsed = parseCredential(token, platform.fingerprintKey);
    if (!parsed || parsed.kind === 'op')
      throw unauthenticated('The credential is not one of ours. Check that it was copied whole.');
    if (parsed.kind === 'ak')
      throw unauthenticated('An agent key signs requests (RFC 9421); it is never sent as a bearer.');
    const claim = { kind: parsed.kind, tenantId: parsed.tenantId, secretHash };
    platform.claims.set(fingerprint, claim);
    return claim;
  }
  if (headers['signature-input'] !== undefined) {
    const signature = readSignature(headers);
    if (!signature) throw unauthenticated('The signature is not of the form that agents use. See RFC 9421.');
    return { kind: 'ak', tenantId: signature.tenantId, signature };
  }
  for (const name of platform.sessionCookies) {
    const value = cookies[name];
    const claim = value ? claimOfSession(platform, value) : undefined;
    if (claim) return claim;
  }
  return undefined;
}

function claimOfSession({ sessionClaims }: Platform, value: string): SessionClaim | undefined {
  const fingerprint = fingerprintOf(value);
  const known = sessionClaims.get(fingerprint);
  if (known) return known;
  const secretHash = Buffer.from(fingerprint, 'latin1');
  const own = parseSessionSecret(value);
  const parsed = own ?? parseLinkSecret(value);
  if (!parsed) return undefined;
  const claim: SessionClaim = { kind: 'session', tenantId: parsed.tenantId, secretHash, isGuest: !own };
  sessionClaims.set(fingerprint, claim);
  return claim;
}

/** Who acts. Persons and machines by id; names are looked up when somebody reads. */
export interface Actor {
  kind:
    | 'account'
    | 'service-account'
    | 'guest'
    | 'provisioning-token'
    | 'service-key'
    | 'agent-key'
    | 'operator'
    | 'system';
  /** The principal, or the credential where it has none; null for operator and system. */
  id: string | null;
  credentialId: string | null;
  door: Door;
}

/** Whether identity providers may provision: paused ones are told to come again. */
export type ProvisioningState = 'on' | 'paused' | 'off';

/** Whose a session is. */
export interface Home {
  tenantId: string;
  accountId: string;
  /** Where home is another region: what it is asked about (`leases.ts`). */
  abroad?: { region: string; sessionId: string; recalls: number };
}

/** What the database says of a claim, read with the request and never kept. */
export interface Identity {
  actor: Actor;
  rights: Rights;
  tenantStatus: TenantState;
  tenantDisplayName: string;
  provisioning: ProvisioningState;
  /** Whether groups of the tenant are let in elsewhere, so that a change may take back what was said of them. */
  lendsGroups: boolean;
  namespaceId: string | null;
  expiresAt: Date | null;
  /** The database's time when the unit of work was opened. */
  now: Date;
  publicKey: Buffer | null;
  /** Last use is older than a minute and should be noted, beside the request. */
  isStale: boolean;
  /** The account of a session, in its home tenant. */
  home: Home | null;
  /** Whether the person of a session proved to be there within 15 minutes; a machine always did. */
  isFresh: boolean;
  /** By which delegation a partner's person acts; everything it does has a twin at home. */
  delegationId: string | null;
  /** What each gives, of somebody whom several let in. */
  delegations?: Given[];
  /** Whether the tenant's policy lets a credential of this kind in from where the request comes. */
  isFromAllowedNetwork: boolean;
}

/** A grant; null of groups without grants, or of no group. */
export interface GrantRow {
  isOwner: boolean | null;
  permission: string | null;
  grantedIn: string | null;
}

/** One row for each grant, however many groups give it: a join costs the database less than gathering them into one. */
interface IdentityRow extends GrantRow {
  credentialId: string;
  principalId: string | null;
  /** Of the keys of namespaces only, as is the public key. */
  namespaceId?: string;
  publicKey?: Buffer | null;
  expiresAt: Date | null;
  isStale: boolean;
  isValid: boolean;
  /** Of sessions only. */
  isFresh?: boolean;
  /** Of guests' sessions only. */
  home?: { tenantId: string; accountId: string; region: string; sessionId: string };
  recalls?: number;
  isFromAllowedNetwork: boolean | null;
  tenantStatus: TenantState;
  tenantDisplayName: string;
  provisioning: ProvisioningState;
  lendsGroups: boolean;
  now: Date;
}

const tenantColumns = `t.status as "tenantStatus", t.display_name as "tenantDisplayName", t.provisioning, t.lends_groups as "lendsGroups"`;
/** Whether the address of parameter `$at` is in a network of the tenant's policy; none means all, unknown means no. */
const networkColumn = (at: number, unless = 'false') =>
  `(t.allowed_networks = '{}' or ${unless} or $${at}::inet <<= any (t.allowed_networks::inet[])) as "isFromAllowedNetwork"`;
const grantColumns = 'held."isOwner", held.permission, held."grantedIn"';

const groupsOf = (principal: string) => `
  select m.group_id from memberships m where m.principal_id = ${principal} and ${allOf(conditions.membership)}`;

/** Row security keeps every table to the tenant; saying it again would only cost. An owner's grants are not needed. */
const grantsOf = (groups: string, of = '') => `
  left join lateral (
    select distinct ${of} g.is_owner_group as "isOwner", r.permission, r.namespace_id as "grantedIn"
    from (${groups}) way
    left join groups g on g.id = way.group_id and ${allOf(conditions.group)}
    left join grants r on r.group_id = g.id and not g.is_owner_group) held on true`;

export function rightsFrom(rows: GrantRow[]): Rights {
  const grants = [];
  let isOwner = false;
  for (const row of rows) {
    if (row.isOwner) isOwner = true;
    if (row.permission) grants.push(row.grantedIn ? `${row.permission}@${row.grantedIn}` : row.permission);
  }
  return new Rights(isOwner, grants);
}

const sessionIdentity = `
  select s.id as "credentialId", s.account_id as "principalId", s.expires_at as "expiresAt",
         s.last_seen_at < platform_time() - interval '1 minute' as "isStale",
         s.ended_at is null and s.expires_at > platform_time()
           and s.last_seen_at > platform_time() - make_interval(mins => t.idle_minutes)
           and ${allOf(conditions.account)} as "isValid",
         s.proved_at > platform_time() - interval '15 minutes' as "isFresh",
         ${networkColumn(2, `s.method = 'emergency-code'`)},
         ${tenantColumns}, platform_time() as now, ${grantColumns}
  from sessions s
  join accounts a on a.id = s.account_id
  cross join tenants t
  ${grantsOf(groupsOf('s.account_id'))}
  where s.secret_hash = $1`;

const isLive = allOf(conditions.credential);

const credentialColumns = `
  select c.id as "credentialId", c.principal_id as "principalId", least(c.expires_at, c.ends_at) as "expiresAt",
         c.last_used_at is null or c.last_used_at < platform_time() - interval '1 minute' as "isStale",
         ${tenantColumns}, platform_time() as now`;

/** A service account's key: the one kind of credential that stands for a principal with rights. */
const keyIdentity = `${credentialColumns}, ${isLive} and ${allOf(conditions.serviceAccount)} as "isValid",
         ${networkColumn(2)}, ${grantColumns}
  from credentials c
  cross join tenants t
  join service_accounts s on s.id = c.principal_id
  ${grantsOf(groupsOf('c.principal_id'))}
  where c.secret_hash = $1`;

/** Provisioning tokens: they open one door and hold no rights. */
const tokenIdentity = `${credentialColumns}, ${isLive} as "isValid",
         ${networkColumn(2, 'not t.networks_hold_for_provisioning')}
  from credentials c
  cross join tenants t
  where c.secret_hash = $1 and c.kind = 'pt'`;

/** Service keys and agent keys: the same, as long as their namespace is there. They stand where gateways stand. */
const namespaceIdentity = (
  condition: string,
) => `${credentialColumns}, c.namespace_id as "namespaceId", c.public_key as "publicKey",
         ${isLive} and ${allOf(conditions.namespace)} as "isValid", true as "isFromAllowedNetwork"
  from credentials c
  cross join tenants t
  join namespaces n on n.id = c.namespace_id
  where ${condition}`;

const serviceIdentity = namespaceIdentity('c.secret_hash = $1');
const agentIdentity = namespaceIdentity('c.id = $1');

/** A guest from another region: home is asked about the rest. */
const guestSessionIdentity = `
  select s.id as "credentialId", p.id as "principalId", s.expires_at as "expiresAt", false as "isStale", false as "isFresh",
         s.expires_at > platform_time() and (p.ended_at is null or exists (
           select from delegations d where d.other_tenant_id = p.home_tenant_id and ${allOf(conditions.delegation)})) as "isValid",
         jsonb_build_object('tenantId', p.home_tenant_id, 'accountId', p.home_account_id, 'region', p.home_region,
                            'sessionId', s.home_session_id) as home, p.recalls,
         ${networkColumn(2)}, ${tenantColumns}, platform_time() as now, ${grantColumns}
  from guest_sessions s
  join guests p on p.id = s.guest_id
  cross join tenants t
  ${grantsOf(groupsOf('p.id'))}
  where s.secret_hash = $1`;

/** Whether a person ($2) of one of a partner's groups ($5) may act by a delegation: each use activated where that is asked. */
const delegationHolds = `d.other_tenant_id = $1 and d.partner_group_id = any($5::uuid[]) and ${allOf(conditions.delegation)}
  and (not d.needs_activation or exists (
    select from delegation_activations v where v.delegation_id = d.id and v.home_account_id = $2 and ${allOf(conditions.activation)}))`;

/** Whether a delegation stands for one of a partner's groups ($2) that waits for an activation; asked of who was not let in. */
export const activationStatement = ({ tenantId }: Pick<Home, 'tenantId'>, groupIds: string[]): Prepared => ({
  name: 'activation-needed',
  text: `select d.id from delegations d cross join tenants t
         where d.other_tenant_id = $1 and d.partner_group_id = any($2::uuid[]) and d.needs_activation
           and ${allOf(conditions.delegation)} limit 1`,
  values: [tenantId, groupIds],
});

/** One who was invited ($4: home lets it visit) has memberships; one of a partner's group has what delegations give. */
const guestIdentity = `
  select p.id as "principalId", p.ended_at is null and $4 as "isInvited", p.recalls, held."delegationId",
         p.last_used_at is null or p.last_used_at < platform_time() - interval '1 minute' as "isStale",
         ${tenantColumns}, platform_time() as now, ${networkColumn(3)}, ${grantColumns}
  from guests p
  cross join tenants t
  ${grantsOf(
    `select m.group_id, null::uuid as delegation_id from memberships m
     where m.principal_id = p.id and p.ended_at is null and $4 and ${allOf(conditions.membership)}
     union all
     select d.group_id, d.id from delegations d where ${delegationHolds}`,
    'way.delegation_id as "delegationId",',
  )}
  where p.home_tenant_id = $1 and p.home_account_id = $2`;

/**
 * The statement that resolves a claim in its own tenant; goes in the round trip that opens the unit of work.
 *
 * @param from the plain address of the request
 */
export function identityStatement(claim: Exclude<Claim, { kind: 'operator' }>, from: string | null): Prepared {
  if (claim.kind === 'session' && claim.isGuest)
    return { name: 'identity-guest-session', text: guestSessionIdentity, values: [claim.secretHash, from] };
  if (claim.kind === 'session')
    return { name: 'identity-session', text: sessionIdentity, values: [claim.secretHash, from] };
  if (claim.kind === 'ak') return { name: 'identity-agent', text: agentIdentity, values: [claim.signature.keyId] };
  if (claim.kind === 'sa') return { name: 'identity-key', text: keyIdentity, values: [claim.secretHash, from] };
  if (claim.kind === 'pt') return { name: 'identity-token', text: tokenIdentity, values: [claim.secretHash, from] };
  return { name: 'identity-service', text: serviceIdentity, values: [claim.secretHash] };
}

const actorKinds = {
  session: 'account',
  sa: 'service-account',
  pt: 'provisioning-token',
  sk: 'service-key',
  ak: 'agent-key',
} as const;
const actorDoors = { session: 'console', sa: 'api-key', pt: 'scim', sk: 'gateway', ak: 'gateway' } as const;

/** @throws {Problem} 401 when the database does not know the credential, or it is over */
export function identityOf(claim: Exclude<Claim, { kind: 'operator' }>, rows: unknown[]): Identity {
  const row = rows[0] as IdentityRow | undefined;
  if (!row?.isValid) throw unauthenticated('The credential is not valid: it is unknown, revoked, paused or over.');
  return {
    actor: {
      kind: row.home ? 'guest' : actorKinds[claim.kind],
      id: row.principalId ?? row.credentialId,
      credentialId: row.credentialId,
      door: actorDoors[claim.kind],
    },
    rights: rightsFrom(rows as IdentityRow[]),
    tenantStatus: row.tenantStatus,
    tenantDisplayName: row.tenantDisplayName,
    provisioning: row.provisioning,
    lendsGroups: row.lendsGroups,
    namespaceId: row.namespaceId ?? null,
    expiresAt: row.expiresAt,
    now: row.now,
    publicKey: row.publicKey ?? null,
    isStale: row.isStale,
    home: claim.kind === 'session' ? homeOf(claim.tenantId, row) : null,
    isFresh: row.isFresh ?? true,
    delegationId: null,
    isFromAllowedNetwork: row.isFromAllowedNetwork === true,
  };
}

function homeOf(tenantId: string, { principalId, home, recalls = 0 }: IdentityRow): Home {
  if (!home) return { tenantId, accountId: principalId as string };
  const { region, sessionId } = home;
  return { tenantId: home.tenantId, accountId: home.accountId, abroad: { region, sessionId, recalls } };
}

/** How home lets the person of a session visit another tenant: by an invitation, by groups of it that are let in. */
export interface Visit {
  isInvited: boolean;
  groupIds: string[];
}

export function visitOf(rows: unknown[]): Visit | undefined {
  const found = rows as { isInvited: boolean; groupId: string | null }[];
  if (found.length === 0) return undefined;
  return {
    isInvited: found.some(({ isInvited }) => isInvited),
    groupIds: found.flatMap(({ groupId }) => groupId ?? []),
  };
}

/** Whether home still lets the person of a session visit the tenant; asked with the session, when a path names another. */
export const visitStatement = (claim: Claim, tenantId: string): Prepared[] =>
  claim.kind === 'session' && !claim.isGuest
    ? [
        {
          name: 'visit',
          text: `select true as "isInvited", null::uuid as "groupId"
                 from sessions s join visits v on v.account_id = s.account_id
                 where s.secret_hash = $1 and v.visited_tenant_id = $2
                 union all
                 select false, g.id
                 from delegations d
                 join groups g on g.id = d.partner_group_id and ${allOf(conditions.group)}
                 join memberships m on m.group_id = g.id and ${allOf(conditions.membership)}
                 join sessions s on s.account_id = m.principal_id
                 where d.side = 'partner' and d.other_tenant_id = $2 and d.state in ('requested', 'active')
                   and s.secret_hash = $1`,
          values: [claim.secretHash, tenantId],
        },
      ]
    : [];

export const guestStatement = (
  { tenantId, accountId }: Home,
  from: string | null,
  { isInvited, groupIds }: Visit,
): Prepared => ({
  name: 'identity-guest',
  text: guestIdentity,
  values: [tenantId, accountId, from, isInvited, groupIds],
});

/** A grant of a guest, and the delegation that it is by. */
export type GuestRow = GrantRow & { delegationId: string | null };

/** What each delegation gives that lets a guest in, the oldest first. */
export function givenBy(rows: GuestRow[]): Given[] {
  const ids = new Set(rows.flatMap(({ delegationId }) => delegationId ?? []));
  return [...ids]
    .sort()
    .map((id) => ({ id, rights: rightsFrom(rows.filter(({ delegationId }) => delegationId === id)) }));
}

/** The identity of a session in another tenant; undefined when it is no guest there. */
export function guestOf(home: Identity, rows: unknown[]): Identity | undefined {
  const row = rows[0] as
    | (TenantRow &
        Pick<IdentityRow, 'isFromAllowedNetwork' | 'isStale'> & {
          principalId: string;
          isInvited: boolean;
          recalls: number;
        })
    | undefined;
  const delegations = givenBy(rows as GuestRow[]);
  const delegationId = delegations[0]?.id ?? null;
  if (!row || !(row.isInvited || delegationId)) return undefined;
  const abroad = home.home?.abroad;
  return {
    ...home,
    // Whoever a delegation lets in acts as a partner, also where an invitation would do.
    actor: { ...home.actor, kind: 'guest', id: row.principalId, door: delegationId ? 'partner' : home.actor.door },
    delegationId,
    ...(delegations.length > 1 ? { delegations } : {}),
    // One in the Owner Group may do what owners may, but never counts as one (design, section 5).
    rights: rightsFrom(rows as GrantRow[]),
    tenantStatus: row.tenantStatus,
    tenantDisplayName: row.tenantDisplayName,
    provisioning: row.provisioning,
    lendsGroups: row.lendsGroups,
    now: row.now,
    isStale: row.isStale,
    // Of a guest from another region home judges the network when it is asked.
    isFromAllowedNetwork: (abroad !== undefined || home.isFromAllowedNetwork) && row.isFromAllowedNetwork === true,
  };
}

/** What `operatorStatement` reads. */
export type TenantRow = Pick<
  IdentityRow,
  'tenantStatus' | 'tenantDisplayName' | 'provisioning' | 'lendsGroups' | 'now'
>;

export const operatorStatement: Prepared = {
  name: 'identity-operator',
  text: `select ${tenantColumns}, platform_time() as now from tenants t where t.tenant_id = current_tenant()`,
  values: [],
};

/** The operator acting on a tenant; undefined when there is no such tenant in the cell. */
export function operatorOf(rows: unknown[]): Identity | undefined {
  const row = rows[0] as TenantRow | undefined;
  if (!row) return undefined;
  return systemIdentity({ kind: 'operator', id: null, credentialId: null, door: 'operator' }, row);
}

const principalNow = `
  select ${grantColumns},
         case p.kind when 'account' then ${allOf(conditions.account)}
                     when 'service-account' then ${allOf(conditions.serviceAccount)}
                     else true end as "isValid"
  from principals p
  left join accounts a on a.id = p.id
  left join service_accounts s on s.id = p.id
  ${grantsOf(groupsOf('p.id'))}
  where p.id = $1`;

/** What a principal holds at this moment, for work that it asked for earlier; nothing when it is no longer let in. */
export async function rightsNow(db: Kysely<Tables>, principalId: string): Promise<Rights> {
  const { rows } = await db.executeQuery<GrantRow & { isValid: boolean }>(
    CompiledQuery.raw(principalNow, [principalId]),
  );
  return rows[0]?.isValid ? rightsFrom(rows) : Rights.none;
}

/** An identity without rights of its own: the operator, a job, a link in a mail. */
export function systemIdentity(actor: Actor, row: TenantRow): Identity {
  return {
    actor,
    rights: Rights.none,
    tenantStatus: row.tenantStatus,
    tenantDisplayName: row.tenantDisplayName,
    provisioning: row.provisioning,
    lendsGroups: row.lendsGroups,
    namespaceId: null,
    expiresAt: null,
    now: row.now,
    publicKey: null,
    isStale: false,
    home: null,
    isFresh: true,
    delegationId: null,
    isFromAllowedNetwork: true,
  };
}

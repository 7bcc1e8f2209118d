import { timingSafeEqual } from 'node:crypto';
import { CompiledQuery, type Kysely } from 'kysely';
import { Rights } from './access.ts';
import { type CredentialKind, hashSecret, parseCredential, parseSessionSecret } from './credential-text.ts';
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
  | { kind: 'session'; tenantId: string; secretHash: Buffer }
  | { kind: Exclude<CredentialKind, 'op' | 'ak'>; tenantId: string; secretHash: Buffer }
  | { kind: 'ak'; tenantId: string; signature: RequestSignature };

export const cookieName = (region: string) => `__Host-bailiwick-${region}`;

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
  cookies: Record<string, string | undefined>,
): Claim | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const token = /^Bearer ([!-~]+)$/i.exec(authorization)?.[1];
    if (!token) throw unauthenticated('The Authorization header must be: Bearer <credential>.');
    const secretHash = hashSecret(token);
    if (timingSafeEqual(secretHash, platform.operatorKeyHash)) return { kind: 'operator' };
    const parsed = parseCredential(token, platform.fingerprintKey);
    if (!parsed || parsed.kind === 'op')
      throw unauthenticated('The credential is not one of ours. Check that it was copied whole.');
    if (parsed.kind === 'ak')
      throw unauthenticated('An agent key signs requests (RFC 9421); it is never sent as a bearer.');
    return { kind: parsed.kind, tenantId: parsed.tenantId, secretHash };
  }
  if (headers['signature-input'] !== undefined) {
    const signature = readSignature(headers);
    if (!signature) throw unauthenticated('The signature is not of the form that agents use. See RFC 9421.');
    return { kind: 'ak', tenantId: signature.tenantId, signature };
  }
  for (const region of platform.regions.keys()) {
    const value = cookies[cookieName(region)];
    if (!value) continue;
    const parsed = parseSessionSecret(value);
    if (parsed) return { kind: 'session', tenantId: parsed.tenantId, secretHash: hashSecret(value) };
  }
  return undefined;
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

/** What the database says of a claim, read with the request and never kept. */
export interface Identity {
  actor: Actor;
  rights: Rights;
  tenantStatus: TenantState;
  tenantDisplayName: string;
  namespaceId: string | null;
  expiresAt: Date | null;
  /** The database's time when the unit of work was opened. */
  now: Date;
  publicKey: Buffer | null;
  /** Last use is older than a minute and should be noted, beside the request. */
  isStale: boolean;
  /** The account of a session, in its home tenant. */
  homeAccountId: string | null;
}

interface IdentityRow {
  credentialId: string;
  principalId: string | null;
  namespaceId: string | null;
  publicKey: Buffer | null;
  expiresAt: Date | null;
  isStale: boolean;
  isValid: boolean;
  tenantStatus: TenantState;
  tenantDisplayName: string;
  now: Date;
  grants: string[] | null;
}

/** All grants of a principal as one array, `*` for those of an owner; one sub-plan costs less than a join with aggregates. */
const grantsOf = (tenant: string, principal: string) => `array(
    select case when g.is_owner_group then '*' else r.permission || coalesce('@' || r.namespace_id::text, '') end
    from memberships m
    join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id and g.status = 'enabled'
    left join grants r on r.tenant_id = g.tenant_id and r.group_id = g.id
    where m.tenant_id = ${tenant} and m.principal_id = ${principal} and (g.is_owner_group or r.permission is not null)) as grants`;

const rightsFrom = (grants: string[] | null) =>
  new Rights(
    grants?.includes('*') ?? false,
    (grants ?? []).filter((grant) => grant !== '*'),
  );

const sessionIdentity = `
  select s.id as "credentialId", s.account_id as "principalId", null::uuid as "namespaceId", null::bytea as "publicKey",
         s.expires_at as "expiresAt", s.last_seen_at < now.at - interval '1 minute' as "isStale",
         s.ended_at is null and s.expires_at > now.at and s.last_seen_at > now.at - interval '2 hours' and a.status = 'enabled' and a.deleted_at is null as "isValid",
         t.status as "tenantStatus", t.display_name as "tenantDisplayName", now.at as now,
         ${grantsOf('s.tenant_id', 's.account_id')}
  from (select platform_time() as at) now
  join sessions s on s.secret_hash = $1 and s.tenant_id = current_tenant()
  join accounts a on a.tenant_id = s.tenant_id and a.id = s.account_id
  join tenants t on t.tenant_id = s.tenant_id`;

const isLive = `c.revoked_at is null and c.paused_at is null
           and (c.expires_at is null or c.expires_at > now.at) and (c.ends_at is null or c.ends_at > now.at)`;

const credentialColumns = `
  select c.id as "credentialId", c.principal_id as "principalId", c.namespace_id as "namespaceId", c.public_key as "publicKey",
         least(c.expires_at, c.ends_at) as "expiresAt",
         c.last_used_at is null or c.last_used_at < now.at - interval '1 minute' as "isStale",
         t.status as "tenantStatus", t.display_name as "tenantDisplayName", now.at as now`;

/** A service account's key: the one kind of credential that stands for a principal with rights. */
const keyIdentity = `${credentialColumns}, ${isLive} and s.status = 'enabled' and s.deleted_at is null as "isValid",
         ${grantsOf('c.tenant_id', 'c.principal_id')}
  from (select platform_time() as at) now
  join credentials c on c.secret_hash = $1 and c.tenant_id = current_tenant()
  join tenants t on t.tenant_id = c.tenant_id
  join service_accounts s on s.tenant_id = c.tenant_id and s.id = c.principal_id`;

/** Credentials that open one door and hold no rights: provisioning tokens, service keys, agent keys. */
const doorIdentity = (condition: string) => `${credentialColumns},
         ${isLive} and (c.namespace_id is null or n.deleted_at is null) as "isValid", null::text[] as grants
  from (select platform_time() as at) now
  join credentials c on ${condition} and c.tenant_id = current_tenant() and c.principal_id is null
  join tenants t on t.tenant_id = c.tenant_id
  left join namespaces n on n.tenant_id = c.tenant_id and n.id = c.namespace_id`;

const secretIdentity = doorIdentity('c.secret_hash = $1');
const agentIdentity = doorIdentity('c.id = $1');

const guestIdentity = `
  select p.id as "principalId", t.status as "tenantStatus", t.display_name as "tenantDisplayName",
         ${grantsOf('p.tenant_id', 'p.id')}
  from guests p
  join tenants t on t.tenant_id = p.tenant_id
  where p.tenant_id = current_tenant() and p.home_tenant_id = $1 and p.home_account_id = $2`;

/** The statement that resolves a claim in its own tenant; goes in the round trip that opens the unit of work. */
export function identityStatement(claim: Exclude<Claim, { kind: 'operator' }>): Prepared {
  if (claim.kind === 'session') return { name: 'identity-session', text: sessionIdentity, values: [claim.secretHash] };
  if (claim.kind === 'ak') return { name: 'identity-agent', text: agentIdentity, values: [claim.signature.keyId] };
  if (claim.kind === 'sa') return { name: 'identity-key', text: keyIdentity, values: [claim.secretHash] };
  return { name: 'identity-secret', text: secretIdentity, values: [claim.secretHash] };
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
      kind: actorKinds[claim.kind],
      id: row.principalId ?? row.credentialId,
      credentialId: row.credentialId,
      door: actorDoors[claim.kind],
    },
    rights: rightsFrom(row.grants),
    tenantStatus: row.tenantStatus,
    tenantDisplayName: row.tenantDisplayName,
    namespaceId: row.namespaceId,
    expiresAt: row.expiresAt,
    now: row.now,
    publicKey: row.publicKey,
    isStale: row.isStale,
    homeAccountId: claim.kind === 'session' ? row.principalId : null,
  };
}

export const guestStatement = (homeTenantId: string, homeAccountId: string): Prepared => ({
  name: 'identity-guest',
  text: guestIdentity,
  values: [homeTenantId, homeAccountId],
});

/** The identity of a session in another tenant of its cell; undefined when it is no guest there. */
export function guestOf(home: Identity, rows: unknown[]): Identity | undefined {
  const row = rows[0] as
    | (Pick<IdentityRow, 'tenantStatus' | 'tenantDisplayName' | 'grants'> & { principalId: string })
    | undefined;
  if (!row) return undefined;
  return {
    ...home,
    actor: { ...home.actor, kind: 'guest', id: row.principalId },
    // One in the Owner Group may do what owners may, but never counts as one (design, section 5).
    rights: rightsFrom(row.grants),
    tenantStatus: row.tenantStatus,
    tenantDisplayName: row.tenantDisplayName,
  };
}

export const operatorStatement: Prepared = {
  name: 'identity-operator',
  text: 'select status as "tenantStatus", display_name as "tenantDisplayName", platform_time() as now from tenants where tenant_id = current_tenant()',
  values: [],
};

/** The operator acting on a tenant; undefined when there is no such tenant in the cell. */
export function operatorOf(rows: unknown[]): Identity | undefined {
  const row = rows[0] as Pick<IdentityRow, 'tenantStatus' | 'tenantDisplayName' | 'now'> | undefined;
  if (!row) return undefined;
  return systemIdentity({ kind: 'operator', id: null, credentialId: null, door: 'operator' }, row);
}

const principalNow = `
  select p.kind, ${grantsOf('p.tenant_id', 'p.id')},
         case p.kind when 'account' then a.status = 'enabled' and a.deleted_at is null
                     when 'service-account' then s.status = 'enabled' and s.deleted_at is null
                     else true end as "isValid"
  from principals p
  join tenants t on t.tenant_id = p.tenant_id
  left join accounts a on a.tenant_id = p.tenant_id and a.id = p.id
  left join service_accounts s on s.tenant_id = p.tenant_id and s.id = p.id
  where p.tenant_id = current_tenant() and p.id = $1`;

/** What a principal holds at this moment, for work that it asked for earlier; nothing when it is no longer let in. */
export async function rightsNow(db: Kysely<Tables>, principalId: string): Promise<Rights> {
  const { rows } = await db.executeQuery<Pick<IdentityRow, 'isValid' | 'grants'>>(
    CompiledQuery.raw(principalNow, [principalId]),
  );
  const row = rows[0];
  return row?.isValid ? rightsFrom(row.grants) : new Rights(false, []);
}

/** An identity without rights of its own: the operator, a job, a link in a mail. */
export function systemIdentity(
  actor: Actor,
  row: Pick<IdentityRow, 'tenantStatus' | 'tenantDisplayName' | 'now'>,
): Identity {
  return {
    actor,
    rights: new Rights(false, []),
    tenantStatus: row.tenantStatus,
    tenantDisplayName: row.tenantDisplayName,
    namespaceId: null,
    expiresAt: null,
    now: row.now,
    publicKey: null,
    isStale: false,
    homeAccountId: null,
  };
}

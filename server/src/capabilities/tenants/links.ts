import type { Actor } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { ask, type Prepared, Unit } from '../../kernel/database/pool.ts';
import { newId } from '../../kernel/ids.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Place, Platform, Region } from '../../kernel/regions.ts';

/*
 * Links that lead to a tenant which is not there yet. Their secret names the id that the tenant will have; it has no
 * placement, so its row is looked for in every cell of the regions that this node serves.
 */

/** Registering, by a link in a mail or by an invitation; setting up the first tenant. */
export type LinkPurpose = 'registration' | 'setup';

export const throughLink: Actor = { kind: 'system', id: null, credentialId: null, door: 'link' };

export interface FoundLink {
  place: Place;
  tenantId: string;
  secretHash: Buffer;
  isOpen: boolean;
  /** Null for an invitation to register and for setting up. */
  registrationId: string | null;
  /** Of the registration, or of the address that an invitation is for. */
  email: string | null;
  emailCanonical: string | null;
  fullName: string | null;
  mobilePhone: string | null;
}

const lookUp = (secretHash: Buffer, purpose: LinkPurpose): Prepared => ({
  name: 'unmade-link',
  text: `select l.consumed_at is null and l.expires_at > platform_time() as "isOpen", l.registration_id as "registrationId",
                r.email, r.email_canonical as "emailCanonical", r.full_name as "fullName", r.mobile_phone as "mobilePhone"
         from links l left join registrations r on r.tenant_id = l.tenant_id
         where l.tenant_id = current_tenant() and l.secret_hash = $1 and l.purpose = $2`,
  values: [secretHash, purpose],
});

/** @returns undefined for a text that is no link of that purpose in these regions */
export async function findLink(
  regions: Iterable<Region>,
  purpose: LinkPurpose,
  token: string,
): Promise<FoundLink | undefined> {
  const tenantId = parseLinkSecret(token)?.tenantId;
  if (!tenantId) return undefined;
  const secretHash = hashSecret(token);
  for (const region of regions)
    for (const [cellIndex, cell] of region.cells.entries()) {
      const { unit, rows } = await Unit.open(cell, tenantId, [lookUp(secretHash, purpose)]);
      unit.finishRead();
      const [found] = rows[0] as Omit<FoundLink, 'place' | 'tenantId' | 'secretHash'>[];
      if (found) return { ...found, place: { region, cell, cellIndex }, tenantId, secretHash };
    }
  return undefined;
}

/** Writes a link in the context of the tenant that it leads to. @returns its secret, to be shown or mailed once */
export async function writeLink(
  ctx: TenantContext,
  link: { purpose: LinkPurpose; expiresAt: Date; registrationId?: string; token?: string },
): Promise<string> {
  const { purpose, expiresAt, registrationId = null, token = formatLinkSecret(ctx.tenantId) } = link;
  await ctx.db
    .insertInto('links')
    .values({
      tenantId: ctx.tenantId,
      id: newId(),
      purpose,
      registrationId,
      secretHash: hashSecret(token),
      createdAt: ctx.now,
      expiresAt,
    })
    .execute();
  return token;
}

/** Uses the link: of any number at once one succeeds. @throws {Problem} 410 `link-over` */
export async function consumeLink(ctx: TenantContext, secretHash: Buffer): Promise<void> {
  const used = await ctx.db
    .updateTable('links')
    .set({ consumedAt: ctx.now })
    .where('secretHash', '=', secretHash)
    .where('consumedAt', 'is', null)
    .where('expiresAt', '>', ctx.now)
    .returning('id')
    .executeTakeFirst();
  if (!used) throw linkUsed();
}

export const linkUsed = () =>
  new Problem(410, 'link-over', 'This link is not valid any more: it was used or is too old. Ask for another.');

/** Whether there is, or was, a tenant in a region that this node serves. */
export async function hasTenants(platform: Platform): Promise<boolean> {
  const cells = [...platform.regions.values()].flatMap((region) => region.cells);
  const found = await Promise.all(
    cells.map((cell) => ask(cell, { name: 'has-tenants', text: 'select 1 from tenant_index limit 1', values: [] })),
  );
  return found.some((rows) => rows.length > 0);
}

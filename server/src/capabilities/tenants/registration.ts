import type { z } from 'zod';
import { type CanonicalEmail, canonicalEmail } from '../../kernel/canonical.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { countGuess, networkOf } from '../../kernel/guesses.ts';
import { newId } from '../../kernel/ids.ts';
import { languageOfRequest } from '../../kernel/messages/languages.ts';
import { forbidden, invalid } from '../../kernel/problem.ts';
import type { Region } from '../../kernel/regions.ts';
import { createOwnerWithPassword, hashNewPassword } from '../accounts/service.ts';
import { joinOwnerGroup } from '../groups/service.ts';
import { consumeLink, type FoundLink, findLink, linkUsed, throughLink, writeLink } from './links.ts';
import { emptiestCell, inUnmade, makeTenant } from './making.ts';
import { checkProfile } from './profile.ts';
import type { CompleteRegistration, NewRegistration, NewRegistrationInvitation } from './schema.ts';

const HOUR_SECONDS = 3600;
const INVITATION_SECONDS = 7 * 24 * HOUR_SECONDS;
const PER_SOURCE = 60;
const PER_ADDRESS = 5;

/** @throws {Problem} 400 that names `email` */
function addressOf(email: string): Extract<CanonicalEmail, { ok: true }> {
  const address = canonicalEmail(email);
  if (!address.ok) throw invalid({ path: 'email', message: address.reason });
  return address;
}

const firstCell = async (region: Region) => {
  const cellIndex = await emptiestCell(region);
  return { region, cell: region.cells[cellIndex] as FoundLink['place']['cell'], cellIndex };
};

/**
 * Notes that somebody wants a tenant, in the region that they chose and nowhere else, and mails the link to go on
 * with. The answer tells nothing of the address.
 *
 * @throws {Problem} 421 for a region served elsewhere; 403 `registration-off`; 400 that names the field; 429
 */
export async function register(
  { platform, request }: PlatformContext,
  { invitation, ...body }: z.output<typeof NewRegistration>,
) {
  const region = await platform.regionOf(body.region);
  const mode = platform.config.registration;
  if (mode === 'off') throw forbidden('registration-off', 'The operator of this platform makes the tenants. Ask them.');
  const { email, canonical } = addressOf(body.email);
  await countGuess(platform, [
    {
      purpose: 'registration-source',
      of: [networkOf(request.sourceAddress)],
      limit: PER_SOURCE,
      windowSeconds: HOUR_SECONDS,
    },
    { purpose: 'registration-address', of: [canonical], limit: PER_ADDRESS, windowSeconds: HOUR_SECONDS },
  ]);
  const invited = mode === 'invited' ? await readInvitation(region, invitation, canonical) : undefined;
  const tenantId = invited?.tenantId ?? newId();
  const place = invited?.place ?? (await firstCell(region));
  await inUnmade({ platform, request, place, tenantId, actor: throughLink }, async (ctx) => {
    if (invited) await consumeInvitation(ctx, invited);
    const registrationId = newId();
    const { fullName, mobilePhone } = body;
    await ctx.db
      .insertInto('registrations')
      .values({
        tenantId,
        id: registrationId,
        email,
        emailCanonical: canonical,
        fullName,
        mobilePhone,
        createdAt: ctx.now,
      })
      .execute();
    const expiresAt = ctx.later(HOUR_SECONDS);
    const token = await writeLink(ctx, { purpose: 'registration', registrationId, expiresAt });
    const link = `${region.baseUrl}/register/complete#${token}`;
    const language = languageOfRequest(request);
    ctx.mail({ to: email, language, text: (texts) => texts.registration(region.name, link) });
    await ctx.enqueue('registrations.forget', {}, ctx.later(25 * HOUR_SECONDS));
  });
  return { message: 'If the address is right, a mail with a link is on its way. The link works for one hour.' };
}

/** @throws {Problem} 400 that names `invitation`, for whatever reason it does not hold */
async function readInvitation(region: Region, invitation: string | undefined, canonical: string): Promise<FoundLink> {
  if (invitation === undefined)
    throw invalid({ path: 'invitation', message: 'is required here; ask the operator of the platform for one' });
  const found = await findLink([region], 'registration', invitation);
  const isFor = found?.emailCanonical ?? canonical;
  if (!found?.isOpen || found.registrationId || isFor !== canonical) throw notInvited();
  return found;
}

const notInvited = () =>
  invalid({ path: 'invitation', message: 'was used, is too old, or is for another region or address' });

async function consumeInvitation(ctx: TenantContext, { secretHash }: FoundLink) {
  await consumeLink(ctx, secretHash).catch((error) => {
    throw error?.code === 'link-over' ? notInvited() : error;
  });
  await ctx.db.deleteFrom('registrations').execute(); // the address that the invitation was for
}

/**
 * Lets one person register where registration is by invitation.
 *
 * @returns the invitation, shown once
 * @throws {Problem} 421 for a region served elsewhere; 400 that names the field
 */
export async function invite(
  { platform, request }: PlatformContext,
  { region: code, email: typed }: z.output<typeof NewRegistrationInvitation>,
) {
  const region = await platform.regionOf(code);
  const address = typed === undefined ? undefined : addressOf(typed);
  const operator = { kind: 'operator', id: null, credentialId: null, door: 'operator' } as const;
  const tenantId = newId();
  const place = await firstCell(region);
  return inUnmade({ platform, request, place, tenantId, actor: operator }, async (ctx) => {
    const expiresAt = ctx.later(INVITATION_SECONDS);
    const invitation = await writeLink(ctx, { purpose: 'registration', expiresAt });
    if (address)
      await ctx.db
        .insertInto('registrations')
        .values({
          tenantId,
          id: newId(),
          email: address.email,
          emailCanonical: address.canonical,
          fullName: '',
          mobilePhone: '',
          createdAt: ctx.now,
        })
        .execute();
    await ctx.enqueue('registrations.forget', {}, ctx.later(INVITATION_SECONDS + 25 * HOUR_SECONDS));
    return { invitation, expiresAt };
  });
}

/** @throws {Problem} 410 `link-over` for a link that was used, is too old or never was */
async function openRegistration({ platform }: PlatformContext, token: string) {
  const found = await findLink(platform.regions.values(), 'registration', token);
  const { email, fullName, mobilePhone } = found ?? {};
  if (!found?.isOpen || !found.registrationId || !email || !fullName || !mobilePhone) throw linkUsed();
  return { ...found, email, fullName, mobilePhone };
}

/** What the link is about, before it is used. @throws {Problem} 410 `link-over` */
export async function askRegistration(ctx: PlatformContext, token: string) {
  const { place, email, fullName, mobilePhone } = await openRegistration(ctx, token);
  return { region: place.region.code, email, fullName, mobilePhone };
}

/** First and last name from a name as it is written in one field: the last word is the last name. */
export function splitName(fullName: string): { firstName: string; lastName: string } {
  const at = fullName.lastIndexOf(' ');
  return at < 0
    ? { firstName: fullName, lastName: '' }
    : { firstName: fullName.slice(0, at).trim(), lastName: fullName.slice(at + 1) };
}

/**
 * Makes the tenant that somebody registered, and its owner, who is enabled and has the password. The link is used in
 * the same transaction: of any number at once one succeeds.
 *
 * @throws {Problem} 410 `link-over`; 400 that names the field; 409 `name-taken`. Both leave the link as it is
 */
export async function completeRegistration(
  { platform, request }: PlatformContext,
  { token, password, ...profile }: z.output<typeof CompleteRegistration>,
) {
  const { place, tenantId, secretHash, registrationId, email, fullName, mobilePhone } = await openRegistration(
    { platform, request },
    token,
  );
  const { region, cellIndex } = place;
  const row = checkProfile(profile, request, 'customer');
  const passwordHash = await hashNewPassword(platform, tenantId, password, {
    email,
    names: [fullName, row.name, row.displayName, row.legalName],
    minLength: 15,
  });
  const made = await makeTenant(platform, {
    tenantId,
    region,
    cellIndex,
    actor: throughLink,
    request,
    row,
    also: async (ctx) => {
      await consumeLink(ctx, secretHash);
      await ctx.db
        .updateTable('registrations')
        .set({ completedAt: ctx.now })
        .where('id', '=', registrationId as string)
        .execute();
      const account = await createOwnerWithPassword(ctx, { ...splitName(fullName), email, mobilePhone, passwordHash });
      await joinOwnerGroup(ctx, account.id);
      return account.id;
    },
  });
  if (!made) throw linkUsed();
  return { tenantId, accountId: made.also, region: region.code, baseUrl: region.baseUrl };
}

/** Deletes what was kept of somebody who registered, a day after the link ran out; the tenant stays, if it was made. */
export async function forgetRegistration({ db }: TenantContext): Promise<void> {
  const tenant = await db.selectFrom('tenants').select('tenantId').executeTakeFirst();
  await db.deleteFrom('links').where('purpose', '=', 'registration').execute();
  await db.deleteFrom('registrations').execute();
  if (!tenant) await db.deleteFrom('mails').execute();
}

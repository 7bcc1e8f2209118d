import { createHash } from 'node:crypto';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { Session } from '../sessions/schema.ts';
import { endSessionsByProvider, sessionOf } from '../sessions/service.ts';
import * as store from './store.ts';

/** By what name a provider knows a session of ours, so that each side can end it with the other's (SAML single logout). */

export interface KnownAs {
  /** As the protocol needs it, to ask the provider with. */
  subject: Readonly<Record<string, string | null>>;
  name: string;
  sessionIndex: string | null;
}

const KEPT_SECONDS = 30 * 86_400;

const hashOf = (text: string) => createHash('sha256').update(text).digest();

/** Notes it for a session that was made, or for one that waits for a second factor (null). */
export async function noteKnownAs(
  ctx: TenantContext,
  providerId: string,
  accountId: string,
  sessionId: string | null,
  { subject, name, sessionIndex }: KnownAs,
): Promise<void> {
  const id = newId();
  await store.insertSamlSession(ctx, {
    id,
    providerId,
    accountId,
    sessionId,
    nameHash: hashOf(name),
    indexHash: sessionIndex === null ? null : hashOf(sessionIndex),
    subject: await ctx.keys.seal(JSON.stringify({ ...subject, sessionIndex }), 'saml_sessions', id, 'subject'),
    expiresAt: ctx.later(KEPT_SECONDS),
  });
}

/**
 * Ends the sessions that came of the provider for whom it names: those of the indexes, or all of the person's where it
 * names none or it is not known which session an index became.
 */
export async function endKnownAs(
  ctx: TenantContext,
  providerId: string,
  name: string,
  sessionIndexes: readonly string[],
): Promise<void> {
  const known = await store.samlSessionsOf(ctx, providerId, hashOf(name));
  const wanted = sessionIndexes.map(hashOf);
  const meant =
    wanted.length === 0
      ? known
      : known.filter(({ indexHash }) => indexHash && wanted.some((each) => each.equals(indexHash)));
  for (const accountId of new Set(meant.map((each) => each.accountId))) {
    const ids = meant.filter((each) => each.accountId === accountId).map(({ sessionId }) => sessionId);
    const isAll = wanted.length === 0 || ids.includes(null);
    const ended = await endSessionsByProvider(ctx, accountId, providerId, isAll ? undefined : (ids as string[]));
    ctx.audit(Session, { target: { kind: 'account', id: accountId }, details: { ended } });
  }
}

/** How the provider knows the caller's session, and which provider it came of. */
export async function ownKnownAs(ctx: TenantContext) {
  const { id: accountId, credentialId } = ctx.actor;
  const session = credentialId ? await sessionOf(ctx, credentialId) : undefined;
  const providerId = session?.identityProviderId;
  if (!accountId || !session || !providerId) return undefined;
  const row = await store.samlSessionFor(ctx, providerId, accountId, session.id);
  if (!row) return { providerId, subject: undefined };
  const subject = JSON.parse(await ctx.keys.open(row.subject, 'saml_sessions', row.id, 'subject'));
  return { providerId, subject: subject as Record<string, string | null> };
}

/** Takes a message of the provider's, once over all nodes. @returns whether this is the first time */
export const takeMessage = (ctx: TenantContext, providerId: string, id: string, seconds: number): Promise<boolean> =>
  store.takeMessage(ctx, providerId, hashOf(id), ctx.later(seconds));

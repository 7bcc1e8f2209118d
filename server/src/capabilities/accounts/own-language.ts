import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { isSpoken } from '../../kernel/messages/languages.ts';
import { ownId } from './email-changes.ts';
import { Account, type OwnLanguage } from './schema.ts';
import { audited } from './shown.ts';
import * as store from './store.ts';

/** In which language a person is written to, by their own choice: also of an account that provisioning manages. */

async function shown(ctx: TenantContext, { id, language }: store.AccountRow) {
  const { language: inUse } = await store.letterhead(ctx, id);
  return { language: isSpoken(language) ? language : null, inUse };
}

export const readOwnLanguage = async (ctx: TenantContext) => shown(ctx, await store.find(ctx, ownId(ctx)));

/** The next mail is in it. To choose what is chosen changes nothing. */
export async function changeOwnLanguage(ctx: TenantContext, { language }: z.output<typeof OwnLanguage>) {
  const before = await store.lock(ctx, ownId(ctx));
  if (before.language === language) return shown(ctx, before);
  const after = await store.update(ctx, before.id, { language });
  ctx.audit(Account, { before: audited(before), after: audited(after) });
  return shown(ctx, after);
}

import type { TenantContext } from '../../kernel/context.ts';
import { hashSecret } from '../../kernel/credential-text.ts';
import { canonicalCode, newReadableCode } from '../../kernel/readable-code.ts';
import * as store from './store.ts';

const CODES = 10;

/** Hashed as it is: 125 random bits are not guessed. */
const hashOf = (typed: string): Buffer => hashSecret(canonicalCode(typed));

/** Makes a new set of codes; earlier ones are over. @returns what is shown once */
export function makeRecoveryCodes(ctx: TenantContext, accountId: string): string[] {
  const codes = Array.from({ length: CODES }, newReadableCode);
  store.removeCodes(ctx, accountId);
  store.insertCodes(ctx, accountId, codes.map(hashOf));
  return codes;
}

/** Uses a code up, once over all nodes. @returns whether it was one */
export const useRecoveryCode = (ctx: TenantContext, accountId: string, code: string): Promise<boolean> =>
  store.takeCode(ctx, accountId, hashOf(code));

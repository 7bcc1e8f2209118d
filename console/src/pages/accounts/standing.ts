import type { Account } from '../../api/types.ts';

/** The status, which tells who accepted the invitation and waits for an administrator from who never did. */
export const standingOf = ({ status, verifiedAt }: Pick<Account, 'status' | 'verifiedAt'>): string =>
  status === 'new' && verifiedAt ? 'to-enable' : status;

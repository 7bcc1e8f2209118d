import type { TenantContext } from '../../kernel/context.ts';

interface NewRow {
  id: string;
  deviceCodeHash: Buffer;
  userCodeFingerprint: Buffer;
  name: string;
  sourceAddress: string | null;
  expiresAt: Date;
}

export const insert = ({ db, tenantId, now }: TenantContext, row: NewRow) =>
  db
    .insertInto('deviceRequests')
    .values({ tenantId, ...row, createdAt: now, askedAt: now })
    .execute();

/** Holds the request of a device until the transaction ends; of any number at once one takes its outcome. */
export const lockByDeviceCode = ({ db }: TenantContext, deviceCodeHash: Buffer) =>
  db
    .selectFrom('deviceRequests')
    .selectAll()
    .where('deviceCodeHash', '=', deviceCodeHash)
    .where('consumedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst();

export const noteQuestion = ({ db, now }: TenantContext, id: string) =>
  db.updateTable('deviceRequests').set({ askedAt: now }).where('id', '=', id).execute();

export const consume = ({ db, now }: TenantContext, id: string) =>
  db.updateTable('deviceRequests').set({ consumedAt: now }).where('id', '=', id).execute();

/** Holds a request that nobody decided about. */
export const lockUndecided = ({ db, now }: TenantContext, userCodeFingerprint: Buffer) =>
  db
    .selectFrom('deviceRequests')
    .selectAll()
    .where('userCodeFingerprint', '=', userCodeFingerprint)
    .where('isAllowed', 'is', null)
    .where('expiresAt', '>', now)
    .forUpdate()
    .executeTakeFirst();

interface Decision {
  isAllowed: boolean;
  accountId: string;
  sessionId: string;
  identityProviderId: string | null;
  hasSecondFactor: boolean;
}

export const decide = ({ db }: TenantContext, id: string, decision: Decision) =>
  db.updateTable('deviceRequests').set(decision).where('id', '=', id).execute();

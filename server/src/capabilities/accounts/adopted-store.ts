import type { TenantContext } from '../../kernel/context.ts';
import { prepared } from '../../kernel/database/queries.ts';
import { type Shared, shared } from './provisioned-store.ts';

/** Local accounts on the way to provisioning and back. */

/** A local account, held until the transaction ends. */
export const lockLocal = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accounts')
    .select([
      'id',
      'username',
      'usernameCanonical',
      'email',
      'emailCanonical',
      'firstName',
      'lastName',
      'displayName',
      'mobilePhone',
      'status',
      'source',
      'lastSignInAt',
      'version',
      'createdAt',
      'updatedAt',
    ])
    .where('id', '=', id)
    .where('source', '=', 'local')
    .where('deletedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst();

const releasing = prepared((db, at: Shared) =>
  db
    .updateTable('accounts')
    .set({ source: 'local', usernameFolded: null, externalId: null, attributes: null, removedAt: null, ...shared(at) })
    .where('id', '=', at.id),
);

/** Makes an account of provisioning a local one. Requires the row to be held. Nothing waits for it. */
export const release = (ctx: TenantContext, row: Shared): void => ctx.defer(releasing(row));

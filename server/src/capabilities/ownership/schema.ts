import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, personal, Timestamp, text } from '../../kernel/schema.ts';

const Person = z.strictObject({ accountId: Id, displayName: personal(z.string()) });

/** An owner's offer to another account, whose person accepts it. */
export const OwnershipTransfer = z
  .strictObject({
    id: Id,
    from: Person,
    to: Person,
    staysOwner: z.boolean().describe('Whether who offers it stays an owner beside the new one.'),
    state: z.enum(['waiting', 'accepted', 'declined', 'cancelled', 'expired']),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    decidedAt: Timestamp.nullable(),
    version: z.int(),
    actions: z.array(Action),
  })
  .meta({ id: 'OwnershipTransfer' });

/** An offer as the audit keeps it. */
export const KeptTransfer = OwnershipTransfer.omit({ from: true, to: true, actions: true })
  .extend({ fromAccountId: Id, toAccountId: Id })
  .meta({ id: 'KeptOwnershipTransfer' });

export const NewOwnershipTransfer = z
  .strictObject({
    accountId: Id.describe('Who becomes an owner: an enabled account of this tenant that is not of provisioning.'),
    staysOwner: z.boolean().default(false),
  })
  .meta({ id: 'NewOwnershipTransfer' });

export const OwnershipQuery = listQuery(['createdAt']);
export const OwnershipTransferList = listOf(OwnershipTransfer);

const times = {
  dueAt: Timestamp.describe('When it is carried out, unless an owner stopped it.'),
  createdAt: Timestamp,
  decidedAt: Timestamp.nullable(),
};
const RecoveryState = z
  .enum(['waiting', 'done', 'stopped', 'failed'])
  .describe('failed: the address is one of an account of provisioning, or no room was left.');

/** The operator lets somebody in as an owner, after the owners had 72 hours to stop it. */
export const OwnershipRecovery = z
  .strictObject({
    id: Id,
    email: personal(z.string()),
    firstName: personal(z.string()),
    lastName: personal(z.string()),
    state: RecoveryState,
    ...times,
    accountId: Id.nullable().describe('The account that became an owner.'),
    version: z.int(),
    actions: z.array(Action),
  })
  .meta({ id: 'OwnershipRecovery' });
export const OwnershipRecoveryList = listOf(OwnershipRecovery);

export const NewOwnershipRecovery = z
  .strictObject({ email: z.string().max(254), firstName: text(100), lastName: text(100) })
  .meta({ id: 'NewOwnershipRecovery' });

/** The same without persons: the operator sees no tenant's data. */
export const OperatorRecovery = z
  .strictObject({ id: Id, state: RecoveryState, ...times })
  .meta({ id: 'OperatorRecovery' });
export const OperatorRecoveryList = listOf(OperatorRecovery);

import { z } from 'zod';
import { allow, member, operatorInTenant } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { job } from '../../kernel/jobs.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import {
  beginRecovery,
  carryOutRecovery,
  listRecoveries,
  readRecovery,
  stopRecovery,
  withdrawRecovery,
} from './recovery.ts';
import {
  NewOwnershipRecovery,
  NewOwnershipTransfer,
  OperatorRecovery,
  OperatorRecoveryList,
  OwnershipQuery,
  OwnershipRecovery,
  OwnershipRecoveryList,
  OwnershipTransfer,
  OwnershipTransferList,
} from './schema.ts';
import {
  acceptOwnership,
  cancelOffer,
  declineOwnership,
  listTransfers,
  offerOwnership,
  readTransfer,
} from './transfer.ts';

const InTenant = z.strictObject({ tenantId: Id });
const One = z.strictObject({ tenantId: Id, id: Id });
const transfers = '/v1/tenants/:tenantId/ownership-transfers';
const recoveries = '/v1/tenants/:tenantId/ownership-recoveries';
const byOperator = '/v1/operator/tenants/:tenantId/ownership-recoveries';
const concerned = 'owners see all offers, everybody else those made to them';

export const ownership: Capability = {
  name: 'ownership',
  operations: [
    operation({
      id: 'ownership-transfers.list',
      method: 'GET',
      path: transfers,
      summary: 'List offers of ownership',
      access: member(concerned),
      params: InTenant,
      query: OwnershipQuery,
      reply: OwnershipTransferList,
      handle: (ctx, { query }) => listTransfers(ctx, query),
    }),
    operation({
      id: 'ownership-transfers.create',
      method: 'POST',
      path: transfers,
      summary: 'Offer ownership to another account; its person accepts',
      access: allow('groups.change', { freshSignIn: true }),
      params: InTenant,
      body: NewOwnershipTransfer,
      reply: OwnershipTransfer,
      creates: { reread: readTransfer },
      handle: (ctx, { body }) => offerOwnership(ctx, body),
    }),
    operation({
      id: 'ownership-transfers.read',
      method: 'GET',
      path: `${transfers}/:id`,
      summary: 'Read an offer of ownership',
      access: member(concerned),
      params: One,
      reply: OwnershipTransfer,
      handle: (ctx, { params }) => readTransfer(ctx, params.id),
    }),
    operation({
      id: 'ownership-transfers.accept',
      method: 'POST',
      path: `${transfers}/:id/accept`,
      summary: 'Accept ownership: one is an owner from the answer on',
      access: member('made to the caller', { freshSignIn: true }),
      params: One,
      reply: OwnershipTransfer,
      handle: (ctx, { params }) => acceptOwnership(ctx, params.id),
    }),
    operation({
      id: 'ownership-transfers.decline',
      method: 'POST',
      path: `${transfers}/:id/decline`,
      summary: 'Decline ownership',
      access: member('made to the caller'),
      params: One,
      reply: OwnershipTransfer,
      handle: (ctx, { params }) => declineOwnership(ctx, params.id),
    }),
    operation({
      id: 'ownership-transfers.cancel',
      method: 'POST',
      path: `${transfers}/:id/cancel`,
      summary: 'Take an offer of ownership back, as an owner',
      access: allow('groups.change', { duringReadOnly: true }),
      params: One,
      reply: OwnershipTransfer,
      handle: (ctx, { params }) => cancelOffer(ctx, params.id),
    }),
    operation({
      id: 'ownership-recoveries.list',
      method: 'GET',
      path: recoveries,
      summary: 'List owners that the operator lets in, or wanted to',
      access: allow('accounts.view'),
      params: InTenant,
      query: OwnershipQuery,
      reply: OwnershipRecoveryList,
      handle: (ctx, { query }) => listRecoveries(ctx, query),
    }),
    operation({
      id: 'ownership-recoveries.read',
      method: 'GET',
      path: `${recoveries}/:id`,
      summary: 'Read whom the operator lets in as an owner',
      access: allow('accounts.view'),
      params: One,
      reply: OwnershipRecovery,
      handle: (ctx, { params }) => readRecovery(ctx, params.id),
    }),
    operation({
      id: 'ownership-recoveries.stop',
      method: 'POST',
      path: `${recoveries}/:id/stop`,
      summary: 'Stop the operator from letting an owner in, as an owner',
      access: allow('groups.change', { duringReadOnly: true, duringClosing: true }),
      params: One,
      reply: OwnershipRecovery,
      handle: (ctx, { params }) => stopRecovery(ctx, params.id),
    }),
    operation({
      id: 'ownership-recoveries.list-as-operator',
      method: 'GET',
      path: byOperator,
      summary: 'List the recoveries of a tenant',
      access: operatorInTenant(),
      params: InTenant,
      query: OwnershipQuery,
      reply: OperatorRecoveryList,
      handle: (ctx, { query }) => listRecoveries(ctx, query),
    }),
    operation({
      id: 'ownership-recoveries.begin',
      method: 'POST',
      path: byOperator,
      summary: 'Let somebody in as an owner of a tenant that lost its own, after 72 hours',
      access: operatorInTenant(),
      params: InTenant,
      body: NewOwnershipRecovery,
      reply: OperatorRecovery,
      status: 201,
      handle: (ctx, { body }) => beginRecovery(ctx, body),
    }),
    operation({
      id: 'ownership-recoveries.withdraw',
      method: 'POST',
      path: `${byOperator}/:id/withdraw`,
      summary: 'Withdraw a recovery that waits',
      access: operatorInTenant(),
      params: One,
      reply: OperatorRecovery,
      handle: (ctx, { params }) => withdrawRecovery(ctx, params.id),
    }),
  ],
  jobs: [job('ownership.recover', carryOutRecovery)],
};

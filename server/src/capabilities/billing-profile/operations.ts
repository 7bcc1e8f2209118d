import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { BillingProfile, NewBillingProfile } from './schema.ts';
import { changeBillingProfile, readBillingProfile, removeBillingProfile } from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const path = '/v1/tenants/:tenantId/billing-profile';

export const billingProfile: Capability = {
  name: 'billing-profile',
  operations: [
    operation({
      id: 'billing-profile.read',
      method: 'GET',
      path,
      summary: 'Read who is billed, and whether that is asked for',
      access: allow('licences.view'),
      params: InTenant,
      reply: BillingProfile,
      handle: (ctx) => readBillingProfile(ctx),
    }),
    operation({
      id: 'billing-profile.change',
      method: 'PUT',
      path,
      summary: 'Say who is billed',
      access: allow('licences.change', { freshSignIn: true }),
      params: InTenant,
      body: NewBillingProfile,
      reply: BillingProfile,
      handle: (ctx, { body }) => changeBillingProfile(ctx, body),
    }),
    operation({
      id: 'billing-profile.remove',
      method: 'DELETE',
      path,
      summary: 'Remove the billing profile; what was added goes on',
      access: allow('licences.change', { freshSignIn: true }),
      params: InTenant,
      reply: null,
      handle: (ctx) => removeBillingProfile(ctx),
    }),
  ],
};

import { z } from 'zod';
import { allow } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { SignInPolicy, SignInPolicyChanges } from './schema.ts';
import { changeSignInPolicy, policyQuery, readSignInPolicy } from './service.ts';

const path = '/v1/tenants/:tenantId/sign-in-policy';
const InTenant = z.strictObject({ tenantId: Id });

export const signInPolicy: Capability = {
  name: 'sign-in-policy',
  operations: [
    operation({
      id: 'sign-in-policy.read',
      method: 'GET',
      path,
      summary: 'Read how the people of the tenant sign in',
      access: allow('identity-providers.view'),
      params: InTenant,
      reply: SignInPolicy,
      foresees: ({ params }) => [policyQuery(params)],
      handle: (ctx) => readSignInPolicy(ctx),
    }),
    operation({
      id: 'sign-in-policy.change',
      method: 'PATCH',
      path,
      summary: 'Change second factor, session length, idle time, networks',
      access: allow('identity-providers.change', { freshSignIn: true }),
      params: InTenant,
      body: SignInPolicyChanges,
      reply: SignInPolicy,
      handle: (ctx, { body }) => changeSignInPolicy(ctx, body),
    }),
  ],
};

import { z } from 'zod';
import { allow, open } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { changeLogo, logoQuery, readLogo, removeLogo, sendLogo } from './logo.ts';
import { Logo, NewLogo, SignInPolicy, SignInPolicyChanges } from './schema.ts';
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
    operation({
      id: 'sign-in-policy.read-logo',
      method: 'GET',
      path: `${path}/logo`,
      summary: 'Read which logo the sign-in page shows',
      access: allow('identity-providers.view'),
      params: InTenant,
      reply: Logo,
      foresees: ({ params }) => [logoQuery({}), policyQuery(params)],
      handle: (ctx) => readLogo(ctx),
    }),
    operation({
      id: 'sign-in-policy.change-logo',
      method: 'PUT',
      path: `${path}/logo`,
      summary: 'Show a logo on the sign-in page',
      access: allow('identity-providers.change', { freshSignIn: true }),
      params: InTenant,
      body: NewLogo,
      reply: Logo,
      handle: (ctx, { body }) => changeLogo(ctx, body),
    }),
    operation({
      id: 'sign-in-policy.remove-logo',
      method: 'DELETE',
      path: `${path}/logo`,
      summary: 'Show no logo on the sign-in page any more',
      access: allow('identity-providers.change'),
      params: InTenant,
      reply: null,
      handle: (ctx) => removeLogo(ctx),
    }),
    operation({
      id: 'sign-in.read-logo',
      method: 'GET',
      path: '/v1/sign-in/tenants/:tenantId/logos/:digest',
      summary: 'Get the logo that a sign-in page names',
      access: open('whoever knows the address of a sign-in page sees its logo'),
      params: z.strictObject({
        tenantId: Id,
        digest: z.string().regex(/^[0-9a-f]{32}$/, 'must be as the sign-in page has it'),
      }),
      reply: z.string().meta({ contentMediaType: 'image/*' }),
      handle: (ctx, { params }) => sendLogo(ctx, params.tenantId, params.digest),
    }),
  ],
};

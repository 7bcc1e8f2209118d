import { z } from 'zod';
import { allow, open, own } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { SignedIn } from '../sessions/schema.ts';
import { EmergencyCodes, EmergencyDrill, EmergencySignIn, NewEmergencyCodes, SingleSignOn } from './schema.ts';
import {
  drillEmergencyCode,
  makeEmergencyCodes,
  readEmergencyCodes,
  readSingleSignOn,
  requireSingleSignOn,
  signInByEmergencyCode,
  stopRequiringSingleSignOn,
} from './service.ts';

const InTenant = z.strictObject({ tenantId: Id });
const policy = '/v1/tenants/:tenantId/sign-in-policy';

export const singleSignOn: Capability = {
  name: 'single-sign-on',
  operations: [
    operation({
      id: 'single-sign-on.read',
      method: 'GET',
      path: `${policy}/single-sign-on`,
      summary: 'Read whether single sign-on is required, and what stands in the way',
      access: allow('identity-providers.view'),
      params: InTenant,
      reply: SingleSignOn,
      handle: (ctx) => readSingleSignOn(ctx),
    }),
    operation({
      id: 'single-sign-on.require',
      method: 'POST',
      path: `${policy}/require-single-sign-on`,
      summary: 'Require single sign-on; owners keep the emergency door',
      access: allow('identity-providers.change', { freshSignIn: true }),
      params: InTenant,
      reply: SingleSignOn,
      handle: (ctx) => requireSingleSignOn(ctx),
    }),
    operation({
      id: 'single-sign-on.stop-requiring',
      method: 'POST',
      path: `${policy}/stop-requiring-single-sign-on`,
      summary: 'Let passwords and passkeys open again',
      access: allow('identity-providers.change', { freshSignIn: true }),
      params: InTenant,
      reply: SingleSignOn,
      handle: (ctx) => stopRequiringSingleSignOn(ctx),
    }),
    operation({
      id: 'emergency-codes.read',
      method: 'GET',
      path: '/v1/me/emergency-codes',
      summary: "Count the calling owner's emergency codes",
      access: own('an owner sees how many of their own codes are left'),
      reply: EmergencyCodes,
      handle: (ctx) => readEmergencyCodes(ctx),
    }),
    operation({
      id: 'emergency-codes.make',
      method: 'POST',
      path: '/v1/me/emergency-codes',
      summary: 'Make new emergency codes for the calling owner; they are shown once',
      access: own('an owner makes codes for themselves', { freshSignIn: true }),
      reply: NewEmergencyCodes,
      status: 201,
      handle: (ctx) => makeEmergencyCodes(ctx),
    }),
    operation({
      id: 'emergency-codes.drill',
      method: 'POST',
      path: '/v1/me/emergency-codes/drill',
      summary: 'Try an emergency code as the emergency door would; it is used up',
      access: own('an owner tries their own codes'),
      body: EmergencyDrill,
      reply: EmergencyCodes,
      handle: (ctx, { body }) => drillEmergencyCode(ctx, body.code),
    }),
    operation({
      id: 'sign-in.use-emergency-code',
      method: 'POST',
      path: '/v1/sign-in/emergency-code',
      summary: 'Sign in as an owner by an emergency code, which is used up',
      access: open('the code in the body is the proof'),
      body: EmergencySignIn,
      reply: SignedIn,
      status: 201,
      handle: (ctx, { body }) => signInByEmergencyCode(ctx, body),
    }),
  ],
};

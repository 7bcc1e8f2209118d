import { open, own } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { SignedIn } from '../sessions/schema.ts';
import { DeviceCodes, DeviceQuestion, DeviceRequest, NewDeviceRequest, TypedUserCode } from './schema.ts';
import { beginDeviceSignIn, decideDeviceRequest, finishDeviceSignIn, readDeviceRequest } from './service.ts';

export const deviceSignIn: Capability = {
  name: 'device-sign-in',
  operations: [
    operation({
      id: 'device-sign-in.begin',
      method: 'POST',
      path: '/v1/sign-in/device',
      summary: 'Begin the sign-in of a device without a browser (RFC 8628)',
      access: open('the device has nothing yet; it gets nothing before a person says so'),
      body: NewDeviceRequest,
      reply: DeviceCodes,
      status: 201,
      handle: (ctx, { body }) => beginDeviceSignIn(ctx, body),
    }),
    operation({
      id: 'device-sign-in.finish',
      method: 'POST',
      path: '/v1/sign-in/device/session',
      summary: 'Ask what the person said: 201 with a session cookie, 400 authorization-pending until then',
      access: open('the device code in the body is the proof'),
      body: DeviceQuestion,
      reply: SignedIn,
      status: 201,
      handle: (ctx, { body }) => finishDeviceSignIn(ctx, body),
    }),
    operation({
      id: 'device-sign-in.read',
      method: 'POST',
      path: '/v1/me/device-requests/question',
      summary: 'Tell which device waits behind a code',
      access: own('only who was told the code finds it'),
      body: TypedUserCode,
      reply: DeviceRequest,
      status: 200,
      handle: (ctx, { body }) => readDeviceRequest(ctx, body),
    }),
    operation({
      id: 'device-sign-in.allow',
      method: 'POST',
      path: '/v1/me/device-requests/allow',
      summary: 'Let the device in as oneself',
      access: own('a person lets in their own devices', { freshSignIn: true }),
      body: TypedUserCode,
      reply: null,
      handle: (ctx, { body }) => decideDeviceRequest(ctx, body.userCode, true),
    }),
    operation({
      id: 'device-sign-in.refuse',
      method: 'POST',
      path: '/v1/me/device-requests/refuse',
      summary: 'Refuse the device',
      access: own('a person refuses what they do not know'),
      body: TypedUserCode,
      reply: null,
      handle: (ctx, { body }) => decideDeviceRequest(ctx, body.userCode, false),
    }),
  ],
};

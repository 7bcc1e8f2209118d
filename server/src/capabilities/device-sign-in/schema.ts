import { z } from 'zod';
import { Id, personal, Timestamp, text } from '../../kernel/schema.ts';

export const NewDeviceRequest = z
  .strictObject({ tenantId: Id, name: text(100).describe('What the device calls itself; its person is shown it.') })
  .meta({ id: 'NewDeviceRequest' });

/** RFC 8628 section 3.2. */
export const DeviceCodes = z
  .strictObject({
    deviceCode: z.string().describe('A secret of the device.'),
    userCode: z.string().describe('What the person types, such as WDJB-MJHT.'),
    verificationUri: z.string(),
    verificationUriComplete: z.string().describe('The same with the code in it.'),
    expiresInSeconds: z.int(),
    intervalSeconds: z.int().describe('How long to wait between two questions for the outcome.'),
  })
  .meta({ id: 'DeviceCodes' });

export const DeviceQuestion = z
  .strictObject({ deviceCode: z.string().regex(/^[0-9A-Za-z]{0,200}$/, 'must be a device code') })
  .meta({ id: 'DeviceQuestion' });

export const TypedUserCode = z
  .strictObject({ userCode: z.string().regex(/^[0-9A-Za-z -]{1,50}$/, 'must be letters, such as WDJB-MJHT') })
  .meta({ id: 'TypedUserCode' });

/** What a person is shown before they let a device in. */
export const DeviceRequest = z
  .strictObject({
    id: Id,
    name: personal(z.string()),
    sourceAddress: personal(z.string().nullable()),
    createdAt: Timestamp,
    expiresAt: Timestamp,
  })
  .meta({ id: 'DeviceRequest' });

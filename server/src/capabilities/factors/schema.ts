import { z } from 'zod';
import { Id, personal, secret, Timestamp, text } from '../../kernel/schema.ts';

/** A passkey, or a generator of one-time codes. */
export const Factor = z
  .strictObject({
    id: Id,
    kind: z.enum(['passkey', 'totp']),
    name: personal(z.string()),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Factor' });

export const Factors = z
  .strictObject({
    items: z.array(Factor),
    recoveryCodesLeft: z.int().describe('Recovery codes that were not used.'),
    hasPassword: z.boolean(),
  })
  .meta({ id: 'Factors' });

const Codes = secret(z.array(z.string())).describe('Shown once. Each stands in for a second factor, once.');

export const AddedFactor = Factor.extend({
  recoveryCodes: Codes.optional().describe('With the first factor, shown once.'),
}).meta({ id: 'AddedFactor' });

export const RecoveryCodes = z.strictObject({ recoveryCodes: Codes }).meta({ id: 'RecoveryCodes' });

export const FactorChanges = z.strictObject({ name: text(60) }).meta({ id: 'FactorChanges' });

/** A generator to be set up, which counts once a code of it was typed. */
export const BegunTotp = z
  .strictObject({
    id: Id,
    secret: secret(z.string()).describe('Base 32, for apps that read no picture. Shown once.'),
    uri: secret(z.string()).describe('otpauth://, to be shown as a QR code.'),
    expiresAt: Timestamp,
  })
  .meta({ id: 'BegunTotp' });

export const TotpCode = z.string().regex(/^\d{6}$/, 'must be six digits');
export const RecoveryCode = z
  .string()
  .regex(/^[0-9A-Za-z -]{1,100}$/, 'must be a code of letters, digits, hyphens and spaces');

export const NewTotp = z
  .strictObject({ code: TotpCode, name: text(60).optional().describe('"Authenticator app" when left out.') })
  .meta({ id: 'NewTotp' });

const base64url = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9_-]*$/, 'must be base64url');
const Transports = z.array(z.string().regex(/^[a-z-]{1,32}$/, 'must be a transport')).max(10);

/** Web Authentication, section 5.1: what a browser gives. Members that nobody here reads are left out. */
const Credential = z.object({
  id: base64url(1400),
  rawId: base64url(1400),
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).optional(),
});

export const PasskeyRegistration = Credential.extend({
  response: z.object({
    clientDataJSON: base64url(4000),
    attestationObject: base64url(20_000),
    transports: Transports.optional(),
  }),
}).meta({ id: 'PasskeyRegistration' });
export type PasskeyRegistration = z.output<typeof PasskeyRegistration>;

export const PasskeyAssertion = Credential.extend({
  response: z.object({
    clientDataJSON: base64url(4000),
    authenticatorData: base64url(4000),
    signature: base64url(4000),
    userHandle: base64url(200).nullish(),
  }),
}).meta({ id: 'PasskeyAssertion' });
export type PasskeyAssertion = z.output<typeof PasskeyAssertion>;

export const NewPasskey = z.strictObject({ name: text(60), response: PasskeyRegistration }).meta({ id: 'NewPasskey' });

const Descriptor = z.strictObject({
  id: z.string(),
  type: z.literal('public-key'),
  transports: z.array(z.string()).optional(),
});

/** For `navigator.credentials.create`, as JSON. */
export const PasskeyCreationOptions = z
  .strictObject({
    rp: z.strictObject({ id: z.string(), name: z.string() }),
    user: z.strictObject({ id: z.string(), name: personal(z.string()), displayName: personal(z.string()) }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.strictObject({ type: z.literal('public-key'), alg: z.int() })),
    timeout: z.int(),
    excludeCredentials: z.array(Descriptor),
    authenticatorSelection: z.strictObject({
      residentKey: z.literal('required'),
      requireResidentKey: z.literal(true),
      userVerification: z.literal('required'),
    }),
    attestation: z.literal('none'),
  })
  .meta({ id: 'PasskeyCreationOptions' });

/** For `navigator.credentials.get`, as JSON. */
export const PasskeyRequestOptions = z
  .strictObject({
    challenge: z.string(),
    timeout: z.int(),
    rpId: z.string().optional().describe('The host of the page when left out.'),
    allowCredentials: z.array(Descriptor),
    userVerification: z.literal('required'),
  })
  .meta({ id: 'PasskeyRequestOptions' });

/** How the person of a session may prove to be there. */
export const StepUpOptions = z
  .strictObject({
    provedAt: Timestamp,
    ways: z
      .array(z.enum(['password', 'password-and-code', 'passkey', 'identity-provider']))
      .describe('password-and-code: the password with a code of the generator, or with a recovery code.'),
    passkey: PasskeyRequestOptions.nullable(),
    identityProviderId: Id.nullable().describe('Whose `identity-providers.prove` makes a fresh session.'),
  })
  .meta({ id: 'StepUpOptions' });

const Password = secret(z.string().max(1024));

export const StepUp = z
  .strictObject({
    password: Password.optional(),
    totp: secret(TotpCode).optional(),
    recoveryCode: secret(RecoveryCode).optional(),
    passkey: PasskeyAssertion.optional(),
  })
  .refine(({ password, passkey }) => (password === undefined) !== (passkey === undefined), {
    message: 'must hold a password or a passkey',
  })
  .refine(({ totp, recoveryCode, passkey }) => [totp, recoveryCode, passkey].filter(Boolean).length < 2, {
    message: 'must hold one code, and none beside a passkey',
  })
  .meta({ id: 'StepUp' });
export type StepUp = z.output<typeof StepUp>;

export const StepUpDone = z.strictObject({ provedAt: Timestamp }).meta({ id: 'StepUpDone' });

export const PasswordChange = z
  .strictObject({
    currentPassword: Password.optional().describe('Needed where there is one.'),
    newPassword: Password.describe('15 characters or more; 8 or more where a second factor is always asked.'),
  })
  .meta({ id: 'PasswordChange' });

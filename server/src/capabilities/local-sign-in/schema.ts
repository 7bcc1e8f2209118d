import { z } from 'zod';
import { Id, personal, secret, Timestamp, text } from '../../kernel/schema.ts';
import { PasskeyAssertion, PasskeyRegistration, RecoveryCode, TotpCode } from '../factors/schema.ts';
import { SignedIn } from '../sessions/schema.ts';

export const PasskeySignIn = z.strictObject({ response: PasskeyAssertion }).meta({ id: 'PasskeySignIn' });

/** What this browser began and did not finish. */
export const UnfinishedSignIn = z
  .strictObject({
    tenantId: Id,
    tenantDisplayName: z.string(),
    region: z.string(),
    asks: z
      .array(z.enum(['totp', 'passkey', 'recovery-code', 'enrol-factor', 'new-password']))
      .describe('One of these finishes it.'),
    expiresAt: Timestamp,
  })
  .meta({ id: 'UnfinishedSignIn' });

const Password = secret(z.string().max(1024));

export const FinishedSignIn = z
  .strictObject({
    totp: secret(TotpCode).optional(),
    recoveryCode: secret(RecoveryCode).optional(),
    passkey: PasskeyAssertion.optional(),
    newPassword: Password.optional(),
  })
  .refine((answer) => Object.values(answer).filter((each) => each !== undefined).length === 1, {
    message: 'must hold one of totp, recoveryCode, passkey, newPassword',
  })
  .meta({ id: 'FinishedSignIn' });
export type FinishedSignIn = z.output<typeof FinishedSignIn>;

export const EnrolledTotp = z.strictObject({ code: TotpCode, name: text(60).optional() }).meta({ id: 'EnrolledTotp' });
export const EnrolledPasskey = z
  .strictObject({ name: text(60), response: PasskeyRegistration })
  .meta({ id: 'EnrolledPasskey' });

/** A session, and what is shown once with a first factor. */
export const Enrolled = SignedIn.extend({
  recoveryCodes: secret(z.array(z.string())).optional(),
}).meta({ id: 'Enrolled' });

export const MailedLinkRequest = z
  .strictObject({ email: z.string().max(254), tenantId: Id.optional() })
  .meta({ id: 'MailedLinkRequest' });

/** The secret stands behind the # of the link. */
export const MailedLink = z.strictObject({ secret: z.string().max(200) }).meta({ id: 'MailedLink' });

/** What a link shows that was opened in another browser than the one that asked for it. */
export const LinkCode = z
  .strictObject({
    code: secret(z.string()).describe('To be typed in the browser that asked. Nobody else needs it.'),
    tenantDisplayName: z.string(),
    expiresAt: Timestamp,
  })
  .meta({ id: 'LinkCode' });

export const LinkCodeSignIn = z
  .strictObject({
    email: z.string().max(254),
    code: secret(z.string().regex(/^[A-Za-z -]{8,20}$/, 'must be the eight letters that the link shows')),
  })
  .meta({ id: 'LinkCodeSignIn' });

export const PasswordResetAnswer = z
  .strictObject({
    tenantId: Id,
    tenantDisplayName: z.string(),
    email: personal(z.string()),
    minLength: z.int().describe('Of the new password, in characters.'),
  })
  .meta({ id: 'PasswordResetAnswer' });

export const PasswordReset = z
  .strictObject({ secret: z.string().max(200), password: Password })
  .meta({ id: 'PasswordReset' });

export const PasswordResetDone = z
  .strictObject({ tenantId: Id, email: personal(z.string()) })
  .meta({ id: 'PasswordResetDone' });

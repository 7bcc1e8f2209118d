export {
  addOwnPasskey,
  addOwnTotp,
  addPasskey,
  addTotp,
  beginOwnPasskey,
  beginOwnTotp,
  hasFactor,
  listFactorsOf,
  listOwnFactors,
  readFactor,
  removeFactor,
  renameFactor,
  renewRecoveryCodes,
  resetFactors,
} from './own.ts';
export { anyPasskeyRequest, passkeyCreation, passkeyRequest, readUserHandle, usePasskey } from './passkeys.ts';
export { changeOwnPassword, choosing, replacePassword } from './passwords.ts';
export { useRecoveryCode } from './recovery-codes.ts';
export { beginStepUp, stepUp } from './step-up.ts';
export { beginTotp, useTotp } from './totp.ts';

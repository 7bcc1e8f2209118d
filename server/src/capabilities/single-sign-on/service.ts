export { drillEmergencyCode, makeEmergencyCodes, readEmergencyCodes } from './codes.ts';
export { signInByEmergencyCode } from './door.ts';
export {
  readSingleSignOn,
  requireLocalSignIn,
  requireSingleSignOn,
  requireWorkingMethod,
  stopRequiringSingleSignOn,
  suspend,
} from './enforcement.ts';

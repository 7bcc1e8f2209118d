export { beginSignInByPasskey, signInByPasskey } from './by-passkey.ts';
export {
  askPasswordReset,
  mailLink,
  mailSignInLink,
  resetPassword,
  showLinkCode,
  signInByLink,
  signInByLinkCode,
} from './mailed-links.ts';
export {
  beginEnrollingPasskey,
  beginEnrollingTotp,
  beginSecondFactor,
  enrolPasskey,
  enrolTotp,
  finishSignIn,
  showUnfinished,
} from './unfinished.ts';

/** What the pages of sign-in say. */
export const signInText = {
  title: 'Sign in',
  atTenant: (tenant: string) => `Sign in to ${tenant}`,
  by: (provider: string) => `Continue with ${provider}`,
  or: 'or',
  passkey: 'Use a passkey',
  link: 'Mail me a link',
  linkSentTitle: 'Look into your mailbox',
  linkSent: (email: string) =>
    `If ${email} can sign in here, a link is on its way. It works once, for 15 minutes, in this browser or another.`,
  forgot: 'Forgot the password?',
  emergency: 'Emergency access for owners',
  labels: 'Choose where to sign in',
  labelsText: 'Several organisations use this domain.',
  only: 'This organisation signs in through its provider only.',
  noTenant: 'No such sign-in page',
  noTenantText: 'No tenant has this address, or it is closed. Type your e-mail address to find yours.',
  back: 'Back to sign-in',

  otherWay: 'Sign in another way, which leaves this page',

  problems: {
    'provider-not-available': 'That way to sign in is not available. Choose another one, or ask an administrator.',
    'no-account': 'The provider knows you, but you have no account here. Ask an administrator to invite you.',
    'account-in-the-way':
      'An account with your name or address is here already. Sign in to it, and link the provider there.',
    'account-waiting':
      'Your account is made. An administrator enables it next; you can sign in as soon as that is done.',
    'account-disabled': 'Your account is disabled. Ask an administrator.',
    'provider-unreachable': 'The provider does not answer. Try again soon; owners may use the emergency access below.',
    'answer-not-valid': 'What the provider answered is not right. An administrator can test the provider and see why.',
    'sign-in-over': 'That sign-in was over. Begin again.',
    'another-account': 'The provider answered for somebody else. Sign out there, then try again.',
    'network-not-allowed': 'This tenant lets nobody in from the network that you come from. Ask an owner of it.',
    'single-sign-on-required': 'This tenant requires single sign-on. Sign in through its provider.',
    other: (code: string) =>
      `The sign-in did not work (${code}). Try once more; if it stays, tell an administrator, who can test the provider.`,
  } as { other: (code: string) => string } & Record<string, string | ((code: string) => string)>,

  finishTitle: 'One more step',
  finishLead: 'Your password was right. Prove it is you.',
  code: 'Code of your authenticator app',
  codeHelp: 'Six digits; a new one comes every 30 seconds.',
  recoveryCode: 'Recovery code',
  recoveryHelp: 'One of those that you stored. Each works once.',
  useRecovery: 'Use a recovery code',
  useApp: 'Use the authenticator app',
  finish: 'Sign in',
  finishGone: 'This sign-in is over. Begin again.',
  enrolTitle: 'Set up a second factor',
  enrolLead: 'This tenant asks for one beside the password. A passkey is the quickest.',
  passkeyName: 'Passkey',
  enrolApp: 'Use an authenticator app',
  newPasswordTitle: 'Set a longer password',
  newPasswordLead: 'Your password was set beside a second factor that is gone. Alone it is too short.',

  forgotTitle: 'Forgot the password',
  forgotLead: 'A link to set a new one comes by mail.',
  sendLink: 'Send the link',
  sentTitle: 'Look into your mailbox',
  sent: (email: string) =>
    `If ${email} has an account with a password here, a link is on its way. It works once and for one hour.`,
  resetTitle: 'Set a new password',
  resetLead: 'All your sessions end when it is set.',
  passwordOf: (n: number) => `At least ${n} characters. A few unrelated words make a good one.`,
  reset: 'Set the password',
  resetDoneTitle: 'The password is set',
  resetDone: 'All your sessions have ended. Sign in with the new password.',

  linkTitle: 'Sign in by link',
  linkLead: 'The link works once. Go on to use it.',

  emergencyTitle: 'Emergency access',
  emergencyLead:
    'For owners, when the provider does not work. Each use is told to all owners and stands in the audit log.',
  emergencyCode: 'Emergency code',
  emergencyHelp: 'One of the codes that you keep apart. It is used up.',
  emergencySubmit: 'Sign in with the code',

  stepUpTitle: 'Prove it is you',
  stepUpLead: 'This is asked before dangerous acts. It holds for a few minutes.',
  stepUpPassword: 'Password',
  codeOrRecovery: 'Code of your authenticator app, or a recovery code',
  stepUpSubmit: 'Go on',
  stepUpProvider: 'Prove it with your identity provider',
  stepUpProviderText: 'You come back to this page. What is typed here and not saved is lost.',
};

/** Letting in a device that has no browser, such as a command line. */
export const deviceText = {
  title: 'Let a device in',
  lead: 'A command line shows a code and waits for you.',
  code: 'Code',
  codeHelp: 'As the device shows it, such as WDJB-MJHT.',
  next: 'Continue',
  unknown: 'No device waits with this code. Codes are valid for 10 minutes and can be used once.',
  ask: 'This device wants to act as you. Let it in only if you have just started it yourself.',
  from: 'Comes from',
  unknownAddress: 'an unknown address',
  asked: 'Asked',
  allow: 'Let it in as me',
  refuse: 'Refuse',
  warning: 'It gets a session of yours. You can end it under “My profile”, like every other.',
  is: {
    allowed: 'The device is signed in as you. Go back to it; this page can be closed.',
    refused: 'The device was refused and gets nothing.',
  },
};

import type { doorText as english } from './en.doors.ts';

export const doorText: typeof english = {
  email: 'E-Mail-Adresse',
  password: 'Passwort',
  signIn: 'Anmelden',
  next: 'Weiter',
  otherAddress: 'Andere Adresse',
  passwordHelp: 'Mindestens 15 Zeichen. Ein paar Wörter ohne Zusammenhang sind gut.',
  newPassword: 'Neues Passwort',
  signedOut: 'Sie sind abgemeldet.',
  sessionEnded: 'Melden Sie sich an, um diese Seite zu öffnen.',
  elsewhere: 'Ihre Organisation ist in einer anderen Region?',
  chooseText: 'Sie haben in mehreren Mandanten ein Konto. Wählen Sie einen.',
  registerLink: 'Eine Organisation registrieren',
  signInLink: 'Stattdessen anmelden',
  noAccount: 'Neu hier?',

  registerTitle: 'Eine Organisation registrieren',
  registerLead: 'Zuerst, wo ihre Daten bleiben, dann, wer sie registriert. Ein Link per Mail führt zum Rest.',
  region: 'Region',
  regionHelp: 'Alle Daten der Organisation bleiben dort. Das lässt sich später nicht ändern.',
  fullName: 'Vor- und Nachname',
  mobilePhone: 'Mobiltelefon',
  phoneHelp: 'Etwa +61412345678.',
  invitation: 'Einladungscode',
  haveInvitation: 'Ich habe einen Einladungscode',
  register: 'Link senden',
  registeredTitle: 'Sehen Sie in Ihr Postfach',
  registeredText: (email) =>
    `Wenn sich ${email} registrieren kann, ist ein Link unterwegs. Er gilt begrenzte Zeit und nur einmal.`,

  completeTitle: 'Registrierung abschließen',
  completeLead: 'Setzen Sie Ihr Passwort und benennen Sie die Organisation.',
  complete: 'Mandanten anlegen',
  you: 'Sie',
  organisation: 'Organisation',
  more: 'Kennungen und Anschrift',
  displayName: 'Anzeigename',
  displayNameHelp: 'So zeigt ihn die Konsole.',
  legalName: 'Rechtlicher Name',
  legalNameHelp: 'Wie in Registern.',
  systemName: 'Systemname',
  systemNameHelp: 'Dauerhaft: a-z, Ziffern und Bindestriche.',
  country: 'Land',
  companyId: 'Firmennummer',
  taxId: 'Steuernummer',
  phone: 'Telefon',
  supportDomain: 'Support-Domain',
  supportDomainHelp: 'Adressen davon erkennt der Support.',

  setupTitle: 'Bailiwick einrichten',
  setupLead: 'Legen Sie den ersten Mandanten und seinen Eigentümer an. Danach gilt der Link nicht mehr.',
  setup: 'Mandanten und Eigentümer anlegen',
  owner: 'Eigentümer',
  firstName: 'Vorname',
  lastName: 'Nachname',

  acceptTitle: 'Einladung annehmen',
  acceptLead: (tenant, email) =>
    `Sie sind als ${email} zu ${tenant} eingeladen. Setzen Sie ein Passwort, um anzunehmen.`,
  accept: 'Annehmen',
  acceptedTitle: 'Einladung angenommen',
  acceptedWaiting:
    'Als Nächstes gibt ein Administrator Ihr Konto frei. Sobald das geschehen ist, können Sie sich anmelden.',

  linkMissingTitle: 'Dieser Link ist unvollständig',
  linkMissingText: 'Öffnen Sie ihn aus der Mail, oder kopieren Sie ihn ganz in die Adresszeile.',
  linkDead: 'Dieser Link gilt nicht mehr',
  linkDeadText: 'Er wurde schon benutzt, oder seine Zeit ist um.',
  askAnew: {
    setup:
      'Der Server nennt einen, wenn er startet, solange es keinen Mandanten gibt. Ist Ihrer schon angelegt, melden Sie sich an.',
    register: 'Registrieren Sie sich noch einmal: Ein neuer Link kommt per Mail.',
    accept:
      'Bitten Sie, wer Sie eingeladen hat, die Einladung noch einmal zu schicken. Haben Sie schon angenommen, melden Sie sich an.',
    reset: 'Fordern Sie einen anderen an.',
    other: 'Bitten Sie um einen neuen.',
  },

  is: {
    email: 'Geben Sie eine E-Mail-Adresse ein, etwa ana@example.com.',
    phone: 'Beginnen Sie mit + und der Landesvorwahl: +61412345678.',
    systemName: '1 bis 63 Buchstaben a-z, Ziffern oder Bindestriche; vorn und hinten ein Buchstabe oder eine Ziffer.',
    password: 'Mindestens 15 Zeichen.',
    required: 'Füllen Sie das aus.',
  },
  tagline: 'Jede Organisation in ihrer eigenen Grenze, in der Region, die sie gewählt hat.',
};

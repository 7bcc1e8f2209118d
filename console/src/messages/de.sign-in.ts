import type { signInText as english } from './en.sign-in.ts';

export const signInText: typeof english = {
  title: 'Anmelden',
  atTenant: (tenant) => `Anmelden bei ${tenant}`,
  by: (provider) => `Weiter mit ${provider}`,
  or: 'oder',
  passkey: 'Passkey verwenden',
  link: 'Link per Mail senden',
  linkSentTitle: 'Sehen Sie in Ihr Postfach',
  linkSent: (email) =>
    `Wenn sich ${email} hier anmelden kann, ist ein Link unterwegs. Er gilt einmal, 15 Minuten lang. Öffnen Sie ihn in diesem Browser, oder lassen Sie diese Seite offen.`,
  forgot: 'Passwort vergessen?',
  emergency: 'Notzugang für Eigentümer',
  labels: 'Wo wollen Sie sich anmelden?',
  labelsText: 'Mehrere Organisationen nutzen diese Domain.',
  only: 'Diese Organisation meldet nur über ihren Anbieter an.',
  noTenant: 'Keine solche Anmeldeseite',
  noTenantText:
    'Kein Mandant hat diese Adresse, oder er ist geschlossen. Geben Sie Ihre E-Mail-Adresse ein, um Ihren zu finden.',
  back: 'Zurück zur Anmeldung',

  otherWay: 'Anders anmelden, was diese Seite verlässt',

  problems: {
    'provider-not-available':
      'Dieser Weg der Anmeldung ist nicht verfügbar. Wählen Sie einen anderen, oder fragen Sie einen Administrator.',
    'no-account':
      'Der Anbieter kennt Sie, aber Sie haben hier kein Konto. Bitten Sie einen Administrator um eine Einladung.',
    'no-room': 'Im Augenblick kann kein Konto hinzukommen. Fragen Sie Ihren Administrator.',
    'account-in-the-way':
      'Ein Konto mit Ihrem Namen oder Ihrer Adresse gibt es hier schon. Melden Sie sich damit an, und verknüpfen Sie dort den Anbieter.',
    'provider-not-confirmed':
      'Sie dürfen hier mehr, als wer diesen Anbieter eingerichtet hat; er darf Sie noch nicht einlassen. Bitten Sie einen Eigentümer, ihn zu bestätigen.',
    'account-waiting':
      'Ihr Konto ist angelegt. Als Nächstes gibt es ein Administrator frei; dann können Sie sich anmelden.',
    'account-disabled': 'Ihr Konto ist gesperrt. Fragen Sie einen Administrator.',
    'provider-unreachable':
      'Der Anbieter antwortet nicht. Versuchen Sie es bald wieder; Eigentümer haben unten den Notzugang.',
    'answer-not-valid':
      'Die Antwort des Anbieters stimmt nicht. Ein Administrator kann den Anbieter prüfen und sieht, warum.',
    'sign-in-over': 'Diese Anmeldung war vorbei. Beginnen Sie von vorn.',
    'another-account':
      'Der Anbieter antwortete für jemand anderen. Melden Sie sich dort ab, und versuchen Sie es noch einmal.',
    'network-not-allowed':
      'Dieser Mandant lässt aus dem Netz, aus dem Sie kommen, niemanden ein. Fragen Sie einen Eigentümer.',
    'single-sign-on-required': 'Dieser Mandant verlangt Single Sign-on. Melden Sie sich über seinen Anbieter an.',
    other: (code: string) =>
      `Die Anmeldung ging nicht (${code}). Versuchen Sie es noch einmal; bleibt es so, sagen Sie es einem Administrator: Er kann den Anbieter prüfen.`,
  },

  finishTitle: 'Noch ein Schritt',
  finishLead: 'Das stimmte. Beweisen Sie noch einmal, dass Sie es sind.',
  code: 'Code Ihrer Authenticator-App',
  codeHelp: 'Sechs Ziffern; alle 30 Sekunden kommen neue.',
  recoveryCode: 'Wiederherstellungscode',
  recoveryHelp: 'Einer von denen, die Sie verwahrt haben. Jeder gilt einmal.',
  useRecovery: 'Wiederherstellungscode benutzen',
  useApp: 'Authenticator-App benutzen',
  finish: 'Anmelden',
  startAgain: 'Als jemand anderes anmelden',
  finishGone: 'Diese Anmeldung ist vorbei. Beginnen Sie von vorn.',
  enrolTitle: 'Einen zweiten Faktor einrichten',
  enrolLead: 'Dieser Mandant verlangt einen. Ein Passkey geht am schnellsten.',
  passkeyName: 'Passkey',
  enrolApp: 'Authenticator-App benutzen',
  newPasswordTitle: 'Ein längeres Passwort setzen',
  newPasswordLead: 'Ihr Passwort stand neben einem zweiten Faktor, den es nicht mehr gibt. Allein ist es zu kurz.',

  forgotTitle: 'Passwort vergessen',
  forgotLead: 'Ein Link zum Setzen eines neuen kommt per Mail.',
  sendLink: 'Link senden',
  sentTitle: 'Sehen Sie in Ihr Postfach',
  sent: (email) =>
    `Wenn ${email} hier ein Konto mit Passwort hat, ist ein Link unterwegs. Er gilt einmal, eine Stunde lang.`,
  resetTitle: 'Neues Passwort setzen',
  resetLead: 'Wenn es gesetzt ist, enden alle Ihre Sitzungen.',
  passwordOf: (n) => `Mindestens ${n} Zeichen. Ein paar Wörter ohne Zusammenhang sind gut.`,
  reset: 'Passwort setzen',
  resetDoneTitle: 'Das Passwort ist gesetzt',
  resetDone: 'Alle Ihre Sitzungen sind beendet. Melden Sie sich mit dem neuen Passwort an.',

  linkTitle: 'Anmelden per Link',
  linkLead: 'Der Link gilt einmal. Gehen Sie weiter, um ihn zu benutzen.',
  linkCode: 'Code des Links',
  linkCodeHelp: 'Anderswo geöffnet, zum Beispiel am Telefon? Geben Sie die acht Buchstaben ein, die er dort zeigt.',
  linkElsewhere: 'Gehen Sie dort weiter, wo Sie den Link verlangt haben',
  linkElsewhereLead: 'Der Link wurde in einem anderen Browser verlangt. Geben Sie dort diesen Code ein:',
  linkElsewhereWarning:
    'Haben Sie selbst keinen Link verlangt? Dann schließen Sie diese Seite. Nennen Sie den Code niemandem.',

  emergencyTitle: 'Notzugang',
  emergencyLead:
    'Für Eigentümer, wenn der Anbieter nicht geht. Jede Nutzung erfahren alle Eigentümer, und sie steht im Audit-Protokoll.',
  emergencyCode: 'Notfallcode',
  emergencyHelp: 'Einer der Codes, die Sie gesondert verwahren. Er ist dann verbraucht.',
  emergencySubmit: 'Mit dem Code anmelden',

  stepUpTitle: 'Beweisen Sie, dass Sie es sind',
  stepUpLead: 'Danach wird vor gefährlichen Schritten gefragt. Es gilt einige Minuten.',
  stepUpPassword: 'Passwort',
  codeOrRecovery: 'Code Ihrer Authenticator-App oder ein Wiederherstellungscode',
  stepUpSubmit: 'Weiter',
  stepUpProvider: 'Mit Ihrem Identitätsanbieter beweisen',
  stepUpProviderText: 'Sie kommen auf diese Seite zurück. Was hier getippt und nicht gespeichert ist, geht verloren.',
};

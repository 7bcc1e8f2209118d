import type { providerText as english } from './en.providers.ts';
import { count } from './format.ts';

export const providerText: typeof english = {
  title: 'Identitätsanbieter',
  one: 'Identitätsanbieter',
  what: 'Identitätsanbieter',
  lead: 'Die Leute melden sich dort an, wo sie es schon tun: beim Identitätsanbieter Ihrer Organisation.',
  create: 'Identitätsanbieter hinzufügen',
  createFirst: 'Den ersten Identitätsanbieter hinzufügen',
  emptyTitle: 'Noch kein Identitätsanbieter',
  emptyText:
    'Solange es keinen gibt, meldet man sich mit Passwort oder Passkey an. Wählen Sie Ihr Produkt; eine Anleitung führt weiter.',
  command: 'bailiwick identity-providers create --name "Entra ID" --type oidc',
  name: 'Name',
  nameHelp: 'Was die Leute auf der Anmeldeseite lesen. Er kann später nicht geändert werden.',
  description: 'Beschreibung',
  type: 'Art',
  types: { oidc: 'OpenID Connect', oauth2: 'OAuth 2.0', saml: 'SAML 2.0' },
  status: 'Zustand',
  tested: 'Letzter Test',
  neverTested: 'Nicht getestet',
  testStates: { waiting: 'Wartet auf die Anmeldung', passed: 'Bestanden', failed: 'Fehlgeschlagen' },
  lastUsed: 'Letzte Anmeldung',
  neverUsed: 'Noch niemand',
  secretExpires: 'Läuft ab',
  noExpiry: 'Kein Ende bekannt',
  created: 'Angelegt',

  newTitle: 'Identitätsanbieter hinzufügen',
  newLead:
    'Er lässt niemanden ein, bis er getestet und aktiviert ist. Wählen Sie zuerst das Produkt; dann kommt seine Anleitung.',
  vendor: 'Produkt',
  vendors: {
    entra: 'Microsoft Entra ID',
    okta: 'Okta',
    google: 'Google Workspace',
    keycloak: 'Keycloak',
    adfs: 'AD FS',
    generic: 'Ein anderes Produkt',
  },
  protocol: 'Protokoll',
  protocolHelp: 'OpenID Connect ist das einfachere, wo das Produkt beide spricht.',
  newVerb: 'Weiter zur Anleitung',
  made: (name) => `${name} wurde hinzugefügt. Er ist noch nicht aktiv.`,

  tabs: 'Teile des Identitätsanbieters',
  tabConnection: 'Verbindung',
  tabPeople: 'Wer hereinkommt',
  tabAttributes: 'Attribute',
  tabTest: 'Testanmeldung',
  tabIdentities: 'Verknüpfte Personen',

  missingTitle: 'Bevor er getestet werden kann',
  testNext: 'Alles ist ausgefüllt. Testen Sie die Anmeldung, bevor sich jemand auf sie verlässt.',
  testFailed: 'Der letzte Test ist fehlgeschlagen.',
  testStale: 'Seit dem bestandenen Test wurde etwas geändert. Testen Sie noch einmal.',
  seeTest: 'Ansehen, was er fand',
  testPassed: 'Der letzte Test wurde bestanden. Er kann aktiviert werden.',
  secretEnds: {
    over: 'Das Client Secret ist abgelaufen: Niemand kann sich dadurch anmelden. Geben Sie ein neues ein.',
    soon: 'Das Client Secret läuft bald ab. Machen Sie beim Anbieter ein neues und geben Sie es hier ein.',
  },
  certificateEnds: {
    over: 'Die Zertifikate des Anbieters sind abgelaufen: Niemand kann sich dadurch anmelden. Geben Sie das neue ein.',
    soon: 'Das neueste Zertifikat des Anbieters läuft bald ab. Geben Sie das nächste daneben ein.',
  },
  toCertificates: 'Zu den Zertifikaten',
  toSecret: 'Das Client Secret ersetzen',

  danger: 'Zustand und Löschen',
  activate: 'Aktivieren',
  activateTitle: 'Diesen Identitätsanbieter aktivieren',
  activateText: 'Man kann sich sofort dadurch anmelden.',
  activateQuestion: (name) => `${name} aktivieren?`,
  activateUntested:
    'Kein Test dieser Einstellungen wurde bestanden. Wenn etwas falsch ist, enden die Leute auf einer Fehlerseite.',
  activated: (name) => `${name} ist aktiv: Man kann sich dadurch anmelden.`,
  deactivate: 'Deaktivieren',
  deactivateTitle: 'Diesen Identitätsanbieter deaktivieren',
  deactivateText: 'Niemand kann sich mehr dadurch anmelden. Einstellungen, Konten und Verknüpfungen bleiben.',
  deactivateQuestion: (name) => `${name} deaktivieren?`,
  deactivateBreaks: ['Sitzungen, die durch ihn begannen, enden sofort.', 'Laufende Anmeldungen werden abgelehnt.'],
  deactivated: (name) => `${name} wurde deaktiviert.`,
  remove: 'Diesen Identitätsanbieter löschen',
  removeText: 'Er ist endgültig fort, mit den Verknüpfungen zwischen seinen Personen und Konten. Die Konten bleiben.',
  removeVerb: 'Identitätsanbieter löschen',
  removeQuestion: (name) => `${name} löschen?`,
  removeBreaks: (links) => [
    links
      ? `${count(links, 'Verknüpfung mit einem Konto endet', 'Verknüpfungen mit Konten enden')}.`
      : 'Niemand ist mit ihm verknüpft.',
    'Seine Redirect-Adresse wird nie wieder vergeben.',
  ],
  removed: (name) => `${name} wurde gelöscht.`,

  setUpLink: 'Jemand anders die Einrichtung beenden lassen',
  setUpLinkText:
    'Wer den Link hat, kann 7 Tage lang diese Einstellungen ausfüllen und testen, ohne Konto hier. Wen sie einlassen, legt er nicht fest, und aktivieren kann er nicht.',
  setUpLinkOpen: 'Der offene Link endet',
  setUpLinkVerb: 'Einrichtungslink anlegen',
  setUpLinkAgain: 'Neuen Link anlegen',
  setUpLinkTitle: 'Einrichtungslink',
  setUpLinkLabel: 'Link',
  setUpLinkHelp: 'Schicken Sie ihn dem Administrator des Anbieters. Ein früherer Link ist vorbei.',
  setUpLinkEnd: 'Link beenden',
  setUpLinkEnded: 'Der Einrichtungslink wurde beendet.',

  setUpTitle: 'Einen Identitätsanbieter einrichten',
  setUpLead: (tenant, name) =>
    `${tenant} bittet Sie, „${name}“ anzubinden. Was Sie eingeben, wird sofort gespeichert; ein Administrator dort aktiviert es.`,
  setUpUntil: 'Dieser Link endet',
  setUpDone: 'Alles ist ausgefüllt. Testen Sie die Anmeldung; dann sind Sie fertig.',
  setUpPassed: 'Der Test wurde bestanden. Sie sind fertig: Sagen Sie es dem, der Ihnen den Link geschickt hat.',
  setUpOver:
    'Er endet nach 7 Tagen, und wenn der Identitätsanbieter aktiviert wird. Wer ihn geschickt hat, kann einen neuen machen.',
  setUpTested: 'Der Test ist vorbei',
  setUpTestedText: 'Was er fand, zeigt das Fenster, in dem Sie begonnen haben. Dieses können Sie schließen.',
};

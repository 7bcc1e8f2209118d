import type { gatewaySigningText as english } from './en.gateway-signing.ts';

export const gatewaySigningText: typeof english = {
  signingTitle: 'Signieren für die Ziele',
  signingLead:
    'Mit jeder Anfrage, die es einlässt, sendet das Gateway ein Token, das es signiert hat: wer kommt und zu welchem Dienst. Das Ziel prüft es mit den öffentlichen Schlüsseln.',
  signs: 'Für die Ziele signieren',
  signingHeader: 'Kopffeld',
  signingHeaderHelp: 'Darin steht das Token; was darin kam, wird ersetzt. In authorization steht es als Bearer-Token.',
  signingLifetime: 'Gültig, in Sekunden',
  signingLifetimeRule: '10 bis 300 Sekunden.',
  signingGroups: 'Die Gruppen nennen',
  signingGroupsHelp: 'Die der Person, die die entscheidende Regel einlässt, mit ihren Kennungen.',
  issuer: 'Aussteller',
  keysAddress: 'Öffentliche Schlüssel',
  yes: 'ja',
  no: 'nein',
  certificates: 'Zertifikate',
  whatCertificates: 'Zertifikate',
  certificatesLead:
    'Mit ihren Schlüsseln signiert das Gateway. Ein nächstes wird sofort veröffentlicht und signiert einen Tag später, damit die Ziele seinen Schlüssel bis dahin kennen; der frühere bleibt noch einen Tag veröffentlicht. Wer Gateways ändern darf, erfährt es 30, 7 und 1 Tage, bevor das letzte abläuft.',
  certificatesEmpty: 'Noch kein Zertifikat',
  certificatesEmptyText:
    'Laden Sie eines mit seinem Schlüssel hoch oder lassen Sie eines erzeugen. Ohne Zertifikat kann das Gateway nicht signieren.',
  certificateSubject: 'Inhaber',
  certificateState: 'Verwendung',
  certificateStates: {
    current: 'Signiert',
    next: 'Nächstes',
    earlier: 'Früheres',
    retired: 'Abgelöst',
    over: 'Abgelaufen',
  },
  publishedUntil: (time) => `veröffentlicht bis ${time}`,
  wouldSign: 'Würde signieren',
  signsFrom: 'Signiert ab',
  certificateEnds: 'Läuft ab',
  algorithm: 'Verfahren',
  uploadCertificate: 'Zertifikat hochladen',
  uploadVerb: 'Hochladen',
  uploadLead:
    'Eine PKCS#12-Datei mit einem privaten Schlüssel und seinem Zertifikat. Der Schlüssel wird verschlüsselt gespeichert und nie wieder gezeigt; das Kennwort wird nicht behalten.',
  keyFile: 'Datei (.p12 oder .pfx)',
  keyFileTooLarge: 'Die Datei ist größer als 150 kB, also kein einzelner Schlüssel.',
  keyFilePassword: 'Kennwort der Datei',
  keyFilePasswordHelp: 'Womit die Datei exportiert wurde.',
  generateCertificate: 'Zertifikat erzeugen',
  generateVerb: 'Erzeugen',
  generateLead:
    'Ein neuer Schlüssel in einem Zertifikat, das er selbst signiert. Ihn bekommen nur die Gateways dieses Namensraums.',
  algorithmHelp: 'ES256 kennt jede Bibliothek; EdDSA ist kürzer und neuer.',
  validFor: 'Gültig',
  downloadCertificate: 'Zertifikat herunterladen',
  signNow: 'Jetzt damit signieren',
  signNowText:
    'Das Gateway signiert ab jetzt damit. Ziele, die den Schlüssel noch nicht gelesen haben, was einige Minuten dauern kann, weisen so lange ab.',
  deleteCertificateText:
    'Der Schlüssel ist endgültig weg, und was er signiert hat, wird abgewiesen, sobald die Ziele die Schlüssel wieder lesen.',
  certificateAdded: (subject: string) => `Das Zertifikat ${subject} wurde hinzugefügt.`,
  certificateDeleted: (subject: string) => `Das Zertifikat ${subject} wurde gelöscht.`,
  signsByIt: (subject: string) => `Das Gateway signiert jetzt mit ${subject}.`,
  daysOf: (days: string) => `${days} Tage`,
};

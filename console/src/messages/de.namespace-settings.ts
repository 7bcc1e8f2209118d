import type { namespaceSettingsText as english } from './en.namespace-settings.ts';
import { count } from './format.ts';

export const namespaceSettingsText: typeof english = {
  duplicate: 'Duplizieren',
  duplicateTitle: (name) => `${name} duplizieren`,
  duplicateText:
    'Legt einen Namensraum mit denselben Einstellungen und mit eigenen Schlüsseln an. Schlüssel, Zertifikate von Gateways, das Signieren, das sie braucht, und Protokolle werden nie kopiert.',
  withGateways: 'Gateways mit ihren Routen und Regeln',
  withGrants: 'Was Gruppen in ihm dürfen',

  promote: 'Aus einem anderen Namensraum übernehmen',
  promoteLead:
    'Was diesen Namensraum einem anderen gleich machen würde: Gateways, Routen, Regeln und was Gruppen dürfen. Zertifikate von Gateways und das Signieren, das sie braucht, werden nie übernommen; ein Gateway, das von seinen Programmen Client-Zertifikate verlangt, verlangt weiter seine eigenen.',
  from: 'Übernehmen aus',
  choose: 'Einen Namensraum wählen',
  onlyOne: 'Es gibt noch keinen anderen Namensraum. Duplizieren Sie zuerst diesen.',
  noneSeen: 'Es gibt andere Namensräume, aber keinen, dessen Gateways Sie sehen dürfen.',

  file: 'Einstellungen als Datei',
  fileLead: 'JSON mit Namen statt Ids, immer in derselben Reihenfolge. Schlüssel und Geheimnisse stehen nicht darin.',
  export: 'Einstellungen exportieren',
  exported: (name) => `Die Einstellungen von ${name} wurden exportiert.`,
  import: 'Datei zum Importieren',
  importHelp: 'Was sie ändern würde, wird zuerst gezeigt.',
  notJson: 'Diese Datei ist kein JSON. Wählen Sie eine, die aus einem Namensraum exportiert wurde.',

  what: 'Änderungen',
  same: 'Es gibt keinen Unterschied und nichts zu übernehmen.',
  partsOnly: (parts) => `Nur das wurde verglichen: ${parts}.`,
  parts: { gateways: 'Gateways mit Routen und Regeln', grants: 'was Gruppen dürfen' },
  change: 'Änderung',
  changes: { add: 'Kommt', change: 'Ändert sich', remove: 'Geht' },
  thing: 'Was',
  kinds: { service: 'Dienst', gateway: 'Gateway', route: 'Route', rule: 'Regel', grant: 'Recht' },
  gateway: 'Gateway',
  difference: 'Unterschied',
  obstacle: 'Im Weg',
  fields: (n) => count(n, 'Feld', 'Felder'),
  fieldNames: {
    name: 'Name', prefix: 'Präfix', description: 'Beschreibung', identityProvider: 'Identitätsanbieter',
    audiences: 'Empfänger', agentCertificates: 'Client-Zertifikate der Agenten', host: 'Host', pathPrefix: 'Pfadpräfix', methods: 'Methoden', service: 'Dienst',
    itemFrom: 'Element aus', item: 'Element', items: 'Elemente', upstream: 'Upstream', stripsPrefix: 'lässt das Präfix weg',
    connectTimeoutMs: 'Verbindungsfrist (ms)', responseTimeoutMs: 'Antwortfrist (ms)',
    trustedCertificates: 'vertraute Zertifikate', requestHeaders: 'Kopfzeilen der Anfrage',
    responseHeaders: 'Kopfzeilen der Antwort', groups: 'Gruppen', claims: 'Claims', permission: 'Recht',
    routes: 'Routen', rules: 'Regeln',
  }, // biome-ignore format: a table
  to: 'wird',
  letsInNobody: 'lässt niemanden ein',
  nothing: 'nichts',
  yes: 'ja',
  no: 'nein',
  firstOnly: (shown, all) =>
    `Gezeigt sind die ersten ${shown} von ${all}. Solange jede davon angekreuzt ist, werden alle ${all} übernommen.`,
  takeAll: (n) => `${count(n, 'Änderung', 'Änderungen')} übernehmen`,
  besides: (names) => `Wird auch übernommen, weil anderes Angekreuztes es braucht: ${names}.`,
  noneTicked: 'Kreuzen Sie an, was übernommen wird.',
  blocked: (n) =>
    n === 1
      ? 'Eine dieser Änderungen ist nicht möglich; die letzte Spalte sagt, warum. Kreuzen Sie nur die anderen an.'
      : `${n} dieser Änderungen sind nicht möglich; die letzte Spalte sagt, warum. Kreuzen Sie nur die anderen an.`,
  confirmTitle: (n, name) => `${count(n, 'Änderung', 'Änderungen')} nach ${name} übernehmen?`,
  confirmText: 'Alle werden auf einmal gemacht oder keine. Was sie brauchen, kommt mit.',
  goes: 'Was geht',
  more: (n) => `und ${n} weitere`,
  done: (name) => `${name} hat die Änderungen.`,
};

import type { namespaceText as english } from './en.namespaces.ts';
import { count } from './format.ts';

export const namespaceText: typeof english = {
  title: 'Namensräume',
  one: 'Namensraum',
  lead: 'Umgebungen wie dev, test und prod: jede mit eigenen Gateways und Schlüsseln.',
  what: 'Namensräume',
  create: 'Namensraum anlegen',
  createFirst: 'Den ersten Namensraum anlegen',
  emptyTitle: 'Noch kein Namensraum',
  emptyText: 'Legen Sie für jede Umgebung einen an und verbinden Sie Gateways mit seinem Agent-Schlüssel.',
  command: 'bailiwick namespaces create --name prod',
  name: 'Name',
  description: 'Beschreibung',
  region: 'Region',
  regionHelp: 'Wo seine Gateways laufen sollen. Seine eigenen Daten bleiben in der Region des Mandanten.',
  status: 'Status',
  statuses: { active: 'Aktiv', deleted: 'Gelöscht, wiederherstellbar' },
  created: 'Angelegt',
  agentUrl: 'Agent-URL',
  keys: 'Schlüssel',
  lastUsed: 'Zuletzt benutzt',
  nameHelp: 'Bleibt für immer, er ist Teil der Agent-URLs: Buchstaben, Ziffern, _ und -.',
  nameRule: '1 bis 63 Buchstaben, Ziffern, _ oder -, ohne Leerzeichen.',

  newTitle: 'Einen Namensraum anlegen',
  secretTitle: (name) => `Schlüssel von ${name}`,
  agentKey: 'Agent-Schlüssel',
  agentKeyHelp: 'Für die Gateways dieses Namensraums.',
  serviceKey: 'Dienstschlüssel',
  serviceKeyHelp: 'Für Dienste, die nach Entscheidungen über diesen Namensraum fragen.',

  details: 'Angaben',
  saved: 'Der Namensraum wurde gespeichert.',
  key: 'Schlüssel',
  lastFour: 'Endet auf',
  ends: 'Endet',
  endsNone: 'Solange er besteht',
  resetAgent: 'Agent-Schlüssel erneuern',
  resetService: 'Dienstschlüssel erneuern',
  resetTitle: (what, name) => `${name}: ${what}?`,
  resetText:
    'Ein neuer Schlüssel wird erzeugt und einmal gezeigt. Ohne Überlappung ist der alte sofort tot, und was ihn benutzt, steht still.',
  overlap: 'Überlappung mit dem alten Schlüssel',
  overlaps: {
    '0': 'Keine: der alte ist sofort tot',
    '3600': '1 Stunde',
    '14400': '4 Stunden',
    '86400': '24 Stunden',
  },
  danger: 'Gefahrenbereich',
  remove: 'Diesen Namensraum löschen',
  removeText:
    'Seine Schlüssel enden sofort. 30 Tage lang kann er wiederhergestellt werden und hält so lange seinen Namen.',
  removeVerb: 'Namensraum löschen',
  removeTitle: (name) => `${name} löschen?`,
  removeDialog: (until) => `Bis ${until} kann er wiederhergestellt werden. Danach ist er endgültig fort.`,
  kinds: {
    'agent-key': ['Agent-Schlüssel endet', 'Agent-Schlüssel enden'],
    'service-key': ['Dienstschlüssel endet', 'Dienstschlüssel enden'],
    grant: ['Recht einer Gruppe ruht', 'Rechte von Gruppen ruhen'],
    gateway: ['Gateway steht still', 'Gateways stehen still'],
  },
  goes: (kind, n) => {
    const [one, many] = namespaceText.kinds[kind] ?? [kind, kind];
    return count(n, one, many);
  },
  removed: (name) => `${name} wurde gelöscht.`,
  restore: 'Diesen Namensraum wiederherstellen',
  restoreText: (until) => `Er ist gelöscht und kann bis ${until} wiederhergestellt werden.`,
  restoreVerb: 'Namensraum wiederherstellen',
  restored: (name) => `${name} wurde wiederhergestellt. Erneuern Sie seine Schlüssel, wenn sie neu sein sollen.`,
};

import type { domainText as english } from './en.domains.ts';

export const domainText: typeof english = {
  title: 'E-Mail-Domains',
  one: 'E-Mail-Domain',
  lead: 'Wer sich anmeldet, gibt eine E-Mail-Adresse ein. Adressen einer Domain, die Sie belegt haben, führen zu Ihrer Anmeldeseite.',
  what: 'Domains',
  create: 'Domain hinzufügen',
  createFirst: 'Die erste Domain hinzufügen',
  emptyTitle: 'Noch keine Domain',
  emptyText: 'Ihre Leute finden ihre Anmeldung durch ihre Adresse, sobald Sie deren Domain belegt haben.',
  command: 'bailiwick domains create --name example.com',
  name: 'Domain',
  status: 'Status',
  verified: 'Belegt',
  checked: 'Zuletzt nachgesehen',
  found: 'Zuletzt gefunden',
  notChecked: 'Noch nicht',
  outcome: 'Dabei gefunden',
  outcomes: {
    found: 'Der Eintrag',
    absent: 'Kein Eintrag',
    'other-value': 'Ein Eintrag mit anderem Wert',
    unanswered: 'Keine Antwort der Nameserver',
  },
  created: 'Hinzugefügt',

  newTitle: 'E-Mail-Domain hinzufügen',
  newLead:
    'Sie erhalten einen TXT-Eintrag für Ihren DNS-Anbieter. Für niemanden ändert sich etwas, bevor er gefunden wird.',
  nameHelp: 'Was nach dem @ steht. Sie gilt nur für ihre eigenen Adressen, nicht für die von mail.example.com.',

  record: 'DNS-Eintrag',
  recordLead:
    'Tragen Sie ihn bei Ihrem DNS-Anbieter ein, neben allem, was dort steht, und lassen Sie ihn stehen: Täglich wird nachgesehen.',
  type: 'Typ',
  recordName: 'Name',
  recordNameHelp: 'Viele Anbieter ergänzen die Domain selbst: Dann tragen Sie nur _bailiwick-challenge ein.',
  value: 'Wert',
  verify: 'Jetzt nachsehen',
  looks: {
    found: (name) => `Der Eintrag wurde gefunden: ${name} führt zu Ihrer Anmeldung.`,
    absent:
      'Diesen Eintrag gibt es noch nicht. Bei manchen Anbietern dauert es bis zu einer Stunde; sehen Sie dann noch einmal nach.',
    'other-value':
      'Es gibt einen Eintrag mit anderem Wert. Tragen Sie den Wert dieser Seite ein, daneben oder an seiner Stelle.',
    unanswered: 'Die Nameserver der Domain haben nicht geantwortet. Sehen Sie später noch einmal nach.',
  },

  pending:
    'Tragen Sie den Eintrag unten ein und sehen Sie dann nach. Bis er gefunden wird, führt die Domain nirgendwohin.',
  failing:
    'Der Eintrag wird nicht mehr gefunden; alle Eigentümer wurden benachrichtigt. Die Domain führt noch hierher. Sie wird aufgegeben:',
  released:
    'Der Eintrag wurde zu lange nicht gefunden; alle Eigentümer wurden benachrichtigt. Die Domain führt nirgendwohin, bis er wieder gefunden wird.',
  shared:
    'Eine andere Organisation hat dieselbe Domain belegt; alle Eigentümer wurden benachrichtigt. Man wählt zwischen beiden nach ihren Anmeldenamen.',
  policy: 'Ihren Anmeldenamen ändern',

  details: 'Nachgesehen',
  danger: 'Gefahrenbereich',
  deleteTitle: 'Diese Domain entfernen',
  deleteText: 'Ihre Adressen führen nicht mehr hierher.',
  delete: 'Domain entfernen',
  deleteQuestion: (name) => `${name} entfernen?`,
  deleteBreaks: [
    'Wer eine solche Adresse eingibt, erhält dieselbe Antwort wie alle anderen.',
    'Niemand verliert ein Konto, und keine Sitzung endet. Ihre eigene Anmeldeseite bleibt.',
  ],
  deleted: (name) => `${name} wurde entfernt.`,
};

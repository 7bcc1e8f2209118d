import type { homeText as english } from './en.home.ts';
import { count } from './format.ts';

export const homeText: typeof english = {
  title: 'Start',
  lead: (tenant) => `Was heute in ${tenant} auf Sie wartet.`,
  setup: 'Schritte der Einrichtung',
  setupLead: 'In beliebiger Folge. Die Liste geht, wenn alles getan ist.',
  progress: (done, all) => `${done} von ${all} erledigt`,
  stepDone: 'Erledigt',
  skip: 'Auslassen',
  skipped: (n) => `${count(n, 'Schritt', 'Schritte')} ausgelassen.`,
  showSkipped: 'Ausgelassene Schritte zeigen',
  steps: {
    'identity-provider': {
      title: 'Einen Identitätsanbieter anbinden',
      text: 'Personen melden sich an, wo sie es schon tun.',
      action: 'Identitätsanbieter hinzufügen',
    },
    'provisioning-token': {
      title: 'Ein SCIM-Token anlegen',
      text: 'Ihr Identitätsanbieter bringt Personen und Gruppen von selbst.',
      action: 'Token anlegen',
    },
    'second-owner': {
      title: 'Einen zweiten Eigentümer einladen',
      text: 'Zwei Eigentümer, damit niemand ausgesperrt wird.',
      action: 'Einladen',
    },
    namespace: {
      title: 'Einen Namensraum anlegen',
      text: 'Eine Umgebung für Gateways, mit eigenen Schlüsseln.',
      action: 'Namensraum anlegen',
    },
  },
  counts: 'In diesem Mandanten',
  tokens: 'Bereitstellungs-Tokens',
  serviceAccounts: 'Dienstkonten',
  attention: 'Braucht Aufmerksamkeit',
  nothingExpires: (tokens, keys) =>
    tokens && keys
      ? 'Innerhalb von 14 Tagen läuft nichts ab.'
      : `Innerhalb von 14 Tagen läuft kein ${tokens ? 'Bereitstellungs-Token' : 'Schlüssel eines Dienstkontos'} ab.`,
  nobodyWaits: 'Niemand wartet auf Freigabe.',
  nobodyAsks: 'Niemand sonst bittet um Zugriff.',
  noPartnerAsks: 'Kein Partner bittet um Einlass oder darum, handeln zu dürfen.',
  noChangeWaits: 'Keine Änderung wartet auf Ihre Genehmigung.',
  nothingRefused: 'Keine Lizenz weist etwas ab.',
  unseen: {
    tokens: 'Bereitstellungs-Token (braucht provisioning.view)',
    keys: 'Schlüssel von Dienstkonten (braucht integrations.view)',
    waiting: 'Konten, die auf Freigabe warten (braucht accounts.change)',
    accessRequests: 'Zugriffsanfragen (braucht groups.change)',
    partnerRequests: 'Anfragen von Partnern (braucht delegations.change)',
    changes: 'Änderungen, die auf Genehmigung warten (braucht namespaces.approve)',
    licences: 'Lizenzen (braucht licences.view)',
  },
  noRights:
    'Sie haben hier noch keine Rechte. Sie kommen über Sicherheitsgruppen: Bitten Sie einen Eigentümer, Sie in eine aufzunehmen.',
  unseenText: (what) => `Hier nicht zu sehen für Sie: ${what.join(', ')}.`,
  waiting: (n) => `${count(n, 'Konto wartet', 'Konten warten')} auf Freigabe`,
  accessRequests: (n) => `${count(n, 'Zugriffsanfrage wartet', 'Zugriffsanfragen warten')} auf Antwort`,
  partnerRequests: (n) => `${count(n, 'Anfrage eines Partners wartet', 'Anfragen von Partnern warten')} auf Antwort`,
  activations: (n, group) =>
    `${count(n, 'Nutzung eines Partnerzugriffs wartet', 'Nutzungen eines Partnerzugriffs warten')} auf Zustimmung (${group})`,
  changes: (n, namespace) => `${count(n, 'Änderung wartet', 'Änderungen warten')} in ${namespace} auf Genehmigung`,
  expiresKind: {
    'provisioning-token': 'Bereitstellungs-Token',
    'service-account-key': 'Schlüssel eines Dienstkontos',
  },
  expires: 'läuft ab',
  recovery: 'Der Betreiber lässt jemanden als Eigentümer herein, wenn Sie es nicht stoppen:',
};

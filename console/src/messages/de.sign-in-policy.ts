import type { policyText as english } from './en.sign-in-policy.ts';
import { count } from './format.ts';

export const policyText: typeof english = {
  title: 'Anmelderegeln',
  lead: 'Wie sich die Leute dieses Mandanten anmelden, was auch immer jeder selbst eingerichtet hat.',
  parts: 'Teile der Anmelderegeln',
  tabRules: 'Regeln',
  tabSingleSignOn: 'Single Sign-on',

  rules: 'Regeln',
  secondFactor: 'Zweiter Faktor',
  secondFactors: {
    optional: 'Freigestellt',
    required: 'Verlangt: Wer sich mit nur einem anmeldet, wird nach einem weiteren gefragt',
  },
  sessionHours: 'Stunden, die eine Sitzung dauert',
  sessionHoursHelp: 'Von 1 bis 720. Eine kürzere Zeit beendet Sitzungen, die schon älter sind.',
  idleMinutes: 'Minuten ohne Nutzung',
  idleMinutesHelp: 'Von 5 bis 43.200. Eine Sitzung, die so lange niemand nutzt, ist zu Ende.',
  accountsEnabled: 'Wer eine Einladung angenommen hat',
  accountsEnabledBy: {
    automatically: 'Kommt sofort hinein',
    'by-administrator': 'Wartet auf einen Administrator; Eigentümer nie',
  },
  allowedNetworks: 'Erlaubte Netze',
  anywhere: 'Von überall',
  networksHelp:
    'Nur von dort werden Sitzungen und Schlüssel von Dienstkonten eingelassen, zum Beispiel 192.0.2.0/24 2001:db8::/32. Leer heißt von überall.',
  yourAddress: 'Sie kommen von',
  addYours: 'Diese Adresse hinzufügen',
  networksHoldForProvisioning: 'Für Bereitstellungstoken',
  holdFor: {
    true: 'Die Netze gelten auch für die Bereitstellung',
    false: 'Die Bereitstellung kommt von überall',
  },
  signInLabel: 'Anmeldename',
  signInLabelHelp:
    'Öffentlich. Haben mehrere Organisationen dieselbe Domain belegt, wählt man danach; sonst steht dort der Name der Region.',
  number: (least, most) => `Geben Sie eine ganze Zahl von ${least} bis ${most} ein.`,
  saved: 'Die Anmelderegeln wurden gespeichert.',

  logo: 'Logo',
  logoLead:
    'Steht mit dem Namen Ihrer Organisation auf deren eigener Anmeldeseite, und nirgends, bevor sie bekannt ist.',
  logoNone: 'Die Anmeldeseite zeigt nur den Namen.',
  logoAlt: 'Das Logo, wie es gezeigt wird',
  logoChoose: 'Bild wählen',
  logoReplace: 'Anderes Bild wählen',
  logoHelp: 'PNG, JPEG oder WebP, höchstens 100 KiB, 16 bis 2.048 Pixel breit und hoch.',
  logoTooLarge: 'Diese Datei ist größer als 100 KiB. Wählen Sie eine kleinere.',
  logoChanged: 'Die Anmeldeseite zeigt ab jetzt dieses Logo.',
  logoRemove: 'Logo entfernen',
  logoRemoved: 'Das Logo wurde entfernt.',

  singleSignOn: 'Single Sign-on',
  states: { optional: 'Nicht verlangt', required: 'Verlangt', suspended: 'Ausgesetzt' },
  means: {
    optional: 'Man meldet sich durch einen Identitätsanbieter an oder mit eigenem Passwort oder Passkey.',
    required: 'Niemand meldet sich mit Passwort, Passkey oder zugesandtem Link an. Eigentümern bleibt der Notzugang.',
    suspended:
      'Kein Eigentümer hat Notfallcodes, von denen einer erprobt wurde; darum lassen Passwort und Passkey wieder ein. Sobald ein Eigentümer einen erprobt hat, wird es wieder verlangt.',
  },
  conditionsTitle: 'Bevor es verlangt werden kann',
  conditions: {
    'provider-active': 'Ein Identitätsanbieter ist aktiv.',
    'owner-came-through-it': 'Ein Eigentümer ist durch ihn angemeldet.',
    'emergency-codes-tried': 'Ein Eigentümer hat einen Notfallcode erprobt.',
  },
  toDo: {
    'provider-active': 'Verbinden Sie Ihren Identitätsanbieter, testen und aktivieren Sie ihn.',
    'owner-came-through-it':
      'Melden Sie sich als Eigentümer durch den Anbieter an, etwa in einem anderen Browser, und bleiben Sie angemeldet.',
    'emergency-codes-tried': 'Erzeugen Sie unten Notfallcodes und erproben Sie einen davon.',
  },
  isMet: 'Erledigt',
  isOpen: 'Zu tun',
  require: 'Single Sign-on verlangen',
  requireTitle: 'Single Sign-on verlangen?',
  requireText: 'Allein Ihr Identitätsanbieter entscheidet, wer sich anmeldet.',
  requireBreaks: [
    'Passwörter, Passkeys und zugesandte Links dieses Mandanten öffnen von jetzt an nichts mehr.',
    'Offene Einladungen lassen sich nicht mit einem Passwort annehmen.',
    'Offene Sitzungen laufen weiter. Schlüssel und Bereitstellung bleiben unberührt.',
    'Eigentümer kommen mit ihren Notfallcodes hinein, wenn der Anbieter ausfällt.',
  ],
  required: 'Single Sign-on wird von jetzt an verlangt. Alle Eigentümer wurden benachrichtigt.',
  stop: 'Nicht mehr verlangen',
  stopTitle: 'Single Sign-on nicht mehr verlangen?',
  stopText: 'Passwörter und Passkeys lassen wieder ein wie zuvor.',
  stopped: 'Single Sign-on wird nicht mehr verlangt. Alle Eigentümer wurden benachrichtigt.',

  owners: 'Eigentümer am Notzugang',
  ownersLead:
    'Eigentümer mit einem Konto, das hier geführt wird, kommen mit einem Einmalcode hinein, was auch ausfällt.',
  owner: 'Eigentümer',
  codes: 'Codes übrig',
  tried: 'Zuerst erprobt',
  notTried: 'Nicht erprobt',
  ownersWhat: 'Eigentümer',
  noOwners: 'Kein Eigentümer hat ein Konto, das hier geführt wird.',

  yourCodes: 'Ihre Notfallcodes',
  yourCodesLead:
    'Zehn Einmalcodes, die nicht ablaufen. Jede Nutzung wird allen Eigentümern mitgeteilt. Verwahren Sie sie getrennt von dieser Plattform, etwa auf Papier.',
  none: 'Sie haben noch keine.',
  inUse: 'In Gebrauch',
  inUseCount: (unused) => count(unused, 'Code übrig', 'Codes übrig'),
  untried: 'Neu, nicht erprobt',
  untriedHelp: 'Sie treten an die Stelle der Codes in Gebrauch, sobald Sie einen erprobt haben.',
  make: 'Codes erzeugen',
  makeNew: 'Neue Codes erzeugen',
  madeTitle: 'Ihre Notfallcodes',
  codesLabel: 'Codes',
  codesHelp: (url) => `Jeder öffnet einmal, mit Ihrer E-Mail-Adresse, unter ${url}`,
  fileName: 'notfallcodes.txt',
  drill: 'Einen Code erproben',
  drillTitle: 'Probe: einen Code erproben',
  drillLead:
    'Geben Sie einen Ihrer Codes ein, wie Sie ihn verwahrt haben. Er wird verbraucht wie am Notzugang; die übrigen bleiben.',
  code: 'Notfallcode',
  drilled: (left) => `Der Code öffnet. Er ist verbraucht; Sie haben ${left}.`,
};

import type { deviceText as english } from './en.device.ts';

export const deviceText: typeof english = {
  title: 'Ein Gerät einlassen',
  lead: 'Eine Befehlszeile zeigt einen Code und wartet auf Sie.',
  code: 'Code',
  codeHelp: 'Wie das Gerät ihn zeigt, etwa WDJB-MJHT.',
  next: 'Weiter',
  unknown: 'Mit diesem Code wartet kein Gerät. Codes gelten 10 Minuten und nur einmal.',
  ask: 'Dieses Gerät will in Ihrem Namen handeln. Lassen Sie es nur ein, wenn Sie es eben selbst gestartet haben.',
  from: 'Kommt von',
  unknownAddress: 'einer unbekannten Adresse',
  asked: 'Gefragt',
  allow: 'Als mich einlassen',
  refuse: 'Ablehnen',
  warning: 'Es erhält eine Sitzung von Ihnen. Sie können sie wie jede andere unter „Mein Profil“ beenden.',
  is: {
    allowed: 'Das Gerät ist in Ihrem Namen angemeldet. Kehren Sie zu ihm zurück; diese Seite kann geschlossen werden.',
    refused: 'Das Gerät wurde abgelehnt und erhält nichts.',
  },
};

import { expect, test } from 'vitest';
import { saidIn } from './mails.ts';

test.each([
  [
    'Gold (licence "Gold"): 1,500 of 2,000 transactions of this month are used, which is all. Gateways go on until 2026-11-30, then refuse until the month is over.',
    'Gold (Lizenz „Gold“): 1.500 von 2.000 Transaktionen dieses Monats sind verbraucht, das sind alle. Gateways arbeiten bis 30.11.2026 weiter und weisen dann ab, bis der Monat vorbei ist.',
  ],
  [
    'Gold: 5 of 5 accounts are used, which is all. Everything goes on; add to the licence.',
    'Gold: 5 von 5 Konten sind verbraucht, das sind alle. Alles läuft weiter; erweitern Sie die Lizenz.',
  ],
  [
    'Subscription 3 of the licence "Gold" is over in 7 days.',
    'Das Abonnement 3 der Lizenz „Gold“ läuft ab: in 7 Tagen.',
  ],
  [
    'Subscription 3 of the licence "Gold" is over. It stays in force until 2026-12-01.',
    'Das Abonnement 3 der Lizenz „Gold“ ist abgelaufen. Es gilt noch bis 01.12.2026.',
  ],
  [
    'Partner access ends on 2026-12-01. Ask the customer to renew it.',
    'Der Partnerzugriff endet am 01.12.2026. Bitten Sie den Kunden, ihn zu verlängern.',
  ],
  [
    'Your request for the permission namespaces.view was approved. You are in the group "Night until noon" until 2026-12-01.',
    'Ihre Bitte um das Recht namespaces.view wurde gewährt. Sie sind bis 01.12.2026 in der Gruppe „Night until noon“.',
  ],
  [
    'Your request for the permission audit.view was approved. You are in the group "Readers".',
    'Ihre Bitte um das Recht audit.view wurde gewährt. Sie sind in der Gruppe „Readers“.',
  ],
  [
    'Your request for the permission namespaces.view was refused: "Not now"',
    'Ihre Bitte um das Recht namespaces.view wurde abgelehnt: „Not now“',
  ],
  [
    'This tenant is closing. Until 2026-12-28T05:02:18.000Z an owner can restore it; then all of it is deleted.',
    'Dieser Mandant wird geschlossen. Bis 28.12.2026, 05:02 Uhr UTC kann ein Eigentümer ihn wiederherstellen; dann wird alles gelöscht.',
  ],
])('a notice is said whole in German: %s', async (english, german) => {
  expect(await saidIn('de', english)).toBe(german);
});

test('what people chose or wrote is left as it is', async () => {
  const token = 'The provisioning token "Provisioning" (ends in 4a2c) expires at 2026-12-28T05:02:18.000Z. ';
  const text = `${token}Rotate it before then: provisioning stops when it is over.`;
  expect(await saidIn('de', text)).toContain('„Provisioning“');
  expect(await saidIn('de', 'Your request for the permission groups.view was refused: "Licences"')).toBe(
    'Ihre Bitte um das Recht groups.view wurde abgelehnt: „Licences“',
  );
});

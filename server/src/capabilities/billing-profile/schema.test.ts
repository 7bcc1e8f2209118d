import { describe, expect, test } from 'vitest';
import { looksLikeCardNumber, NewBillingProfile } from './schema.ts';

/** Numbers that card networks publish for tests. */
const visa = '4111111111111111';
const inFours = '4111 1111 1111 1111';

describe('the number of a card', () => {
  test.each<[string, string]>([
    ['Visa', visa],
    ['Visa of 13 digits', '4222222222222'],
    ['Mastercard', '5555555555554444'],
    ['Mastercard of the second range', '2223003122003222'],
    ['American Express', '3782 822463 10005'],
    ['Diners Club', '3056 930902 5904'],
    ['JCB', '3530111333300000'],
    ['Discover', '6011111111111117'],
    ['UnionPay of 19 digits', '6205500000000000004'],
    ['in fours', inFours],
    ['with hyphens', '4111-1111-1111-1111'],
    ['with dots', '4111.1111.1111.1111'],
    ['with slashes', '4111/1111/1111/1111'],
    ['with double spaces', '4111  1111  1111  1111'],
    ['with a dash between spaces', '4111 – 1111 – 1111 – 1111'],
    ['with no-break spaces', inFours.replaceAll(' ', '\u00a0')],
    ['with narrow spaces', inFours.replaceAll(' ', '\u202f')],
    ['with a space after each digit', [...visa].join(' ')],
    ['in full-width digits', [...visa].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')],
    ['in superscript', [...visa].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')],
    ['before its month of expiry', `${inFours} 12/27`],
    ['with its month of expiry at once', `${visa}1227`],
    ['after a date', `2026-11-28 ${inFours}`],
    ['two side by side', `${inFours} 5555 5555 5555 4444`],
    ['two without a space', `${visa}5555555555554444`],
    ['within a number that is longer', `000${visa}99999999`],
    ['behind a letter', `Visa${visa}`],
    ['among words', `charge it to ${inFours}, please`],
    ['in an address', `${visa}@people.example`],
  ])('is found: %s', (_how, value) => expect(looksLikeCardNumber(value)).toBe(true));

  test.each<[string, string]>([
    ['nothing', ''],
    ['a name', 'Ann Lee'],
    ['a reference of a payment service', 'pm_1N4HJk2eZvKYlo2C1234'],
    ['a purchase order', 'PO-2026-1127/0042'],
    ['a phone number', '+61 2 8000 1234'],
    ['a day and a time', '2026-11-28 02:24:59'],
    ['twelve digits', '411111111111'],
    ['a wrong check digit', '4111 1111 1111 1112'],
    ['a length that its beginning does not have', '41111111111116'],
    ['a beginning that no card has', '8000000000000004'],
    ['a number of an account', 'DE89 3704 0044 0532 0130 00'],
    ['numbers far from each other', '4111 1111 and 1111 1111'],
    ['an identifier', '0192f3a0-7b1c-7def-8abc-0123456789ab'],
    ['an address', 'ann.lee+2026.11@people.example'],
  ])('is not seen in %s', (_what, value) => expect(looksLikeCardNumber(value)).toBe(false));

  const profile = {
    accountType: 'card',
    reference: 'pm_1',
    currency: 'AUD',
    contactName: 'Ann Lee',
    contactEmail: 'ann@people.example',
    purchaseOrder: 'PO-1',
  };
  test.each([
    ['reference', inFours],
    ['contactName', inFours],
    ['purchaseOrder', inFours],
    ['contactEmail', `${visa}@people.example`],
  ])('is refused in the field %s', (field, value) => {
    expect(NewBillingProfile.safeParse(profile).success).toBe(true);
    const { error } = NewBillingProfile.safeParse({ ...profile, [field]: value });
    expect(error?.issues[0]).toMatchObject({ path: [field], message: expect.stringContaining('number of a card') });
  });
});

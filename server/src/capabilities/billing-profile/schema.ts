import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { canonicalEmail } from '../../kernel/canonical.ts';
import { personal, Timestamp, text } from '../../kernel/schema.ts';
import { Phone } from '../tenants/schema.ts';

/** The beginnings and lengths that numbers of cards have. */
const CARD =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|220\d{13,16}|3[47]\d{13}|3[0689]\d{12,17}|35\d{14,17}|(?:5[06-9]|6\d)\d{11,17})$/;

/** The check digit of ISO 7812. */
const isLuhn = (digits: string) =>
  [...digits].reverse().reduce((total, digit, at) => {
    const counted = Number(digit) * (at % 2 === 1 ? 2 : 1);
    return total + (counted > 9 ? counted - 9 : counted);
  }, 0) %
    10 ===
  0;

/**
 * Whether a card's number stands in a text, in whatever digits, however it is set apart and whatever stands beside it.
 * It would rather refuse too much: of other numbers of 16 digits it takes every fifth for one.
 */
export function looksLikeCardNumber(value: string): boolean {
  for (const [found] of value.normalize('NFKC').matchAll(/\d(?:[^\p{L}\p{N}]{0,3}\d){12,}/gu)) {
    const digits = found.replaceAll(/\D/g, '');
    for (let from = 0; from + 13 <= digits.length; from++)
      for (let length = 13; length <= 19 && from + length <= digits.length; length++) {
        const part = digits.slice(from, from + length);
        if (CARD.test(part) && isLuhn(part)) return true;
      }
  }
  return false;
}

const NO_CARD =
  'looks like the number of a card, which is kept nowhere here: give the reference that your payment service gave you';

const noCard = (max: number) => text(max).refine((value) => !looksLikeCardNumber(value), NO_CARD);

const currencies = new Set(Intl.supportedValuesOf('currency'));

const fields = {
  accountType: z
    .enum(['account', 'card'])
    .describe('`account`: orders and invoices. `card`: a card that a payment service keeps.'),
  reference: noCard(100).describe('Of the account, or of the card at the payment service; never its number.'),
  currency: z
    .string()
    .refine((code) => currencies.has(code), 'must be a currency code of ISO 4217, three capital letters such as AUD'),
  contactName: personal(noCard(200)),
  contactEmail: personal(
    z
      .string()
      .max(254)
      .refine((email) => canonicalEmail(email).ok, 'must be an e-mail address')
      .refine((email) => !looksLikeCardNumber(email), NO_CARD),
  ),
};
const contactPhone = personal(Phone.nullable());
const purchaseOrder = noCard(100).nullable();

export const BillingProfile = z
  .strictObject({
    state: z.enum(['off', 'none', 'active']).describe('`off`: the operator has not turned billing on.'),
    accountType: fields.accountType.nullable(),
    reference: fields.reference.nullable(),
    currency: fields.currency.nullable(),
    contactName: personal(z.string().nullable()),
    contactEmail: personal(z.string().nullable()),
    contactPhone,
    purchaseOrder,
    activeSince: Timestamp.nullable(),
    actions: z.array(Action),
  })
  .meta({ id: 'BillingProfile' });

export const NewBillingProfile = z
  .strictObject({ ...fields, contactPhone: contactPhone.optional(), purchaseOrder: purchaseOrder.optional() })
  .meta({ id: 'NewBillingProfile' });
export type NewBillingProfile = z.output<typeof NewBillingProfile>;

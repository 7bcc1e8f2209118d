import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { canonicalEmail } from '../../kernel/canonical.ts';
import { personal, Timestamp, text } from '../../kernel/schema.ts';
import { Phone } from '../tenants/schema.ts';

/** Luhn, over what is left without spaces and hyphens: such a number is a card's, whatever it is meant for. */
export function looksLikeCardNumber(value: string): boolean {
  for (const [found] of value.matchAll(/\d(?:[ -]?\d){11,}/g)) {
    const digits = found.replaceAll(/\D/g, '');
    if (digits.length > 19) continue;
    const sum = [...digits].reverse().reduce((total, digit, at) => {
      const counted = Number(digit) * (at % 2 === 1 ? 2 : 1);
      return total + (counted > 9 ? counted - 9 : counted);
    }, 0);
    if (sum % 10 === 0) return true;
  }
  return false;
}

const noCard = (max: number) =>
  text(max).refine(
    (value) => !looksLikeCardNumber(value),
    'looks like the number of a card, which is kept nowhere here: give the reference that your payment service gave you',
  );

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
      .refine((email) => canonicalEmail(email).ok, 'must be an e-mail address'),
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

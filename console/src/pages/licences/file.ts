import type { SubscriptionTier } from '../../api/licences.ts';

/** What a licence file says of itself, read for people before it is sent. Nothing of it is proved: the server does that. */

export interface Said {
  issuer: string;
  tenantId: string;
  name: string;
  number: string;
  legacyKey: string;
  issuedAt: string | undefined;
  usableUntil: string | undefined;
  subscriptions: { number: string; activeFrom: string; activeThrough: string; tiers: SubscriptionTier[] }[];
}

const parts = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$/;

export const looksLikeFile = (file: string) => parts.test(file);

/** Undefined where it is not written as such a file is: what is wrong then the server says. */
export function saidIn(file: string): Said | undefined {
  const [, payload = ''] = parts.exec(file) ?? [];
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (each) =>
      each.charCodeAt(0),
    );
    const { iss, aud, iat, exp, licence } = JSON.parse(new TextDecoder().decode(bytes));
    return {
      issuer: word(iss),
      tenantId: word(aud),
      name: word(licence.name),
      number: word(licence.number),
      legacyKey: licence.legacyKey === undefined ? '' : word(licence.legacyKey),
      issuedAt: new Date(iat * 1000).toISOString(),
      usableUntil: exp === undefined ? undefined : new Date(exp * 1000).toISOString(),
      subscriptions: licence.subscriptions.map(
        ({ number, activeFrom, activeThrough, tiers }: Record<string, unknown>) => ({
          number: word(number),
          activeFrom: new Date(word(activeFrom)).toISOString(),
          activeThrough: new Date(word(activeThrough)).toISOString(),
          tiers: (tiers as unknown[]).map(tierOf),
        }),
      ),
    };
  } catch {
    return undefined;
  }
}

const tierOf = (tier: unknown): SubscriptionTier => {
  const { product, tier: of, userLimit, transactionLimit, enforcement, graceDays } = tier as SubscriptionTier;
  return {
    product: { code: word(product.code), name: word(product.name) },
    tier: { code: word(of.code), name: word(of.name) },
    userLimit: limitOf(userLimit),
    transactionLimit: limitOf(transactionLimit),
    enforcement: enforcement === 'soft' ? 'soft' : 'hard',
    graceDays: Number(graceDays),
  };
};

function word(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('A licence file has a text there.');
  return value;
}

function limitOf(value: unknown): number | null {
  if (value !== null && typeof value !== 'number') throw new TypeError('A licence file has a number there.');
  return value;
}

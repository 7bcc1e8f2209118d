import type { TenantContext } from '../../kernel/context.ts';
import { sealedKeys } from './certificates-store.ts';
import { issuerOf } from './service.ts';
import type { GatewayRow } from './store.ts';
import type { SigningKey, SigningSettings } from './upstream-token.ts';

export interface Signing extends SigningSettings {
  header: string;
  /** With their private halves: for enrolled gateways of the namespace alone. */
  keys: SigningKey[];
}

/** What a gateway signs by, as its configuration holds it; null when it signs nothing. */
export async function signingOf(
  ctx: TenantContext,
  { id, signing }: Pick<GatewayRow, 'id' | 'signing'>,
): Promise<Signing | null> {
  if (!signing) return null;
  const rows = await sealedKeys(ctx, id);
  const keys = rows.map(async ({ id: row, keyId: kid, privateKey, ...rest }) => ({
    kid,
    privateKey: await ctx.keys.open(privateKey, 'gateway_certificates', row, 'private_key'),
    ...rest,
  }));
  return { issuer: issuerOf(ctx, id), keys: await Promise.all(keys), ...signing };
}

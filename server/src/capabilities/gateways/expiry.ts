import type { TenantContext } from '../../kernel/context.ts';
import { nextTelling, untilThen } from '../../kernel/expiry.ts';
import { job } from '../../kernel/jobs.ts';
import { principalsFor } from '../access/service.ts';
import * as store from './certificates-store.ts';

/** Whoever may change gateways of the namespace is told before certificates are over. */

const MOST_TOLD = 20;

interface Expiry {
  certificateId: string;
}

export function tellLater(ctx: TenantContext, certificateId: string, expiresAt: Date): void {
  const next = nextTelling(ctx, expiresAt);
  if (next) ctx.enqueue('gateways.tell-certificate-expiry', { certificateId } as Expiry, next);
}

/** Tells nobody when the certificate is gone, or another one is valid for longer. */
export const tellCertificateExpiry = job<Expiry>('gateways.tell-certificate-expiry', async (ctx, { certificateId }) => {
  const found = await store.withGateway(ctx, certificateId);
  if (!found) return;
  tellLater(ctx, certificateId, found.expiresAt);
  const rows = await store.allOf(ctx, found.gatewayId);
  if (rows.some(({ expiresAt }) => expiresAt > found.expiresAt)) return;
  const may = { permission: 'gateways.change', namespaceId: found.namespaceId };
  const { items } = await principalsFor(ctx, may, ['account'], { limit: MOST_TOLD });
  const notice = {
    kind: 'certificate-expiring' as const,
    text: `The certificate of the gateway "${found.name}" is over ${untilThen(ctx, found.expiresAt)}. Add the next one before: without one the gateway refuses what it is to sign.`,
    target: { kind: 'gateway', id: found.gatewayId },
  };
  if (items.length === 0) ctx.notify({ to: 'owners', ...notice });
  for (const { id } of items) ctx.notify({ to: { accountId: id }, ...notice });
});

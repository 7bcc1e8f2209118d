import { randomUUID } from 'node:crypto';
import { run } from './product.ts';
import { inTenant, operator } from './tenants.ts';

/** What the operator offers, what a tenant has of it, and who is billed. */
export async function licences() {
  const limits = { userLimit: 1_000_000, transactionLimit: 1_000_000, enforcement: 'soft', graceDays: 3 };
  const tier = { code: 'small', name: 'Small', ...limits, renewalFrequency: 'year', isOffered: true };
  const given = { code: `p-${randomUUID().slice(0, 8)}`, isOffered: true, tiers: [tier] };
  const { id: product, code } = (await run('products.create', { ...operator(), given })).body;
  const one = { ...operator(), at: { id: product } };
  await run('products.read', one);
  await run('products.replace', { ...one, given });
  await run('billing-profile.change', { ...inTenant(), given: { accountType: 'account', currency: 'EUR' } });
  await run('billing-profile.read', inTenant());
  await run('licences.list-offers', inTenant());

  const { id } = (await run('licences.create', inTenant())).body;
  await run('licences.change', inTenant({ id }));
  await run('licences.read', inTenant({ id }));
  const namespace = await run('namespaces.create', inTenant());
  const namespaceIds = [namespace.body.id];
  await run('licences.assign', { ...inTenant({ id }), given: { namespaceIds } });
  const within = { licenceId: id };
  const chosen = { tiers: [{ product: code, tier: 'small' }], autoRenew: true };
  const added = await run('subscriptions.create', { ...inTenant(within), given: chosen });
  const subscription = inTenant({ ...within, id: added.body.id });
  await run('subscriptions.read', subscription);
  await run('subscriptions.list', inTenant(within));
  await run('subscriptions.change', { ...subscription, given: { autoRenew: false } });
  await run('licences.upload', { ...inTenant(), given: { file: 'e30.e30.e30' }, orElse: 409 });
  await run('subscriptions.delete', subscription);
  await run('licences.delete', inTenant({ id }));
  await run('billing-profile.remove', inTenant());
  await run('products.delete', one);
}

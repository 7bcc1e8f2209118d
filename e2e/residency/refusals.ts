import { expect } from 'vitest';
import { newTenant } from '../http.ts';
import { called, canaries, contract, knock, product, raw, run, type Step, secrets } from './product.ts';
import { first, inTenant, key, tenantId } from './tenants.ts';

export async function refusals() {
  const far = await product.asOperator('POST', '/v1/tenants', { body: newTenant('au', 'far-away') });
  expect(far.status, far.text).toBe(201);
  secrets.add(far.body.ownerKey);
  for (const operation of contract.values()) {
    const { schema, id, method } = operation;
    if (method === 'GET') continue;
    const whose: Step[] = [inTenant(), {}, { at: { tenantId }, key: far.body.ownerKey }, { ...first, at: first }];
    // Nothing may succeed here: what is sent is never complete.
    const word = canaries.text();
    for (const who of whose) {
      await knock(operation, who, '', JSON.stringify({ [canaries.text()]: canaries.text() }));
      await knock(
        operation,
        who,
        `?${canaries.text()}=${canaries.text()}`,
        JSON.stringify({ name: { [word]: [word] } }),
      );
    }
    await knock(operation, inTenant(), '', `{"name": "${canaries.text()}`);
    await knock(operation, inTenant(), '', canaries.text(), 'text/plain');
    await knock(operation, { at: { tenantId: canaries.text(), id: canaries.text() }, key }, '', '{}');
    if (!schema) continue;
    const long = Object.fromEntries(
      ['name', 'email', 'displayName', 'description', 'firstName'].map((field) => [field, canaries.text().repeat(200)]),
    );
    await knock(operation, inTenant(), '', JSON.stringify(long));
    await knock(operation, inTenant(), '', JSON.stringify({ ...long, name: `${canaries.text()}\0` }));
    expect(id).not.toBe('');
  }
  const big = JSON.stringify({ name: canaries.text().repeat(80_000) });
  await knock(called('groups.create'), inTenant(), '', big);
  // Against what is there: each of these meets a constraint.
  const { body } = await run('groups.list', inTenant());
  for (const { name } of body.items) await run('groups.create', { ...inTenant(), given: { name }, orElse: 409 });
  const { body: accounts } = await run('accounts.list', inTenant());
  for (const { email } of accounts.items.filter((each: { email: string | null }) => each.email))
    await run('accounts.create', { ...inTenant(), given: { email }, orElse: 409 });
  for (const path of [`/v1/${canaries.text()}`, `/${canaries.text()}?${canaries.text()}`, `/t/${canaries.text()}`])
    expect((await product.send('GET', path, { key })).status).toBeLessThan(500);
  for (const wrong of [canaries.text(), `bwk_sa_${canaries.text()}${'x'.repeat(40)}_${'y'.repeat(6)}`])
    expect((await product.send('GET', `/v1/tenants/${tenantId}`, { key: wrong })).status).toBe(401);
  expect(await raw(`GET /${canaries.text()} NONSENSE/1.1\r\n${canaries.text()}\r\n\r\n`)).toMatch(/^HTTP\/1.1 400/);
  expect(await raw(`GET / HTTP/1.1\r\nhost: x\r\n${canaries.text()}: ${canaries.text().repeat(3000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1.1 431/,
  );
}

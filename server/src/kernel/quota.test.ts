import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../test/harness.ts';
import { formatSessionSecret } from './credential-text.ts';

test('credentials that are not valid use up no requests of the tenant that they name', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '5' } });
  const tenant = await aTenant(platform);
  const forged = () => platform.session(`__Host-bailiwick-au=${formatSessionSecret(tenant.id)}`);
  for (let at = 0; at < 40; at++) expect((await forged().get('/v1/me')).status).toBe(401);
  expect((await tenant.client.get('/groups')).status).toBe(200);

  const rush = await Promise.all(Array.from({ length: 40 }, () => tenant.client.get('/groups')));
  expect(rush.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
});

import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';

const platform = await aPlatform();

test('smoke', async () => {
  const tenant = await aTenant(platform);
  const read = await tenant.client.get('');
  expect(read).toMatchObject({ status: 200, body: { id: tenant.id } });
});

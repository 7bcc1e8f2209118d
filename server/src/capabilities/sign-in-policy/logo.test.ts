import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import { png } from '../../../test/isolation/bodies.ts';

const platform = await aPlatform({ nodes: 2 });

const pageOf = async (tenantId: string, node = 0) =>
  (await platform.client(null, node).get(`/v1/sign-in/tenants/${tenantId}`)).body;
const get = (address: string, node = 0) => fetch(platform.urls[node] + address);

/** A PNG that says to be so large. */
const sized = (width: number, height: number) => {
  const bytes = Buffer.from(png, 'base64');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
};

test('a logo is shown on the sign-in page of its tenant, on every node, until it is removed', async () => {
  const tenant = await aTenant(platform);
  const none = await tenant.client.get('/sign-in-policy/logo');
  expect(none).toMatchObject({ status: 200, body: { picture: null } });
  expect((await pageOf(tenant.id)).logo).toBeNull();

  const made = await tenant.client.put('/sign-in-policy/logo', { image: png }, none.etag);
  expect(made, made.text).toMatchObject({
    status: 200,
    body: { picture: { type: 'image/png', width: 16, height: 16 } },
  });
  const { address } = made.body.picture;
  for (const node of [0, 1]) {
    expect((await pageOf(tenant.id, node)).logo).toEqual(made.body.picture);
    const picture = await get(address, node);
    expect(picture.status).toBe(200);
    expect(Object.fromEntries(picture.headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'public, max-age=86400, immutable',
    });
    expect(Buffer.from(await picture.arrayBuffer()).toString('base64')).toBe(png);
  }

  expect(await tenant.client.delete('/sign-in-policy/logo', none.etag)).toMatchObject({ status: 412 });
  expect(await tenant.client.delete('/sign-in-policy/logo', made.etag)).toMatchObject({ status: 204 });
  expect((await pageOf(tenant.id)).logo).toBeNull();
  expect((await get(address)).status).toBe(404);
  expect(await tenant.client.delete('/sign-in-policy/logo', '*')).toMatchObject({ status: 404 });
  expect(await tenant.auditedActions()).toEqual(
    expect.arrayContaining(['sign-in-policy.change-logo', 'sign-in-policy.remove-logo']),
  );
});

test('where no tenant is known yet, nothing leads to a logo', async () => {
  const tenant = await aTenant(platform);
  const { body } = await tenant.client.put('/sign-in-policy/logo', { image: png }, '*');
  const found = await platform.anyone.post('/v1/sign-in/discover', { email: tenant.ownerEmail });
  expect(found.text).not.toContain('logo');
  const other = await aTenant(platform);
  const digest = body.picture.address.split('/').at(-1);
  expect((await get(`/v1/sign-in/tenants/${other.id}/logos/${digest}`)).status).toBe(404);
  // Nor is one that is closed known any more.
  expect((await get(body.picture.address)).status).toBe(200);
  await platform.sql('au', `update tenants set status = 'closed' where tenant_id = $1`, [tenant.id]);
  expect((await get(body.picture.address)).status).toBe(404);
});

test('a later logo has another address, and the old one leads nowhere', async () => {
  const tenant = await aTenant(platform);
  const first = await tenant.client.put('/sign-in-policy/logo', { image: png }, '*');
  const jpeg =
    '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAQABgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAT/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCIBYkAAf/Z';
  const second = await tenant.client.put('/sign-in-policy/logo', { image: jpeg }, first.etag);
  expect(second.body.picture).toMatchObject({ type: 'image/jpeg', width: 24, height: 16 });
  expect((await get(first.body.picture.address)).status).toBe(404);
  expect((await get(second.body.picture.address)).headers.get('content-type')).toBe('image/jpeg');
});

test('what may not be shown is refused by name, and changes nothing', async () => {
  const tenant = await aTenant(platform);
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64');
  for (const [image, message] of [
    [svg, 'PNG, JPEG or WebP'],
    [Buffer.from(png, 'base64').subarray(0, -4).toString('base64'), 'PNG, JPEG or WebP'],
    ['no base64!', 'base64'],
    ['A'.repeat(140_004), '140,000'],
  ] as const) {
    const reply = await tenant.client.put('/sign-in-policy/logo', { image }, '*');
    expect(reply, reply.text).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'image', message: expect.stringContaining(message) }] },
    });
  }
  expect(await tenant.client.put('/sign-in-policy/logo', { image: png })).toMatchObject({ status: 428 });
  expect((await pageOf(tenant.id)).logo).toBeNull();
});

test.each([
  [15, 16],
  [2049, 16],
  [16, 4_294_967_295],
])('%i by %i pixels are too few or too many', async (width, height) => {
  const tenant = await aTenant(platform);
  const reply = await tenant.client.put(
    '/sign-in-policy/logo',
    { image: sized(width, height).toString('base64') },
    '*',
  );
  expect(reply, reply.text).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'image', message: expect.stringContaining('16 to 2048 pixels') }] },
  });
});

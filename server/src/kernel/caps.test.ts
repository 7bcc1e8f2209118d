import { expect, test } from 'vitest';
import { caps, Rooms } from './caps.ts';
import { newId } from './ids.ts';

/** A tenant with so many, as several nodes see it, and what their looks cost. */
function aTenantWith(made: number, nodes = 1) {
  const clock = { now: 0 };
  const rooms = Array.from({ length: nodes }, () => new Rooms(() => clock.now));
  const tenant = { id: newId(), made, looks: 0, counted: 0 };
  const make = async (node = 0) => {
    await rooms[node]?.take(tenant.id, 'groups', async () => {
      tenant.looks++;
      tenant.counted += Math.min(tenant.made, caps.groups);
      return Math.min(tenant.made, caps.groups);
    });
    tenant.made++;
  };
  return { tenant, make, clock, rooms };
}

const full = { status: 409, code: 'too-many-groups', message: expect.stringContaining('50,000 groups') };

test('a tenant fills up to its cap, by a thousandth more at most, and a creation hardly counts', async () => {
  const { tenant, make } = aTenantWith(0);
  for (let at = 0; at < caps.groups; at++) await make();
  expect(tenant.counted / caps.groups).toBeLessThan(60);
  for (let at = 0; at < caps.groups / 1000; at++) await make().catch(() => undefined);
  await expect(make()).rejects.toMatchObject(full);
  expect(tenant.made).toBeLessThanOrEqual(caps.groups * 1.001);
});

test('eight nodes that look at the same moment grant no more than there is', async () => {
  const { tenant, make } = aTenantWith(caps.groups - 8_000, 8);
  await Promise.all(Array.from({ length: 8 }, (_, node) => make(node)));
  for (let node = 0; node < 8; node++) for (let at = 1; at < 1_000; at++) await make(node);
  expect(tenant).toMatchObject({ looks: 8, made: caps.groups });
  for (let node = 0; node < 8; node++) await expect(make(node)).rejects.toMatchObject(full);
});

test('what was found holds for a minute, fullness for 2.5 seconds, and each tenant has its own', async () => {
  const { tenant, make, clock, rooms } = aTenantWith(10);
  await make();
  clock.now = 59_999;
  await make();
  expect(tenant.looks).toBe(1);
  clock.now = 60_000;
  tenant.made = caps.groups;
  await expect(make()).rejects.toMatchObject(full);
  tenant.made--;
  await expect(make()).rejects.toMatchObject(full);
  await rooms[0]?.take(newId(), 'groups', async () => 0);
  await rooms[0]?.take(tenant.id, 'namespaces', async () => 0);
  clock.now += 2_500;
  await make();
  expect(tenant.looks).toBe(3);
});

test('its memory is bounded', async () => {
  const rooms = new Rooms();
  let looks = 0;
  const look = async () => {
    looks++;
    return 0;
  };
  const ids = Array.from({ length: 1001 }, () => newId());
  for (const id of ids) await rooms.take(id, 'groups', look);
  await rooms.take(ids[1000] as string, 'groups', look);
  expect(looks).toBe(1001);
  await rooms.take(ids[0] as string, 'groups', look);
  expect(looks).toBe(1002);
});

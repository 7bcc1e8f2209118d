import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DiskReserve } from './reserve.ts';

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-reserve-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'reserve');

test('on a full disk changes stop before the reserve is given up, and begin again when there is room for it', async () => {
  let free = 1000;
  const told: { isFull: boolean; hasReserve: boolean }[] = [];
  let failures = 0;
  const reserve = await DiskReserve.make(
    folder,
    async (isFull) => {
      told.push({ isFull, hasReserve: existsSync(file) });
      if (failures-- > 0) throw new Error('no space');
    },
    async () => free,
  );
  const look = async (nowFree: number) => {
    free = nowFree;
    told.length = 0;
    await reserve.look();
    return told;
  };
  expect(statSync(file).size).toBe(64 * 2 ** 20);
  expect(statSync(file).blocks).toBeGreaterThan(0);

  expect(await look(16)).toEqual([]);
  expect(await look(15)).toEqual([{ isFull: true, hasReserve: true }]);
  expect(existsSync(file)).toBe(false);
  // What was given up is no room.
  expect(await look(15 + 64)).toEqual([]);
  expect(await look(96)).toEqual([{ isFull: false, hasReserve: true }]);
  failures = 2;
  expect(await look(15)).toEqual([
    { isFull: true, hasReserve: true },
    { isFull: true, hasReserve: false },
  ]);
  expect(await look(79)).toEqual([{ isFull: true, hasReserve: false }]);
  expect(await look(79)).toEqual([]);
  reserve.stop();
});

test('on a disk that is small at the start there is no reserve', async () => {
  rmSync(file, { force: true });
  const reserve = await DiskReserve.make(
    folder,
    async () => undefined,
    async () => 95,
  );
  expect(existsSync(file)).toBe(false);
  reserve.stop();
});

import { expect, test } from 'vitest';
import { aPlatform } from '../../test/harness.ts';
import { countGuess, forgiveGuess, type GuessLimit, networkOf, plainAddress, requireGuessesLeft } from './guesses.ts';
import { sweepPlatformTables } from './sweep.ts';

const { nodes, sql, shiftClock } = await aPlatform({ regions: ['eu'], nodes: 2 });
const [first, second] = nodes.map(({ platform }) => platform);
if (!first || !second) throw new Error('Two nodes are needed.');

const limit = (name: string): GuessLimit => ({ purpose: 'test', of: [name], limit: 5, windowSeconds: 600 });
const tooMany = expect.objectContaining({ status: 429 });

test('of many guesses at once over two nodes, as many as the limit learn their outcome', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, at) => countGuess(at % 2 ? first : second, [limit('burst'), limit('other')])),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(5);
  await expect(requireGuessesLeft(first, [limit('burst')])).rejects.toEqual(tooMany);
  await requireGuessesLeft(first, [limit('quiet')]);
});

test('a guess that was right is taken back; a window ends; rows are swept after a day', async () => {
  for (let at = 0; at < 9; at++) {
    await countGuess(first, [limit('right')]);
    await forgiveGuess(second, [limit('right')]);
  }
  for (let at = 0; at < 5; at++) await countGuess(first, [limit('wrong')]);
  await expect(requireGuessesLeft(second, [limit('wrong')])).rejects.toEqual(tooMany);
  await shiftClock('eu', '11 minutes');
  await requireGuessesLeft(second, [limit('wrong')]);
  await shiftClock('eu', '25 hours');
  const cell = first.regions.get('eu')?.cells[0];
  if (cell) await sweepPlatformTables(cell);
  expect(await sql('eu', 'select * from guesses')).toEqual([]);
  await shiftClock('eu', '0');
});

test('rows hold nothing that was typed, and parts cannot run into one another', async () => {
  await countGuess(first, [{ ...limit('x'), of: ['ann@example.com', '1'] }]);
  await countGuess(first, [{ ...limit('x'), of: ['ann@example.com1', ''] }]);
  const rows = await sql('eu', `select encode(fingerprint, 'escape') as text, count from guesses where count = 1`);
  expect(rows.length).toBeGreaterThanOrEqual(2);
  expect(JSON.stringify(rows)).not.toContain('example');
});

test('an address counts as its network', () => {
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7/32');
  expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7/32');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(networkOf('2001:0db8::1')).toBe('2001:db8:0:0::/64');
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(networkOf('64:ff9b::1.2.3.4')).toBe('64:ff9b:0:0::/64');
  expect(networkOf(null)).toBe('0.0.0.0/32');
  expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
  expect(plainAddress('unknown')).toBeNull();
});

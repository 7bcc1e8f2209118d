import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { People } from './people.ts';
import { type Region, RegionAway } from './region.ts';

/** By a clock that the test sets; with a real region: `test/carrying.test.ts` and `test/streams.test.ts`. */

let groups: Record<string, string[]>;
let asked: string[][];
let isAway: boolean;
let people: People;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  groups = { bob: ['g1'] };
  asked = [];
  isAway = false;
  const region = {
    ask: async (_method: string, _path: string, { subjects }: { subjects: string[] }) => {
      if (isAway) throw new RegionAway('It does not answer.');
      asked.push(subjects);
      return {
        status: 200,
        body: { items: subjects.map((subject) => ({ subject, groupIds: groups[subject] ?? [] })) },
      };
    },
  };
  people = new People(region as unknown as Region, 'agent');
});

afterEach(() => {
  people.stop();
  vi.useRealTimers();
});

test('of whose stream is open for long is asked again all the while', async () => {
  people.inUse = () => ['bob'];
  await people.groupsOf('bob');
  await vi.advanceTimersByTimeAsync(600_000);
  const told = vi.fn();
  people.onChange = told;
  groups.bob = [];
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toHaveBeenCalled();
  expect(people.lastKnown('bob')).toEqual(new Set());
});

test('who does not come any more is not asked for, and after a minute not kept', async () => {
  await people.groupsOf('bob');
  await vi.advanceTimersByTimeAsync(30_000);
  const before = asked.length;
  await vi.advanceTimersByTimeAsync(40_000);
  expect(asked.length).toBe(before);
  expect(people.lastKnown('bob')).toBeUndefined();
});

test('while the region is away the last known serve, and nobody unknown', async () => {
  people.inUse = () => ['bob'];
  await people.groupsOf('bob');
  isAway = true;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(await people.groupsOf('bob')).toEqual(new Set(['g1']));
  await expect(people.groupsOf('cid')).rejects.toThrow(RegionAway);
});

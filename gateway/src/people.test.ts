import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { People } from './people.ts';
import { type Region, RegionAway } from './region.ts';

/** What is known of people, by a clock that is moved on. */

let groups: Record<string, string[]>;
let asked: string[][];
let isAway: boolean;
let meanwhile: (() => void) | undefined;
let answered: Promise<void> | undefined;
let people: People;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  groups = { ann: ['staff'] };
  asked = [];
  isAway = false;
  meanwhile = undefined;
  answered = undefined;
  const region = {
    ask: async (_method: string, _path: string, { subjects }: { subjects: string[] }) => {
      if (isAway) throw new RegionAway('away');
      asked.push(subjects);
      meanwhile?.();
      await answered;
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

const later = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
const groupsOf = async (subject: string) => [...(await people.groupsOf(subject))];

test('questions that come together leave together, and each once', async () => {
  await Promise.all([groupsOf('ann'), groupsOf('bob'), groupsOf('ann')]);
  expect(asked).toEqual([['ann', 'bob']]);
});

test('who comes is asked for again every 5 seconds; who has not come for a minute is forgotten', async () => {
  const told = vi.fn();
  people.onChange = told;
  expect(await groupsOf('ann')).toEqual(['staff']);
  groups.ann = [];
  await later(6);
  expect(people.lastKnown('ann')).toEqual(new Set());
  expect(told).toHaveBeenCalledOnce();
  await later(70);
  expect(people.lastKnown('ann')).toBeUndefined();
});

test('a region that answers slowly is not asked anew before it has', async () => {
  await groupsOf('ann');
  people.hold('ann');
  let answer: () => void = () => undefined;
  answered = new Promise((resolve) => {
    answer = resolve;
  });
  await later(21);
  expect(asked).toEqual([['ann'], ['ann']]);
  answer();
  await later(5);
  expect(asked).toHaveLength(3);
});

test('somebody with something open is never forgotten, and always fresh', async () => {
  await groupsOf('ann');
  const release = people.hold('ann');
  await later(300);
  expect(people.lastKnown('ann')).toEqual(new Set(['staff']));
  groups.ann = [];
  await later(6);
  expect(people.lastKnown('ann')).toEqual(new Set());
  release();
  await later(70);
  expect(people.lastKnown('ann')).toBeUndefined();
});

test('other rules name other groups: those with something open are asked for at once', async () => {
  await groupsOf('ann');
  people.hold('ann');
  groups.ann = ['managers'];
  await people.renew();
  expect(people.lastKnown('ann')).toEqual(new Set(['managers']));
});

test('while the region is away the last known serve, unknown ones are refused, and nobody is forgotten', async () => {
  await groupsOf('ann');
  isAway = true;
  await later(31);
  expect(await groupsOf('ann')).toEqual(['staff']);
  await expect(people.groupsOf('bob')).rejects.toThrow(RegionAway);
  await later(600);
  expect(await groupsOf('ann')).toEqual(['staff']);
  isAway = false;
  groups.ann = [];
  await later(10);
  expect(await groupsOf('ann')).toEqual([]);
});

test('what was asked for before everything was forgotten is not believed', async () => {
  meanwhile = () => people.forget();
  await expect(groupsOf('ann')).rejects.toThrow(RegionAway);
  meanwhile = undefined;
  expect(people.lastKnown('ann')).toBeUndefined();
  expect(await groupsOf('ann')).toEqual(['staff']);
});

describe('while the region answers', () => {
  /** Of each person there is one group, named by the time when it was asked for. */
  const ageOf = (said: Iterable<string>) => performance.now() - Number([...said][0]);
  beforeEach(() => {
    groups = new Proxy({}, { get: () => [String(performance.now())] });
  });

  test('nobody is decided about by groups that are older than 30 s, nor by older than 5 s who comes as often', async () => {
    const oldest: Record<number, number> = {};
    for (let second = 0; second < 600; second++) {
      // The region is away for a while. Until 5 s after it nobody waits for it.
      isAway = second >= 100 && second < 200;
      for (const pause of [1, 4, 7, 29, 31, 59, 61, 90]) {
        if (second % pause > 0) continue;
        const said = await people.groupsOf(`every ${pause} s`).catch(() => undefined);
        if (said && (second < 100 || second > 205)) oldest[pause] = Math.max(oldest[pause] ?? 0, ageOf(said));
      }
      await later(1);
    }
    for (const [pause, age] of Object.entries(oldest))
      expect(age, `every ${pause} s`).toBeLessThan(Number(pause) < 5 ? 5_000 : 30_001);
    expect(Object.keys(oldest)).toHaveLength(8);
  });

  test('nothing open is kept by groups that are older than a minute, of as many people as there is room for', async () => {
    const everybody = Array.from({ length: 50_000 }, (_, at) => `person ${at}`);
    await Promise.all(everybody.map((subject) => people.groupsOf(subject)));
    for (const subject of everybody) people.hold(subject);
    let oldest = 0;
    await later(4.999); // all are oldest just before some are asked for again
    for (let second = 5; second < 180; second += 5) {
      await later(5);
      for (const subject of everybody) oldest = Math.max(oldest, ageOf(people.lastKnown(subject) ?? []));
    }
    expect(oldest).toBeLessThanOrEqual(60_000);
  });
});

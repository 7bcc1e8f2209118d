import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { formatAgentKey } from '../../server/src/kernel/credential-text.ts';
import { newId } from '../../server/src/kernel/ids.ts';
import type { Configuration } from './configuration.ts';
import { Control } from './control.ts';
import type { Folder } from './kept.ts';
import { Region, RegionAway, RegionRefuses } from './region.ts';

/** How long the program pauses between questions, in ms, and what ends a pause. */
const pauses = vi.hoisted(() => ({ ms: [] as number[], end: [] as (() => void)[] }));
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => {
    pauses.ms.push(ms);
    return new Promise<void>((resolve) => pauses.end.push(resolve));
  },
}));

/** Machines under load take their time. */
const patiently = { timeout: 20_000 };

const configuration = {
  version: '1',
  state: 'serving',
  provider: null,
  routes: [],
  rules: [],
} as unknown as Configuration;
type Answer = { status: number; body?: unknown } | Error;

let control: Control;
afterEach(() => control?.stop());

const MINUTE = 60_000;
const HOLD_MS = 15 * MINUTE;

/** A control of a region that answers in turn, and then no more; each question as it was asked. */
function controlOf(...answers: Answer[]) {
  const folder = {
    path: '/data',
    readConfiguration: vi.fn(),
    writeConfiguration: vi.fn(),
    forgetConfiguration: vi.fn(),
  };
  return { folder, questions: controlBy(folder, answers) };
}

function controlBy(folder: object, answers: Answer[]) {
  const questions: string[] = [];
  const ask = async (_method: string, path: string) => {
    questions.push(path.split('?')[1] ?? '');
    const answer = answers.shift();
    if (answer === undefined) return new Promise<never>(() => undefined);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const settings = { agentKey: 'k', agentId: 'a', holdMs: HOLD_MS };
  control = new Control({ ask } as unknown as Region, folder as Folder, settings, () => undefined);
  pauses.ms.length = 0;
  pauses.end.length = 0;
  void control.run();
  return questions;
}

/** All that follows without a pause. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('that nothing changed says nothing to who has nothing', async () => {
  controlOf({ status: 304 });
  await vi.waitFor(() => expect(control.problem).toMatch(/304/), patiently);
  expect(control.inForce).toBeUndefined();
});

test('an empty answer of something on the way keeps nothing in force', async () => {
  controlOf({ status: 200, body: configuration }, { status: 204 });
  await vi.waitFor(() => expect(control.problem).toMatch(/204/), patiently);
  expect(control.inForce?.configuration.version).toBe('1');
});

test('what the region takes back is gone from the disk too', async () => {
  const { folder } = controlOf(
    { status: 200, body: configuration },
    new RegionRefuses(401, 'unauthenticated', 'Reset.'),
  );
  await vi.waitFor(() => expect(folder.forgetConfiguration).toHaveBeenCalled(), patiently);
  expect(control.inForce).toBeUndefined();
});

test('a program whose enrolment was removed is told what to do', async () => {
  controlOf(new RegionRefuses(404, 'not-found', 'There is no such agent, or you may not see it.'));
  await vi.waitFor(() => expect(control.problem).toBeDefined(), patiently);
  expect(control.problem).toBe(
    'This enrolment was removed. To enrol anew, empty the data folder /data and start the program with the agent key: BAILIWICK_AGENT_KEY.',
  );
});

/** What becomes of a question that a region answers so. */
async function answeredBy(status: number, headers: Record<string, string>, body = '') {
  const server = createServer((_asked, reply) => reply.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agentKey = formatAgentKey(newId(), newId(), randomBytes(32)).value;
  const region = new Region(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, agentKey);
  const error = await region.ask('GET', '/agents/a/configuration').catch((thrown: Error) => thrown);
  await region.close();
  server.close();
  return error;
}

test.each([302, 307])('%s of something on the way is no answer of the region', async (status) => {
  expect(await answeredBy(status, { location: '/' })).toBeInstanceOf(RegionAway);
});

test.each([
  ['unauthenticated', 'No. Was the agent key of the namespace reset?'],
  ['client-certificate', 'No.'],
  ['no-client-certificate', 'No.'],
])('who is refused by %s is led to the key only where it is about the key', async (code, message) => {
  const problem = JSON.stringify({ type: `urn:bailiwick:problem:${code}`, detail: 'No.' });
  const error = await answeredBy(401, { 'content-type': 'application/problem+json' }, problem);
  expect(error).toBeInstanceOf(RegionRefuses);
  expect((error as Error).message.split(' Start the program')[0]).toBe(message);
});

describe('a start while the region is away', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  const startedBy = (age: number) =>
    controlBy({ readConfiguration: () => ({ configuration, at: Date.now() - age }) }, [new RegionAway('away')]);

  test.each([
    ['a moment', 0],
    ['14 minutes', 14 * MINUTE],
  ])('goes by what was good %s ago, until the 15 minutes are over', (_when, age) => {
    startedBy(age);
    expect(control.inForce?.configuration.version).toBe('1');
    vi.advanceTimersByTime(HOLD_MS - age - 1);
    expect(control.inForce?.configuration.version).toBe('1');
    vi.advanceTimersByTime(1);
    expect(control.inForce).toBeUndefined();
  });

  test.each([
    ['was good 15 minutes ago', HOLD_MS],
    ['was good a year ago', 365 * 24 * 60 * MINUTE],
    ['says that it is of a moment to come', -1],
    ['says that it is of next year', -365 * 24 * 60 * MINUTE],
    ['says no time that there is', Number.NaN],
  ])('does not go by what %s', async (_what, age) => {
    const questions = startedBy(age);
    expect(control.inForce).toBeUndefined();
    await settled();
    // It is not what the program has, to the region either.
    expect(questions).toEqual(['waitSeconds=0']);
  });
});

describe('what the region changes', () => {
  const changed = (version: string) => ({ status: 200, body: { ...configuration, version } });

  test('is in force with the answer that brings it, and a question always stands', async () => {
    const told: (string | undefined)[] = [];
    const { questions } = controlOf(changed('1'), { status: 304 }, changed('2'), changed('3'));
    control.onChange = (inForce) => told.push(inForce?.configuration.version);
    await settled();
    expect(questions).toEqual([
      'waitSeconds=0',
      'waitSeconds=20&after=1',
      'waitSeconds=20&after=1',
      'waitSeconds=20&after=2',
      'waitSeconds=20&after=3',
    ]);
    expect(pauses.ms).toEqual([]);
    expect(told).toEqual(['1', '2', '3']);
    expect(control.inForce?.configuration.version).toBe('3');
  });

  test('is asked for at once when it was away, again after 5 s at the latest while it is, and after 10 s while it refuses', async () => {
    const away = Array.from({ length: 8 }, () => new RegionAway('away'));
    const { questions } = controlOf(changed('1'), ...away, changed('2'), new RegionRefuses(401, 'unauthenticated', ''));
    for (let pause = 0; pause <= away.length; pause++) {
      await settled();
      pauses.end[pause]?.();
    }
    await settled();
    expect(pauses.ms).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 10_000]);
    expect(questions.slice(2, 10)).toEqual(Array(8).fill('waitSeconds=0&after=1'));
    expect(questions.slice(10)).toEqual(['waitSeconds=20&after=2', 'waitSeconds=0']);
  });
});

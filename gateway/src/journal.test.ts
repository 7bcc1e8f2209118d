import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formatAgentKey } from '../../server/src/kernel/credential-text.ts';
import { newId } from '../../server/src/kernel/ids.ts';
import { Journal, type Pending, type TransactionRecord } from './journal.ts';
import { Region, RegionRefuses } from './region.ts';
import { Reporting } from './reporting.ts';

/** Machines under load take their time. */
const patiently = { timeout: 20_000 };

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'bailiwick-journal-')), 'journal');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const record = (path = '/orders') => ({
  at: new Date().toISOString(),
  method: 'GET',
  path,
  status: 200,
  reason: null,
  routeId: null,
  ruleId: null,
  serviceId: null,
  subject: 'ann',
  durationMs: 1,
  bytesIn: 1,
  bytesOut: 1,
});
const opened = (mostBytes = 64_000_000) => new Journal(folder, mostBytes, () => undefined);
const files = () => readdirSync(folder).filter((name) => name.endsWith('.jsonl'));

const recordsOf = ({ lines }: Pending): TransactionRecord[] =>
  lines
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

async function taken(journal: Journal): Promise<number[]> {
  const sequences: number[] = [];
  for (let pending = await journal.next(); pending; pending = await journal.next()) {
    sequences.push(...recordsOf(pending).map(({ sequence }) => sequence));
    await pending.done();
  }
  return sequences;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test('gives what was added, in order and once, when it is on disk', async () => {
  const journal = opened();
  for (let at = 0; at < 1_200; at++) journal.add(record());
  expect(journal.counts).toEqual({ waiting: 1_200, dropped: 0 });
  expect(await journal.next()).toBeUndefined();
  await journal.flush();
  expect(await taken(journal)).toEqual(range(1, 1_200));
  journal.add(record());
  await journal.flush();
  expect(await taken(journal)).toEqual([1_201]);
  expect(journal.counts).toEqual({ waiting: 0, dropped: 0 });
  await journal.close();
});

test('a line is all of the record as JSON, whatever its texts are', async () => {
  const journal = opened();
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '\\', '\n', '\ud800', '\u2028'),
  );
  const records = fc.sample(
    fc.record({
      at: fc.constant(new Date().toISOString()),
      method: text,
      path: text,
      status: fc.integer({ min: 100, max: 599 }),
      reason: fc.option(text),
      routeId: fc.option(text),
      ruleId: fc.option(text),
      serviceId: fc.option(text),
      subject: fc.option(text),
      durationMs: fc.nat(),
      bytesIn: fc.maxSafeNat(),
      bytesOut: fc.maxSafeNat(),
    }),
    500,
  );
  for (const each of records) journal.add(each);
  await journal.flush();
  const pending = (await journal.next()) as Pending;
  expect(recordsOf(pending)).toEqual(records.map((each, at) => ({ sequence: at + 1, ...each })));
  await journal.close();
});

test('what was added is written a quarter of a second later, whatever is added meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const journal = opened();
    const flush = vi.spyOn(journal, 'flush');
    journal.add(record());
    vi.advanceTimersByTime(200);
    journal.add(record());
    vi.advanceTimersByTime(49);
    expect(flush).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(flush).toHaveBeenCalledOnce();
    await flush.mock.results[0]?.value;
    expect(await taken(journal)).toEqual([1, 2]);
    await journal.close();
  } finally {
    vi.useRealTimers();
  }
});

test('nothing is reported before the disk has it, and the name of its file', async () => {
  const journal = opened();
  const probe = await open(folder, 'r');
  const handles = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  const steps: string[] = [];
  let isWritten: () => void = () => undefined;
  const ofFolder = vi.spyOn(handles, 'sync').mockImplementation(async () => void steps.push('folder'));
  const ofLines = vi.spyOn(handles, 'datasync').mockImplementation(() => {
    steps.push('lines');
    return new Promise((resolve) => {
      isWritten = resolve;
    });
  });
  try {
    for (const sequence of [1, 2]) {
      journal.add(record());
      const flushed = journal.flush();
      await vi.waitFor(() => expect(ofLines).toHaveBeenCalledTimes(sequence), patiently);
      expect(await journal.next()).toBeUndefined();
      isWritten();
      await flushed;
      expect(await taken(journal)).toEqual([sequence]);
    }
    expect(steps).toEqual(['folder', 'lines', 'lines']);
  } finally {
    ofFolder.mockRestore();
    ofLines.mockRestore();
  }
  await journal.close();
});

test('what was not acknowledged is there after a start, under the same id and the same numbers', async () => {
  const before = opened();
  for (let at = 0; at < 5; at++) before.add(record());
  await before.close();
  const after = opened();
  expect(after.id).toBe(before.id);
  after.add(record());
  await after.flush();
  expect(await taken(after)).toEqual(range(1, 6));
  await after.close();
});

test('a line that a kill cut off is left out, and no number is given twice', async () => {
  const before = opened();
  for (let at = 0; at < 3; at++) before.add(record());
  await before.close();
  appendFileSync(join(folder, files()[0] as string), '{"sequence":4,"at":"20');
  const after = opened();
  after.add(record());
  await after.flush();
  expect(await taken(after)).toEqual(range(1, 4));
  await after.close();
});

test('a line that the disk spoiled is passed over', async () => {
  const before = opened();
  before.add(record());
  await before.close();
  appendFileSync(join(folder, files()[0] as string), 'spoiled\n');
  const after = opened();
  after.add(record());
  await after.flush();
  expect(await taken(after)).toEqual([1, 3]);
  await after.close();
});

test('what waits is whole however much of it there is, and beside what is being written', async () => {
  const journal = opened();
  const long = record(`/${'ü'.repeat(1_000)}`);
  for (let at = 0; at < 300; at++) journal.add(long);
  const first = journal.flush();
  for (let at = 0; at < 300; at++) journal.add(record());
  const second = journal.flush();
  for (let at = 0; at < 10; at++) journal.add(record());
  await Promise.all([first, second, journal.flush()]);
  const pending = await journal.next();
  expect(pending && recordsOf(pending)[0]).toMatchObject({ sequence: 1, path: long.path });
  expect(await taken(journal)).toEqual(range(1, 610));
  await journal.close();
});

test('without a line that says how far it came another journal begins', async () => {
  const before = opened();
  await before.close();
  const after = opened();
  expect(after.id).not.toBe(before.id);
  await after.close();
});

test('files that the region has are cut; when there is no room the oldest goes and is counted', async () => {
  const journal = opened(2_500_000);
  const long = record(`/${'a'.repeat(2_000)}`);
  for (let part = 0; part < 10; part++) {
    for (let at = 0; at < 250; at++) journal.add(long);
    await journal.flush();
  }
  const { waiting, dropped } = journal.counts;
  expect(dropped).toBeGreaterThan(0);
  expect(waiting + dropped).toBe(2_500);
  const bytes = files().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThan(3_600_000);
  expect(await taken(journal)).toEqual(range(dropped + 1, 2_500));
  expect(files()).toHaveLength(1);
  await journal.close();
});

test('what it keeps is for the account of the program alone', async () => {
  const journal = opened();
  journal.add(record());
  await journal.flush();
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
  expect(statSync(folder).mode & 0o077).toBe(0);
  await journal.close();
});

test('what the region does not take is counted as lost, and holds up nothing that was with it', async () => {
  const journal = opened();
  for (let at = 1; at <= 9; at++) journal.add(record(at === 4 ? '/wrong' : '/orders'));
  await journal.flush();
  const arrived: number[] = [];
  const region = {
    ask: async (_method: string, _path: string, given: Buffer) => {
      const { items } = JSON.parse(given.toString()) as { items: TransactionRecord[] };
      if (items.some(({ path }) => path === '/wrong')) throw new RegionRefuses(400, 'invalid-request', 'path is wrong');
      arrived.push(...items.map(({ sequence }) => sequence));
      return { status: 204 };
    },
  };
  const reporting = new Reporting(journal, region as unknown as Region, 'agent', () => undefined);
  const running = reporting.run();
  await vi.waitFor(() => expect(journal.counts).toEqual({ waiting: 0, dropped: 1 }), patiently);
  reporting.stop();
  await running;
  expect(arrived).toEqual([1, 2, 3, 5, 6, 7, 8, 9]);
  await journal.close();
});

test.each([
  [400, 'application/json', '{"error":"bad"}'],
  [400, 'application/json', '{"type":"urn:bailiwick:problem:invalid-request"}'],
  [422, 'application/problem+json', '{"type":"about:blank"}'],
  [413, 'text/html', '<h1>Too large</h1>'],
  [400, 'text/html', ''],
])('%s of something on the way (%s) throws nothing away', async (status, type, body) => {
  const answers = [(reply: ServerResponse) => reply.writeHead(status, { 'content-type': type }).end(body)];
  const server = createServer((_asked, reply) => answers.shift()?.(reply) ?? reply.writeHead(204).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agentKey = formatAgentKey(newId(), newId(), randomBytes(32)).value;
  const region = new Region(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, agentKey);
  const journal = opened();
  journal.add(record());
  await journal.flush();
  const reporting = new Reporting(journal, region, 'agent', () => undefined);
  const running = reporting.run();
  await vi.waitFor(() => expect(journal.counts.waiting).toBe(0), patiently);
  expect(journal.counts.dropped).toBe(0);
  reporting.stop();
  await running;
  await region.close();
  server.close();
  await journal.close();
});

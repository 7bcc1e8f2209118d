import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { formatAgentKey } from '../../server/src/kernel/credential-text.ts';
import { newId } from '../../server/src/kernel/ids.ts';
import type { Configuration } from './configuration.ts';
import { Control } from './control.ts';
import type { Folder } from './kept.ts';
import { Region, RegionAway, RegionRefuses } from './region.ts';

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

/** A control of a region that answers in turn, and then no more. */
function controlOf(...answers: Answer[]) {
  const folder = { readConfiguration: vi.fn(), writeConfiguration: vi.fn(), forgetConfiguration: vi.fn() };
  const ask = async () => {
    const answer = answers.shift();
    if (answer === undefined) return new Promise<never>(() => undefined);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const settings = { agentKey: 'k', agentId: 'a', holdMs: 900_000 };
  control = new Control({ ask } as unknown as Region, folder as unknown as Folder, settings, () => undefined);
  void control.run();
  return { folder };
}

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

test.each([302, 307])('%s of something on the way is no answer of the region', async (status) => {
  const server = createServer((_asked, reply) => reply.writeHead(status, { location: '/' }).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agentKey = formatAgentKey(newId(), newId(), randomBytes(32)).value;
  const region = new Region(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, agentKey);
  await expect(region.ask('GET', '/agents/a/configuration')).rejects.toThrow(RegionAway);
  await region.close();
  server.close();
});
